// How a backup is sealed: a readable first line, then everything encrypted with a passphrase, then the tag of both.
import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  type DecipherGCM,
  randomBytes,
  scrypt,
  timingSafeEqual,
} from "node:crypto";
import { type FileHandle, open } from "node:fs/promises";
import { z } from "zod";
import { DamagedFile } from "../core/generations.ts";

const FORMAT = "openai-balance backup";
export const BACKUP_VERSION = 1;
const CIPHER = "aes-256-gcm";
/** NIST SP 800-38D, 8.2: each backup has a key of its own, by its salt. */
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const SALT_BYTES = 16;
const KEY_BYTES = 32;
/** 128 MiB and some tenths of a second for each guess (RFC 7914, 2; OWASP Password Storage Cheat Sheet). */
const COST = { n: 2 ** 17, r: 8, p: 1 } as const;
/** A file that somebody made must take neither all memory nor minutes: 1 GiB, and some seconds (RFC 7914, 2 and 6). */
const MOST_MEMORY = 2 ** 30;
const LARGEST_BLOCK = 64;
const LONGEST_HEADER = 4_096;
const CHUNK_BYTES = 1024 * 1024;

const positive = z.int().positive();
const kindSchema = z.object({ format: z.literal(FORMAT), version: z.int(), written_by: z.string().max(100) });
const headerSchema = kindSchema.extend({
  version: z.literal(BACKUP_VERSION),
  written_at: z.string(),
  scrypt: z.object({ n: positive, r: positive.max(LARGEST_BLOCK), p: positive, salt: z.base64() }),
  cipher: z.literal(CIPHER),
  nonce: z.base64(),
  check: z.base64(),
});

/** What anybody may read of a backup. `check`: tells a wrong passphrase from a file that was changed. */
export type BackupHeader = z.output<typeof headerSchema>;

/** Thrown for a backup that this version or this passphrase does not open; the message says why. */
export class UnreadableBackup extends Error {
  override readonly name = "UnreadableBackup";
}

export interface SealOptions {
  readonly passphrase: string;
  /** The version of the program. */
  readonly writtenBy: string;
  /** Wall-clock milliseconds. */
  readonly now: number;
  readonly cost?: { readonly n: number; readonly r: number; readonly p: number };
}

/** The pieces of the file, made while the pieces of the content come. */
export async function* sealBackup(
  content: AsyncIterable<string | Uint8Array>,
  { passphrase, writtenBy, now, cost = COST }: SealOptions,
): AsyncGenerator<Uint8Array> {
  const salt = randomBytes(SALT_BYTES).toString("base64");
  const facts = {
    format: FORMAT,
    version: BACKUP_VERSION,
    written_by: writtenBy,
    written_at: new Date(now).toISOString(),
    scrypt: { ...cost, salt },
    cipher: CIPHER,
    nonce: randomBytes(NONCE_BYTES).toString("base64"),
  } as const;
  const keys = await derive(passphrase, facts.scrypt);
  const line = Buffer.from(`${JSON.stringify({ ...facts, check: checkOf(facts, keys.check) })}\n`);
  const cipher = createCipheriv(CIPHER, keys.cipher, Buffer.from(facts.nonce, "base64")).setAAD(line);
  yield line;
  for await (const piece of content) yield cipher.update(Buffer.from(piece as Uint8Array));
  yield cipher.final();
  yield cipher.getAuthTag();
}

/** A backup that its passphrase opens. */
export interface OpenedBackup {
  readonly header: BackupHeader;
  /**
   * The pieces of the content, from the first one each time. **Nothing of it may count before the last piece has come**:
   * only then it is known that the file is what was written.
   * @throws DamagedFile for a file that was changed or cut off; the system's error.
   */
  readonly content: () => AsyncGenerator<Buffer>;
}

