// Reads from a data folder what a backup holds, whether a daemon writes it or not: every file is replaced in one step.
import type { Database } from "bun:sqlite";
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { StoredKey } from "../config/stored-key.ts";
import { EXIT } from "../core/exit-codes.ts";
import { DamagedFile, readGenerations } from "../core/generations.ts";
import { errorCode, ioFault } from "../core/io-fault.ts";
import { UserError } from "../core/user-error.ts";
import { faultOfDatabase } from "../storage/database.ts";
import { copyAside, type DatabaseCopy, removeStaleCopies } from "../storage/database-copy.ts";
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
  readonly database: AsyncIterable<Uint8Array> | undefined;
  readonly counts: { readonly tokens: number; readonly health: number; readonly objects: number };
  readonly notes: readonly string[];
}

/** @throws UserError for what cannot be read, or was written by a newer version: a backup without it would be none. */
export function collectBackup(options: CollectOptions): CollectedBackup {
  const { folder, keys, config, hasRecords, now } = options;
  const tokens = readText(join(folder, FOLDER_FILES.tokens), parseTokenFile);
  const state = readText(join(folder, FOLDER_FILES.state), parseState);
  const path = join(folder, FOLDER_FILES.database);
  const database = hasRecords ? copyOf(path, now) : undefined;
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
      databaseBytes: database?.bytes,
    },
    database: database?.pieces,
    counts: { tokens: tokens.count, health: state.count, objects: objects.length },
    notes: [...tokens.notes, ...state.notes],
    [Symbol.dispose]: () => database?.[Symbol.dispose](),
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

function copyOf(path: string, now: number): DatabaseCopy | undefined {
  removeStaleCopies(path, now);
  return existsSync(path) ? guarded(path, () => copyAside(path)) : undefined;
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
