// `requests.sqlite`: opens the database of the data folder and brings it to the form that this version knows.
import { Database } from "bun:sqlite";
import { closeSync, existsSync, openSync, renameSync, rmSync } from "node:fs";
import { EXIT } from "../core/exit-codes.ts";
import { newerAdvice } from "../core/folder-version.ts";
import { StuckFile } from "../core/generations.ts";
import { errorCode, ioFault } from "../core/io-fault.ts";
import { UserError } from "../core/user-error.ts";
import { RECORD_TABLES, RECORD_TIMES } from "./records/tables.ts";

/** Each brings the database one version further; they are never changed, only followed by others. */
const MIGRATIONS: readonly string[] = [
  `CREATE TABLE object_owners (
    id TEXT PRIMARY KEY, provider TEXT NOT NULL, key_id TEXT NOT NULL, account TEXT, expires_at INTEGER NOT NULL
  ) WITHOUT ROWID`,
  RECORD_TABLES,
  RECORD_TIMES,
];
/** The form of the database that this version knows. */
export const DATABASE_FORM: number = MIGRATIONS.length;
const OWN_FILE = 0o600;
/** Somebody may look into it with a tool of SQLite's own; whoever holds it longer is waited for later. */
const BUSY_MS = 1_000;
/** It grows while somebody reads for long, and is cut back to this in the end. */
const LARGEST_WAL = 16 * 1024 * 1024;
/** What is written beside it (sqlite.org/wal.html). */
const WAL = "-wal";
const SHARED_MEMORY = "-shm";

/**
 * Opens the database for writing, creates it where it is missing, and migrates it. Synchronous: never on the request path.
 * @throws UserError for one of a newer version, which is left as it is; an error of SQLite or the system.
 */
export function openDatabase(path: string): Database {
  // SQLite would let others read it; what it writes beside it gets the same mode.
  closeSync(openSync(path, "a", OWN_FILE));
  refuseNewer(savedVersion(path), path);
  const database = new Database(path, { readwrite: true });
  try {
    database.run(`PRAGMA busy_timeout = ${BUSY_MS}`);
    const version = versionOf(database);
    refuseNewer(version, path);
    // Of a new one only: what is taken away can then be given back to the disk.
    if (version === 0) database.run("PRAGMA auto_vacuum = INCREMENTAL");
    // What was committed outlives the process. A power cut may take the last seconds, and never breaks it.
    database.run("PRAGMA journal_mode = WAL");
    database.run("PRAGMA synchronous = NORMAL");
    database.run(`PRAGMA journal_size_limit = ${LARGEST_WAL}`);
    migrate(database, version);
    return database;
  } catch (error: unknown) {
    database.close();
    throw error;
  }
}

/** Opens a database that is there; undefined where none is. @throws as `openDatabase`. */
export function openExisting(path: string): Database | undefined {
  return existsSync(path) ? openDatabase(path) : undefined;
}

/** Writes a whole copy as it is at one moment, which only its owner can read. @throws as `openDatabase`. */
export function copyDatabase(database: Database, copy: string): void {
  // SQLite fills a file that is empty, and would let others read one of its own.
  closeSync(openSync(copy, "wx", OWN_FILE));
  database.run("VACUUM INTO ?", [copy]);
}

/** Gives a damaged database another name, with what belongs to it, and says so. @throws StuckFile. */
export function setDatabaseAside(path: string, stamp: string, fault: string): string {
  const name = `${path}.corrupt-${stamp}`;
  try {
    renameSync(path, name);
    // They would spoil the next one. What was written last may be in the first of them only.
    if (existsSync(path + WAL)) renameSync(path + WAL, name + WAL);
    rmSync(path + SHARED_MEMORY, { force: true });
    return `${path} is damaged: ${fault}; it is kept as ${name}`;
  } catch (error: unknown) {
    throw new StuckFile(`${path} is damaged: ${fault}; it cannot be renamed: ${ioFault(error)}`, { cause: error });
  }
}

/** Whether an error says that the content is damaged, as opposed to out of reach. */
export function isDamage(error: unknown): boolean {
  const code = errorCode(error) ?? "";
  return DAMAGE.some((start) => code.startsWith(start));
}

/** A page that the file ends before was there once. */
const DAMAGE: readonly string[] = ["SQLITE_CORRUPT", "SQLITE_NOTADB", "SQLITE_IOERR_SHORT_READ"];

/** Why the database could not be read or written, in words. */
export function faultOfDatabase(error: unknown): string {
  if (error instanceof UserError) return error.message;
  const code = errorCode(error) ?? "";
  return WORDS.find(([start]) => code.startsWith(start))?.[1] ?? ioFault(error);
}

/** Such as a network share (sqlite.org/wal.html). */
const NO_LOCAL_DISK =
  "its file system has no shared memory or no locks for it; use a data folder on a local disk (--data-dir)";

/** By the beginning of SQLite's result codes (sqlite.org/rescode.html). */
const WORDS: readonly (readonly [string, string])[] = [
  ["SQLITE_NOTADB", "it is no database of SQLite"],
  ["SQLITE_CORRUPT", "it is no longer readable"],
  ["SQLITE_BUSY", "another program has it locked"],
  ["SQLITE_LOCKED", "another program has it locked"],
  ["SQLITE_FULL", "no space left on the disk"],
  ["SQLITE_READONLY", "it cannot be written"],
  ["SQLITE_CANTOPEN", "it cannot be opened"],
  ["SQLITE_ERROR", "it holds other tables than this program makes"],
  ["SQLITE_IOERR_SHORT_READ", "it was cut off"],
  ["SQLITE_IOERR_SHMMAP", NO_LOCAL_DISK],
  ["SQLITE_IOERR_SHMLOCK", NO_LOCAL_DISK],
  ["SQLITE_IOERR_LOCK", NO_LOCAL_DISK],
  ["SQLITE_PROTOCOL", NO_LOCAL_DISK],
  ["SQLITE_IOERR", "the disk is full, or does not work (input/output error)"],
];

function versionOf(database: Database): number {
  const row = database.query<{ user_version: number }, []>("PRAGMA user_version").get();
  return row?.user_version ?? 0;
}

function refuseNewer(version: number, path: string): void {
  if (version <= MIGRATIONS.length) return;
  throw new UserError(
    `Cannot use ${path}: a newer version of openai-balance wrote it (format ${version}, this one knows ${MIGRATIONS.length}). ${newerAdvice(path)}; the file is left as it is`,
    EXIT.usage,
  );
}

/**
 * Looked at for reading only: who may write takes what is in the WAL into the file when it closes it. 0 for a database
 * that cannot be read so.
 */
function savedVersion(path: string): number {
  try {
    using database = new Database(path, { readonly: true });
    return versionOf(database);
  } catch {
    return 0;
  }
}

function migrate(database: Database, from: number): void {
  if (from === MIGRATIONS.length) return;
  database.transaction(() => {
    for (const step of MIGRATIONS.slice(from)) database.run(step);
    database.run(`PRAGMA user_version = ${MIGRATIONS.length}`);
  })();
}