/** @throws UnreadableBackup for a wrong passphrase, a newer version and another file; else as its content. */
export async function openBackup(path: string, passphrase: string): Promise<OpenedBackup> {
  const { header, line } = await readHead(path);
  const { check, ...facts } = header;
  const keys = await derive(passphrase, header.scrypt);
  if (!isSame(check, checkOf(facts, keys.check)))
    throw new UnreadableBackup("it does not open with this passphrase, or its first line was changed");
  const decipher = () =>
    createDecipheriv(CIPHER, keys.cipher, Buffer.from(header.nonce, "base64"), { authTagLength: TAG_BYTES }).setAAD(
      line,
    );
  return { header, content: () => decrypted(path, line.length, decipher()) };
}

async function* decrypted(path: string, start: number, decipher: DecipherGCM): AsyncGenerator<Buffer> {
  await using file = await open(path, "r");
  const end = (await file.stat()).size - TAG_BYTES;
  if (end < start) throw new DamagedFile("it was cut off");
  for (let at = start; at < end; ) {
    const piece = await readAt(file, at, Math.min(CHUNK_BYTES, end - at));
    if (piece.length === 0) throw new DamagedFile("it was cut off while it was read");
    at += piece.length;
    yield decipher.update(piece);
  }
  decipher.setAuthTag(await readAt(file, end, TAG_BYTES));
  try {
    yield decipher.final();
  } catch (error: unknown) {
    throw new DamagedFile("it was changed or cut off after it was written", { cause: error });
  }
}

/** What a backup says of itself; not yet authenticated. @throws as `openBackup`. */
export async function readBackupHeader(path: string): Promise<BackupHeader> {
  return (await readHead(path)).header;
}

async function readHead(path: string): Promise<{ readonly header: BackupHeader; readonly line: Buffer }> {
  await using file = await open(path, "r");
  const head = await readAt(file, 0, LONGEST_HEADER);
  const end = head.indexOf("\n");
  const json = parse(head.toString("utf8", 0, Math.max(0, end)));
  const kind = kindSchema.safeParse(json);
  if (!kind.success) throw new UnreadableBackup("it is no backup of openai-balance");
  const { version, written_by: writer } = kind.data;
  if (version > BACKUP_VERSION)
    throw new UnreadableBackup(
      `openai-balance ${writer} wrote it, in a newer form (${version}, this one knows ${BACKUP_VERSION}); restore it with that version`,
    );
  const header = headerSchema.safeParse(json);
  if (!header.success) throw new DamagedFile("its first line was changed");
  const { n, r, p } = header.data.scrypt;
  if ((n & (n - 1)) !== 0 || n < 2 || 128 * n * r * p > MOST_MEMORY)
    throw new DamagedFile("its first line was changed");
  return { header: header.data, line: head.subarray(0, end + 1) };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function readAt(file: FileHandle, at: number, most: number): Promise<Buffer> {
  const buffer = Buffer.alloc(most);
  let filled = 0;
  while (filled < most) {
    const { bytesRead } = await file.read(buffer, filled, most - filled, at + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return buffer.subarray(0, filled);
}

/** Two keys: one encrypts, the other one tells whether the passphrase is right. */
function derive(passphrase: string, { n, r, p, salt }: BackupHeader["scrypt"]) {
  // The same passphrase may be typed as other code points on another keyboard.
  const secret = passphrase.normalize("NFC");
  const options = { N: n, r, p, maxmem: 2 * MOST_MEMORY };
  return new Promise<{ readonly cipher: Buffer; readonly check: Buffer }>((resolve, reject) => {
    scrypt(secret, Buffer.from(salt, "base64"), 2 * KEY_BYTES, options, (error, bytes) => {
      if (error) reject(error);
      else resolve({ cipher: bytes.subarray(0, KEY_BYTES), check: bytes.subarray(KEY_BYTES) });
    });
  });
}

/** Of all that the first line says, in one order. */
function checkOf(facts: Omit<BackupHeader, "check">, key: Buffer): string {
  const { format, version, written_by, written_at, scrypt: cost, cipher, nonce } = facts;
  const { n, r, p, salt } = cost;
  const text = JSON.stringify([format, version, written_by, written_at, n, r, p, salt, cipher, nonce]);
  return createHmac("sha256", key).update(text).digest("base64");
}

function isSame(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}
