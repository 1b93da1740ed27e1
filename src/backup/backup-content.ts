// What a backup holds: a line that says which parts there are and how long, then the parts one after the other.
import { type FileHandle, open } from "node:fs/promises";
import { z } from "zod";
import { DamagedFile } from "../core/generations.ts";

/** Those that are held in memory, in the order of the file. */
const TEXTS = ["keys", "tokens", "state", "objects", "config"] as const;
const OWN_FILE = 0o600;
const LONGEST_LIST = 64 * 1024;
/** What does not add up before the end of the file has come, which would say the same. */
const CHANGED = "it was changed or cut off after it was written";

/**
 * The texts of the parts: `keys` as a list in clear, `tokens` and `state` as their files are, `objects` as a list of
 * rows, `config` as it was written. A part that is missing was not there.
 */
export type BackupTexts = { readonly [Name in (typeof TEXTS)[number]]?: string };

/** `configFile`: where the config was. `databaseBytes`: how long the database with the request records is, if there is one. */
export interface BackupContent {
  readonly texts: BackupTexts;
  readonly configFile: string | undefined;
  readonly databaseBytes: number | undefined;
}

const listSchema = z.object({
  config_file: z.string().optional(),
  parts: z.array(z.object({ name: z.enum([...TEXTS, "database"]), bytes: z.int().nonnegative() })),
});

/** The pieces of the content. `database`: those of the database. */
export async function* packBackup(
  { texts, configFile, databaseBytes }: BackupContent,
  database: AsyncIterable<Uint8Array> | undefined,
): AsyncGenerator<string | Uint8Array> {
  const held = TEXTS.flatMap((name) => {
    const text = texts[name];
    return text === undefined ? [] : [{ name, bytes: Buffer.byteLength(text) }];
  });
  const parts = [...held, ...(databaseBytes === undefined ? [] : [{ name: "database", bytes: databaseBytes }])];
  yield `${JSON.stringify({ ...(configFile !== undefined && { config_file: configFile }), parts })}\n`;
  for (const { name } of held) yield texts[name] ?? "";
  if (database !== undefined) yield* database;
}

/**
 * Takes the content apart once its last piece has come. `databaseFile`: where the database is written, a new file; where
 * it is undefined the database is passed over, and only its length is told.
 * @throws DamagedFile, what reading throws, and the system's error.
 */
export async function unpackBackup(
  pieces: AsyncIterable<Buffer>,
  databaseFile: string | undefined,
): Promise<BackupContent> {
  await using reader = new PartReader(pieces);
  const list = parseList(await reader.line());
  const texts: Record<string, string> = {};
  let databaseBytes: number | undefined;
  for (const { name, bytes } of list.parts) {
    if (name === "database") {
      await copyTo(databaseFile, reader.part(bytes));
      databaseBytes = bytes;
    } else texts[name] = Buffer.concat(await Array.fromAsync(reader.part(bytes))).toString("utf8");
  }
  // Only its end says whether all that came is what was written.
  await reader.end();
  return { texts, configFile: list.config_file, databaseBytes };
}

function parseList(line: string) {
  try {
    return listSchema.parse(JSON.parse(line));
  } catch (error: unknown) {
    throw new DamagedFile(CHANGED, { cause: error });
  }
}

async function copyTo(path: string | undefined, pieces: AsyncIterable<Buffer>): Promise<void> {
  const file: FileHandle | undefined = path === undefined ? undefined : await open(path, "wx", OWN_FILE);
  try {
    for await (const piece of pieces) await file?.appendFile(piece);
    await file?.sync();
  } finally {
    await file?.close();
  }
}

/** Cuts a stream of pieces into parts; disposing of it ends the stream, which has a file open. */
class PartReader implements AsyncDisposable {
  readonly #pieces: AsyncIterator<Buffer>;
  #rest: Buffer = Buffer.alloc(0);

  constructor(pieces: AsyncIterable<Buffer>) {
    this.#pieces = pieces[Symbol.asyncIterator]();
  }

  async line(): Promise<string> {
    while (!this.#rest.includes("\n")) {
      if (this.#rest.length > LONGEST_LIST || !(await this.#more())) throw new DamagedFile(CHANGED);
    }
    const end = this.#rest.indexOf("\n");
    const line = this.#rest.toString("utf8", 0, end);
    this.#rest = this.#rest.subarray(end + 1);
    return line;
  }

  async *part(bytes: number): AsyncGenerator<Buffer> {
    for (let left = bytes; left > 0; ) {
      if (this.#rest.length === 0 && !(await this.#more())) throw new DamagedFile(CHANGED);
      const piece = this.#rest.subarray(0, left);
      this.#rest = this.#rest.subarray(piece.length);
      left -= piece.length;
      yield piece;
    }
  }

  async end(): Promise<void> {
    while (this.#rest.length === 0) if (!(await this.#more())) return;
    throw new DamagedFile(CHANGED);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pieces.return?.();
  }

  async #more(): Promise<boolean> {
    const { value, done } = await this.#pieces.next();
    if (done) return false;
    this.#rest = this.#rest.length === 0 ? value : Buffer.concat([this.#rest, value]);
    return true;
  }
}
