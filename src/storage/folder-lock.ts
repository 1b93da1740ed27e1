// Keeps two processes from writing into one data folder.
import { Database } from "bun:sqlite";
import { closeSync, openSync, rmSync } from "node:fs";
import { join } from "node:path";
import { errorCode, ioFault } from "../core/io-fault.ts";

/** A lock that is held. */
export interface FolderLock {
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
    // So that the mode is ours; SQLite would let others read it.
    closeSync(openSync(path, "a", 0o600));
    return take(path);
  } catch (error: unknown) {
    switch (errorCode(error)) {
      case "SQLITE_BUSY":
        return { kind: "held" };
      case "SQLITE_NOTADB":
        return takeAnew(path);
      default:
        return { kind: "fault", fault: ioFault(error) };
    }
  }
}

function take(path: string): LockResult {
  const database = new Database(path, { readwrite: true });
  try {
    // The file stays empty, and nothing beside it is made.
    database.run("PRAGMA journal_mode = OFF");
    database.run("PRAGMA locking_mode = EXCLUSIVE");
    database.run("BEGIN EXCLUSIVE");
  } catch (error: unknown) {
    database.close();
    throw error;
  }
  return { kind: "taken", lock: { release: () => database.close() } };
}

/** Something else was written into the file: it holds nothing that anybody needs. */
function takeAnew(path: string): LockResult {
  try {
    rmSync(path);
    closeSync(openSync(path, "wx", 0o600));
    return take(path);
  } catch (error: unknown) {
    return errorCode(error) === "SQLITE_BUSY" ? { kind: "held" } : { kind: "fault", fault: ioFault(error) };
  }
}
