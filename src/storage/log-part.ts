// One file of the log, held open and read on from where it was left, whatever its name has become.
import { type FileHandle, open } from "node:fs/promises";
import { LineSplitter } from "./line-splitter.ts";
import { fileId, idAt, isMissing } from "./log-names.ts";

const CHUNK_BYTES = 65_536;

/** While it is open, no other file can have its id. */
export class LogPart implements AsyncDisposable {
  readonly id: string;
  readonly #handle: FileHandle;
  #splitter = new LineSplitter();
  #offset = 0;
  #size = 0;

  private constructor(id: string, handle: FileHandle) {
    this.id = id;
    this.#handle = handle;
  }

  /** Undefined when the file is missing or no regular file. @throws when it cannot be read. */
  static async open(path: string): Promise<LogPart | undefined> {
    // A pipe would make `open` wait for its other end.
    if ((await idAt(path)) === undefined) return undefined;
    const handle = await openIfThere(path);
    const id = handle && fileId(await handle.stat({ bigint: true }));
    if (handle !== undefined && id !== undefined) return new LogPart(id, handle);
    await handle?.close();
    return undefined;
  }

  /** Bytes at the last `measure`. */
  get size(): number {
    return this.#size;
  }

  /** Sees how far `chunksOfLines` may read; a file that was truncated is read from its beginning. */
  async measure(): Promise<void> {
    const { size } = await this.#handle.stat();
    if (size < this.#offset) {
      this.#offset = 0;
      this.#splitter = new LineSplitter();
    }
    this.#size = size;
  }

  /** The whole lines between what was read before and the size that was measured. */
  async *chunksOfLines(): AsyncGenerator<readonly string[]> {
    const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
    while (this.#offset < this.#size) {
      const length = Math.min(CHUNK_BYTES, this.#size - this.#offset);
      const { bytesRead } = await this.#handle.read(chunk, 0, length, this.#offset);
      if (bytesRead === 0) return;
      this.#offset += bytesRead;
      yield this.#splitter.push(chunk.subarray(0, bytesRead));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#handle.close();
  }
}

async function openIfThere(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, "r");
  } catch (error: unknown) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}
