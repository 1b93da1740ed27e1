// Writes the log to a file that rotates by size, and goes on by itself when the disk was full or somebody moved the file.
import { type FileHandle, open, rename, rm, stat } from "node:fs/promises";
import { fileId, idAt, logName } from "./log-names.ts";

/** Where log text goes. */
export interface LogFile {
  /** Appends whole lines: true once they are written, false when they were given up; never throws. */
  write(text: string): Promise<boolean>;
  /** Resolves when the last write has ended; what is written later is given up. */
  close(): Promise<void>;
}

/** The defaults keep 50 MB in all. */
export interface LogFileOptions {
  /** A text that would make the file larger begins the next one; it is never divided. @default 10_000_000 */
  readonly maxBytes?: number;
  /** Files kept in all, the current one included. @default 5 */
  readonly maxFiles?: number;
  readonly now?: () => number;
  readonly open?: (path: string, flags: string, mode: number) => Promise<FileHandle>;
}

/** How often it is seen whether the file is still in its place, and how long a failure rests. */
const PATIENCE_MS = 1_000;
const OWNER_ONLY = 0o600;
const LINE_FEED = 0x0a;

/** Opens `path` with the first write, and again a second after whatever went wrong. */
export function openLogFile(path: string, options: LogFileOptions = {}): LogFile {
  return new RotatingFile(path, options);
}

class RotatingFile implements LogFile {
  readonly #path: string;
  readonly #maxBytes: number;
  readonly #maxFiles: number;
  readonly #now: () => number;
  readonly #open: NonNullable<LogFileOptions["open"]>;
  #handle: FileHandle | undefined;
  #id: string | undefined;
  /** Bytes until the file is full. What is no regular file never gets full, since its size is 0. */
  #room = 0;
  /** Whether the file ends within a line, which a full disk or a crash cut off. */
  #isTorn = false;
  #checkedAt = 0;
  #failedAt: number | undefined;
  #isClosed = false;
  #last: Promise<unknown> = Promise.resolve();

  constructor(path: string, options: LogFileOptions) {
    this.#path = path;
    this.#maxBytes = options.maxBytes ?? 10_000_000;
    this.#maxFiles = options.maxFiles ?? 5;
    this.#now = options.now ?? Date.now;
    this.#open = options.open ?? open;
  }

  write(text: string): Promise<boolean> {
    if (this.#isClosed) return Promise.resolve(false);
    const written = this.#last.then(() => this.#write(text));
    this.#last = written;
    return written;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#last;
    await this.#release();
  }

  async #write(text: string): Promise<boolean> {
    if (this.#failedAt !== undefined && !this.#isPast(this.#failedAt)) return false;
    try {
      await this.#makeRoom(Buffer.byteLength(text));
      await this.#append(text);
      return true;
    } catch {
      // A log that fails must never fail the program; the caller counts and reports what was lost.
      this.#failedAt = this.#now();
      await this.#release();
      return false;
    }
  }

  async #makeRoom(bytes: number): Promise<void> {
    const isDue = this.#isPast(this.#checkedAt) || bytes > this.#room;
    if (this.#handle !== undefined && isDue && !(await this.#isInPlace())) await this.#release();
    if (this.#handle === undefined) await this.#openFile();
    if (bytes <= this.#room || this.#room === this.#maxBytes) return;
    await this.#release();
    await this.#rotate();
    await this.#openFile();
  }

  async #append(text: string): Promise<void> {
    let bytes = Buffer.from(this.#isTorn ? `\n${text}` : text);
    while (bytes.length > 0 && this.#handle !== undefined) {
      const { bytesWritten } = await this.#handle.write(bytes);
      if (bytesWritten === 0) throw new Error("Cannot write the log: nothing was taken");
      this.#room -= bytesWritten;
      bytes = bytes.subarray(bytesWritten);
    }
    this.#isTorn = false;
  }

  async #openFile(): Promise<void> {
    this.#handle = await this.#open(this.#path, "a+", OWNER_ONLY);
    const stats = await this.#handle.stat({ bigint: true });
    this.#id = fileId(stats);
    this.#isTorn = await endsInLine(this.#handle, Number(stats.size));
    this.#room = this.#maxBytes - Number(stats.size) - (this.#isTorn ? 1 : 0);
    this.#checkedAt = this.#now();
  }

  /** False when logrotate or a person renamed or removed the file; another writer, or a truncation, is noticed too. */
  async #isInPlace(): Promise<boolean> {
    this.#checkedAt = this.#now();
    try {
      const stats = await stat(this.#path, { bigint: true });
      this.#room = this.#maxBytes - Number(stats.size);
      return fileId(stats) === this.#id;
    } catch {
      return false;
    }
  }

  /** Makes each file one older, up to the first age that is free: a rotation that fails halfway drops nothing twice. */
  async #rotate(): Promise<void> {
    const oldest = this.#maxFiles - 1;
    if (oldest === 0) return rm(this.#path, { force: true });
    let age = 1;
    while (age < oldest && (await idAt(logName(this.#path, age))) !== undefined) age++;
    for (; age > 0; age--) await rename(logName(this.#path, age - 1), logName(this.#path, age));
  }

  async #release(): Promise<void> {
    const handle = this.#handle;
    this.#handle = undefined;
    try {
      await handle?.close();
    } catch {
      // What was written is reported already; there is nothing left to do with this file.
    }
  }

  /** Also when the clock was set back: a jump must not silence the log until the old time has come again. */
  #isPast(at: number): boolean {
    return Math.abs(this.#now() - at) >= PATIENCE_MS;
  }
}

async function endsInLine(handle: FileHandle, size: number): Promise<boolean> {
  if (size === 0) return false;
  const { buffer } = await handle.read(Buffer.alloc(1), 0, 1, size - 1);
  return buffer[0] !== LINE_FEED;
}
