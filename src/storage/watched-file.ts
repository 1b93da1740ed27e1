// Notices that the file of an open database was deleted, replaced or cut off by somebody else.
import { closeSync, openSync, readSync, rmSync, statSync } from "node:fs";

/** What has become of the file. */
export type FileChange = "none" | "deleted" | "replaced" | "cut off";

/** The head of a file of SQLite, and where it says how large pages are, and how many there are (sqlite.org/fileformat.html). */
const HEAD_BYTES = 100;
const AT_PAGE_SIZE = 16;
const AT_PAGE_COUNT = 28;
/** What is written beside it (sqlite.org/wal.html). */
const BESIDE: readonly string[] = ["-wal", "-shm"];
/** What stands for a size that has no room there. */
const LARGEST_PAGE = 65_536;

/** Made when the database has been opened. */
export class WatchedFile {
  readonly #path: string;
  readonly #id: string | undefined;
  readonly #beside = new Map<string, string | undefined>();
  #size = 0;

  constructor(path: string) {
    this.#path = path;
    this.#id = idOf(path).id;
    this.keep();
  }

  /** It has the size that it should have. */
  keep(): void {
    this.#size = idOf(this.#path).size;
    for (const suffix of BESIDE) this.#beside.set(suffix, idOf(this.#path + suffix).id);
  }

  /** What was beside it would be taken for that of the file which stands there now. */
  removeOwn(): void {
    for (const [suffix, id] of this.#beside) {
      const path = this.#path + suffix;
      if (id !== undefined && idOf(path).id === id) rmSync(path, { force: true });
    }
  }

  /** SQLite itself would go on with a file that nobody finds any more. @throws the error of the system. */
  look(): FileChange {
    const { id, size } = idOf(this.#path);
    if (id === undefined) return "deleted";
    if (id !== this.#id) return "replaced";
    // Another program may have made it smaller in order, and then its head knows.
    return size < this.#size && size < statedSize(this.#path) ? "cut off" : "none";
  }
}

function idOf(path: string): { readonly id: string | undefined; readonly size: number } {
  const stats = statSync(path, { throwIfNoEntry: false, bigint: true });
  return stats === undefined
    ? { id: undefined, size: 0 }
    : { id: `${stats.dev}:${stats.ino}`, size: Number(stats.size) };
}

function statedSize(path: string): number {
  const head = Buffer.alloc(HEAD_BYTES);
  const file = openSync(path, "r");
  try {
    if (readSync(file, head) < HEAD_BYTES) return Number.POSITIVE_INFINITY;
  } finally {
    closeSync(file);
  }
  const size = head.readUInt16BE(AT_PAGE_SIZE);
  return (size === 1 ? LARGEST_PAGE : size) * head.readUInt32BE(AT_PAGE_COUNT);
}
