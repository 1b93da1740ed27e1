// Reads from a data folder what a backup holds, whether a daemon writes it or not: every file is replaced in one step.
import type { Database } from "bun:sqlite";
import { randomBytes } from "node:crypto";
import { existsSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import type { StoredKey } from "../config/stored-key.ts";
import { EXIT } from "../core/exit-codes.ts";
import { DamagedFile, readGenerations } from "../core/generations.ts";
import { errorCode, ioFault } from "../core/io-fault.ts";
import { UserError } from "../core/user-error.ts";
import { copyDatabase, faultOfDatabase } from "../storage/database.ts";
import { FOLDER_FILES } from "../storage/open-folder.ts";
import { type OwnerRow, readOwners } from "../storage/owner-table.ts";
import { openAnyForReading } from "../storage/records/open-for-reading.ts";
import { parseState } from "../storage/state-text.ts";
import { NewerTokenFile, parseTokenFile } from "../tokens/token-file.ts";
import type { BackupContent } from "./backup-content.ts";

export interface CollectOptions {
  /** The data folder. */
  readonly folder: string;
  readonly keys: readonly StoredKey[];
  /** The config file and what stands in it. */
  readonly config: { readonly path: string; readonly text: string } | undefined;
  readonly hasRecords: boolean;
  /** Wall-clock milliseconds. */
  readonly now: number;
}

/** Disposing of it removes the copy of the database. `notes`: sentences without their final periods. */
export interface CollectedBackup extends Disposable {
  readonly content: BackupContent;
  readonly counts: { readonly tokens: number; readonly health: number; readonly objects: number };
  readonly notes: readonly string[];
}

/** @throws UserError for what cannot be read, or was written by a newer version: a backup without it would be none. */
export function collectBackup(options: CollectOptions): CollectedBackup {
  const { folder, keys, config, hasRecords, now } = options;
  const tokens = readText(join(folder, FOLDER_FILES.tokens), parseTokenFile);
  const state = readText(join(folder, FOLDER_FILES.state), parseState);
  const path = join(folder, FOLDER_FILES.database);
  const database = hasRecords ? copied(path) : undefined;
  const objects = database === undefined ? ownersIn(path, now) : [];
  return {
    content: {
      texts: {
        ...(keys.length > 0 && { keys: JSON.stringify(keys) }),
        ...(tokens.text !== undefined && { tokens: tokens.text }),
        ...(state.text !== undefined && { state: state.text }),
        ...(objects.length > 0 && { objects: JSON.stringify(objects) }),
        ...(config !== undefined && { config: config.text }),
      },
      configFile: config?.path,
      database,
    },
    counts: { tokens: tokens.count, health: state.count, objects: objects.length },
    notes: [...tokens.notes, ...state.notes],
    [Symbol.dispose]: () => {
      if (database !== undefined) removeDatabase(database.path);
    },
  };
}

/** The text of the newest generation that can be read, and how many things it holds. */
function readText(path: string, parse: (text: string, file: string) => readonly unknown[]) {
  const keep = (text: string, file: string) => ({ text, count: parse(text, file).length });
  try {
    const { value, notes } = readGenerations(path, { parse: keep, stamp: undefined });
    if (value === undefined && notes.length > 0) throw new DamagedFile(notes.join("; "));
    return { text: value?.text, count: value?.count ?? 0, notes };
  } catch (error: unknown) {
    if (error instanceof UserError) throw error;
    const isOurs = error instanceof NewerTokenFile || error instanceof DamagedFile;
    if (!isOurs && errorCode(error) === undefined) throw error;
    const reason = isOurs ? error.message : ioFault(error);
    throw new UserError(`Cannot back up ${path}: ${reason}`, EXIT.failed, { cause: error });
  }
}

function ownersIn(path: string, now: number): readonly OwnerRow[] {
  if (!existsSync(path)) return [];
  return guarded(path, () => {
    const database = openAnyForReading(path);
    try {
      return isEmpty(database) ? [] : [...readOwners(database, now)];
    } finally {
      database.close();
    }
  });
}

/** A whole copy as it is at one moment, beside the database: nowhere else may others not read it. */
function copied(path: string): BackupContent["database"] {
  if (!existsSync(path)) return undefined;
  return guarded(path, () => {
    const copy = `${path}.${randomBytes(6).toString("hex")}.tmp`;
    const database = openAnyForReading(path);
    try {
      copyDatabase(database, copy);
      return { path: copy, bytes: statSync(copy).size };
    } catch (error: unknown) {
      removeDatabase(copy);
      throw error;
    } finally {
      database.close();
    }
  });
}

function isEmpty(database: Database): boolean {
  return database.query<{ user_version: number }, []>("PRAGMA user_version").get()?.user_version === 0;
}

function guarded<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (error: unknown) {
    if (!(error instanceof UserError) && errorCode(error) === undefined) throw error;
    throw new UserError(`Cannot back up ${path}: ${faultOfDatabase(error)}`, EXIT.failed, { cause: error });
  }
}

function removeDatabase(path: string): void {
  for (const suffix of ["", "-journal"]) rmSync(path + suffix, { force: true });
}
