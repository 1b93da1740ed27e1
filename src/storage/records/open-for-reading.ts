// Opens the database for who only reads it, whether somebody writes it or not.
import { constants, Database } from "bun:sqlite";
import { existsSync, statSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { errorCode } from "../../core/io-fault.ts";
import { UserError } from "../../core/user-error.ts";
import { DATABASE_FORM } from "../database.ts";

/** Which file stands at a path: another one after it was replaced. */
export interface OpenedDatabase {
  readonly database: Database;
  readonly fileId: string;
}

const BUSY_MS = 1_000;
/** The first one with tables of records. */
const FORM_WITH_RECORDS = 2;

/** Undefined where no file is, or one without records yet. @throws UserError for one of a newer version, else the error of SQLite or the system. */
export function openForReading(path: string): OpenedDatabase | undefined {
  const fileId = fileIdOf(path);
  if (fileId === undefined) return undefined;
  const database = open(path);
  try {
    const form = database.query<{ user_version: number }, []>("PRAGMA user_version").get()?.user_version ?? 0;
    if (form > DATABASE_FORM) throw new UserError("a newer version of openai-balance wrote it");
    if (form >= FORM_WITH_RECORDS) return { database, fileId };
    database.close();
    return undefined;
  } catch (error: unknown) {
    database.close();
    throw error;
  }
}

/** The file as it is, also one of a version that had no records. @throws as `openForReading`. */
export function openAnyForReading(path: string): Database {
  return openForReading(path)?.database ?? open(path);
}

/** Undefined where no file is. @throws the error of the system. */
export function fileIdOf(path: string): string | undefined {
  const stats = statSync(path, { throwIfNoEntry: false, bigint: true });
  return stats === undefined ? undefined : `${stats.dev}:${stats.ino}`;
}

/**
 * What is written beside a database has to be there for its readers too, or to be made by them. In a folder that they
 * cannot write it is missing only while nobody has the database open, and then the file has everything
 * (sqlite.org/wal.html, section "Read-Only Databases").
 */
function open(path: string): Database {
  const database = new Database(path, { readonly: true });
  try {
    database.run(`PRAGMA busy_timeout = ${BUSY_MS}`);
    database.query("SELECT 1 FROM sqlite_schema LIMIT 1").get();
    return database;
  } catch (error: unknown) {
    database.close();
    const isAlone = !existsSync(`${path}-wal`);
    if (!isAlone || !isOutOfReach(error)) throw error;
    const flags = constants.SQLITE_OPEN_READONLY | constants.SQLITE_OPEN_URI;
    return new Database(`${pathToFileURL(path).href}?immutable=1`, flags);
  }
}

function isOutOfReach(error: unknown): boolean {
  const code = errorCode(error) ?? "";
  return code.startsWith("SQLITE_CANTOPEN") || code.startsWith("SQLITE_READONLY");
}
