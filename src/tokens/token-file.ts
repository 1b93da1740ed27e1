// The content of `tokens.json`: how it is written, read again, and what of it must not be touched.
import { z } from "zod";
import { digestedLines, digestOfLines } from "../core/digested-lines.ts";
import { DamagedFile } from "../core/generations.ts";
import { type StoredToken, storedToken } from "./stored-token.ts";

const FORMAT = "openai-balance tokens";
const VERSION = 1;

/** Thrown for a store of a newer version: it must stay as it is. */
export class NewerTokenFile extends Error {
  override readonly name = "NewerTokenFile";
}

const kindSchema = z.object({ format: z.string(), version: z.number() });
const fileSchema = z.strictObject({
  format: z.literal(FORMAT),
  version: z.literal(VERSION),
  written_at: z.string(),
  tokens: z.array(storedToken),
  sha256: z.string(),
});

/** The pieces of the file. `now`: wall-clock milliseconds. */
export function tokenPieces(tokens: readonly StoredToken[], now: number): Iterable<string> {
  const head = JSON.stringify({ format: FORMAT, version: VERSION, written_at: new Date(now).toISOString() });
  return digestedLines(`${head.slice(0, -1)},"tokens":[`, tokens);
}

/**
 * The tokens of a file. Who may do what is not for anybody to edit by hand: a file without its digest is damaged.
 * @throws DamagedFile for content that is not what was written.
 * @throws NewerTokenFile for a file of a newer version.
 */
export function parseTokenFile(text: string): readonly StoredToken[] {
  const json = parseJson(text);
  const kind = kindSchema.safeParse(json);
  if (!kind.success || kind.data.format !== FORMAT) throw new DamagedFile("it is no token store");
  // A newer version may end its file as it likes.
  if (kind.data.version > VERSION)
    throw new NewerTokenFile(`it was written by a newer version of openai-balance (format ${kind.data.version})`);
  if (digestOfLines(text) !== "sound") throw new DamagedFile("it was changed or cut off after it was written");
  const parsed = fileSchema.safeParse(json);
  if (parsed.success) return parsed.data.tokens;
  throw new DamagedFile(`its field ${parsed.error.issues[0]?.path.join(".") ?? ""} is not as it should be`);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error: unknown) {
    throw new DamagedFile("it is no JSON, or cut off", { cause: error });
  }
}
