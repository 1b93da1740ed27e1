// Encrypts a text with AES-256-GCM into a JSON file whose header is readable, and authenticated with it.
import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { z } from "zod";
import { DamagedFile } from "../core/generations.ts";
import type { MasterKey } from "./master-key.ts";

const CIPHER = "aes-256-gcm";
/** NIST SP 800-38D, 8.2: 96 bits; with random ones a key is good for 2^32 texts. */
const NONCE_BYTES = 12;
/** Shorter ones could be guessed. */
const TAG_BYTES = 16;

/** What anybody may read of a sealed text. `count`: how many keys it holds. */
export interface SealHeader {
  readonly format: string;
  readonly version: number;
  readonly cipher: string;
  readonly master_key: string;
  readonly count: number;
  readonly written_at: string;
  readonly nonce: string;
}

/** Base64 has spellings that differ and mean the same: only the one that is written counts. */
const base64 = z.string().refine((text) => Buffer.from(text, "base64").toString("base64") === text);

const kindSchema = z.object({ format: z.string(), version: z.int() });

const sealedSchema = kindSchema.extend({
  cipher: z.literal(CIPHER),
  master_key: z.string(),
  count: z.int(),
  written_at: z.string(),
  nonce: base64,
  data: base64,
  tag: base64,
});

/** What is sealed, beside the text itself. */
export type SealFacts = Pick<SealHeader, "format" | "version" | "count" | "written_at">;

/** The pieces of the file, made while the pieces of the text come. */
export async function* seal(
  pieces: Iterable<string> | AsyncIterable<string>,
  facts: SealFacts,
  key: MasterKey,
): AsyncGenerator<string> {
  const nonce = randomBytes(NONCE_BYTES);
  const header = headerText({ ...facts, cipher: CIPHER, master_key: key.id, nonce: nonce.toString("base64") });
  const cipher = createCipheriv(CIPHER, key.bytes, nonce);
  cipher.setAAD(Buffer.from(header));
  yield `${header.slice(0, -1)},"data":"`;
  let rest = Buffer.alloc(0);
  for await (const piece of pieces) {
    const bytes = Buffer.concat([rest, cipher.update(piece, "utf8")]);
    // Base64 of whole groups of three bytes can be joined.
    const whole = bytes.length - (bytes.length % 3);
    rest = bytes.subarray(whole);
    yield bytes.toString("base64", 0, whole);
  }
  yield Buffer.concat([rest, cipher.final()]).toString("base64");
  yield `","tag":"${cipher.getAuthTag().toString("base64")}"}\n`;
}

/** What a sealed file is, whatever version wrote it; not yet authenticated. @throws DamagedFile. */
export function readKind(file: string): Pick<SealHeader, "format" | "version"> {
  return parse(kindSchema, file);
}

/** The header of a sealed file, not yet authenticated. @throws DamagedFile. */
export function readHeader(file: string): SealHeader {
  return parse(sealedSchema, file);
}

/**
 * The text of a sealed file. `facts`: taken in place of those in the header.
 * @throws DamagedFile when header or text are not what was sealed with this key.
 */
export function unseal(file: string, key: MasterKey, facts: Partial<SealHeader> = {}): string {
  const sealed = { ...parse(sealedSchema, file), ...facts };
  try {
    const nonce = Buffer.from(sealed.nonce, "base64");
    const decipher = createDecipheriv(CIPHER, key.bytes, nonce, { authTagLength: TAG_BYTES });
    decipher.setAAD(Buffer.from(headerText(sealed)));
    decipher.setAuthTag(Buffer.from(sealed.tag, "base64"));
    return decipher.update(sealed.data, "base64", "utf8") + decipher.final("utf8");
  } catch (error: unknown) {
    throw new DamagedFile("its content was changed or cut off after it was written", { cause: error });
  }
}

function parse<T>(schema: z.ZodType<T>, file: string): T {
  let json: unknown;
  try {
    json = JSON.parse(file);
  } catch (error: unknown) {
    throw new DamagedFile("it is no JSON, or cut off", { cause: error });
  }
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const field = parsed.error.issues[0]?.path.join(".");
  throw new DamagedFile(field ? `its field ${field} is missing or wrong` : "it is no sealed file");
}

/** The bytes that are authenticated: one order, no spaces. */
function headerText({ format, version, cipher, master_key, count, written_at, nonce }: SealHeader): string {
  return JSON.stringify({ format, version, cipher, master_key, count, written_at, nonce });
}
