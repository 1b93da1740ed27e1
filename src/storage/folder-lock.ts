// Keeps two processes from writing into one data folder.
import { Database } from "bun:sqlite";
import { closeSync, lstatSync, openSync, statSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { errorCode, ioFault } from "../core/io-fault.ts";

/** A lock that is held. */
export interface FolderLock {
  /** Why nothing may be written into the folder any more, in words: what lies there now may be another process's. */
  readonly fault: string | undefined;
  release(): void;
}

/** `held`: by another process. `fault`: there can be no lock in this folder, in words. */
export type LockResult =
  | { readonly kind: "taken"; readonly lock: FolderLock }
  | { readonly kind: "held" }
  | { readonly kind: "fault"; readonly fault: string };

/**
 * Locks `daemon.lock`. The lock is SQLite's, which the operating system drops with the process however it ends: none
 * is ever stale, and it holds between containers that share a folder, where process ids say nothing.
 */
export function lockFolder(folder: string): LockResult {
  const path = join(folder, "daemon.lock");
  try {
    makeEmpty(path);
    return { kind: "taken", lock: take(path) };
  } catch (error: unknown) {
    return errorCode(error)?.startsWith("SQLITE_BUSY")
      ? { kind: "held" }
      : { kind: "fault", fault: faultOf(path, error) };
  }
}

/**
 * Creates the file, so that its mode is ours: SQLite would let others read it. What something else wrote into it is
 * needed by nobody; it stays the same file, so that two processes that find it cannot both lock it.
 */
function makeEmpty(path: string): void {
  try {
    closeSync(openSync(path, "wx", 0o600));
  } catch (error: unknown) {
    if (errorCode(error) !== "EEXIST") throw error;
    const stats = lstatSync(path);
    // One that is empty is never opened here: to close it would drop a lock that this process has on it.
    if (stats.isFile() && stats.size > 0) truncateSync(path);
  }
}

function take(path: string): FolderLock {
  const database = new Database(path, { readwrite: true });
  try {
    // The file stays empty, and nothing is made beside it. SQLite refuses to do without a journal.
    database.run("PRAGMA journal_mode = MEMORY");
    database.run("PRAGMA locking_mode = EXCLUSIVE");
    database.run("BEGIN EXCLUSIVE");
  } catch (error: unknown) {
    database.close();
    throw error;
  }
  const { dev, ino } = statSync(path);
  return {
    get fault() {
      return isSame(path, { dev, ino }) ? undefined : "the data folder was deleted or replaced while it was in use";
    },
    release: () => database.close(),
  };
}

/** A folder that cannot be looked at says nothing. */
function isSame(path: string, { dev, ino }: { readonly dev: number; readonly ino: number }): boolean {
  try {
    const found = statSync(path);
    return found.dev === dev && found.ino === ino;
  } catch (error: unknown) {
    return errorCode(error) !== "ENOENT" && errorCode(error) !== "ENOTDIR";
  }
}

/** SQLite says that it cannot, and not why: the system does. */
function faultOf(path: string, error: unknown): string {
  if (errorCode(error)?.startsWith("SQLITE_") !== true) return ioFault(error);
  try {
    closeSync(openSync(path, "r+"));
    return ioFault(error);
  } catch (reason: unknown) {
    return ioFault(reason);
  }
}
