// The content of `sessions.json`: how it is written and read again.
import { z } from "zod";
import { digestedLines, digestOfLines } from "../../core/digested-lines.ts";
import { type StoredSession, storedSession } from "./admin-session.ts";

const FORMAT = "openai-balance sessions";
const VERSION = 2;

/** `salt`: of the mark of the admin token under which the sessions began; its beginning names their cookies. */
export interface SessionFile {
  readonly salt: string;
  readonly tokenMark: string;
  readonly sessions: readonly StoredSession[];
}

const kindSchema = z.object({ format: z.literal(FORMAT), version: z.number() });
const fileSchema = z.strictObject({
  format: z.literal(FORMAT),
  version: z.literal(VERSION),
  written_at: z.string(),
  salt: z.string().regex(/^[0-9a-f]{32}$/),
  token_mark: z.string().regex(/^(?:none|[0-9a-f]{64})$/),
  sessions: z.array(storedSession),
  sha256: z.string(),
});

/** The pieces of the file. `now`: wall-clock milliseconds. */
export function sessionPieces({ salt, tokenMark, sessions }: SessionFile, now: number): Iterable<string> {
  const written_at = new Date(now).toISOString();
  const head = JSON.stringify({ format: FORMAT, version: VERSION, written_at, salt, token_mark: tokenMark });
  return digestedLines(`${head.slice(0, -1)},"sessions":[`, sessions);
}

/** Whether a newer version wrote it, which may end its file as it likes: it must stay as it is. */
export function isNewerSessionFile(text: string): boolean {
  const kind = kindSchema.safeParse(parse(text));
  return kind.success && kind.data.version > VERSION;
}

/** Undefined for a file that is not exactly what was written: who is logged in is for nobody to edit by hand. */
export function parseSessionFile(text: string): SessionFile | undefined {
  if (digestOfLines(text) !== "sound") return undefined;
  const parsed = fileSchema.safeParse(parse(text));
  if (!parsed.success) return undefined;
  const { salt, token_mark: tokenMark, sessions } = parsed.data;
  return { salt, tokenMark, sessions };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
