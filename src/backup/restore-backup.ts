// Puts what a backup holds into a data folder: everything is written beside what is there, then takes its place at once.
import type { Database } from "bun:sqlite";
import { existsSync, mkdirSync, realpathSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import type { StoredKey } from "../config/stored-key.ts";
import { replaceFile } from "../core/atomic-file.ts";
import { EXIT } from "../core/exit-codes.ts";
import { setRights } from "../core/file-rights.ts";
import { fileStamp } from "../core/file-stamp.ts";
import { previousOf } from "../core/generations.ts";
import { errorCode, ioFault } from "../core/io-fault.ts";
import { UserError } from "../core/user-error.ts";
import { sealKeys } from "../keys/key-file.ts";
import { ensureMasterKey, type MasterKeyOptions } from "../keys/master-key.ts";
import { copyDatabase, faultOfDatabase, openDatabase } from "../storage/database.ts";
import { FOLDER_FILES } from "../storage/open-folder.ts";
import { writeOwners } from "../storage/owner-table.ts";
import { openAnyForReading } from "../storage/records/open-for-reading.ts";
import { putInPlace, removeStaged, type StagedFile, stagedName } from "../storage/staged-files.ts";
import type { BackupContent } from "./backup-content.ts";
import type { BackupFacts } from "./backup-facts.ts";

export interface RestoreOptions {
  /** The data folder, whose lock the caller has. */
  readonly folder: string;
  readonly master: MasterKeyOptions;
  readonly content: BackupContent;
  readonly facts: BackupFacts;
  /** Writes the database of the backup into a new file. */
  readonly writeDatabase: (path: string) => Promise<void>;
  /** Where the config goes; undefined leaves the one that is there. */
  readonly configFile: string | undefined;
  /** Wall-clock milliseconds. */
  readonly now: number;
}

/**
 * All or nothing; gives the names under which it kept what was there.
 * @throws UserError; nothing but a fresh master key is left behind then.
 */
export async function restoreBackup(options: RestoreOptions): Promise<readonly string[]> {
  const { folder, configFile, now } = options;
  const target = configFile === undefined ? undefined : realTarget(configFile);
  try {
    const files = await stageAll({ ...options, configFile: target }, freeStamp(folder, now));
    const kept = files.flatMap(({ path, kept: name }) => (existsSync(path) ? name : []));
    await putInPlace(folder, files);
    const lock = join(folder, FOLDER_FILES.lock);
    if (existsSync(lock)) giveToOwner(lock, folder);
    return kept;
  } catch (error: unknown) {
    if (error instanceof UserError || errorCode(error) === undefined) throw error;
    throw new UserError(`Cannot restore: ${ioFault(error)}; nothing was changed`, EXIT.failed, { cause: error });
  } finally {
    removeStaged(folder, ...(target === undefined ? [] : [target]));
  }
}

async function stageAll(options: RestoreOptions, stamp: string): Promise<readonly StagedFile[]> {
  const { folder, content, facts, configFile, now } = options;
  const { tokens, state, config } = content.texts;
  const at = (name: keyof typeof FOLDER_FILES) => join(folder, FOLDER_FILES[name]);
  const staged = {
    keys: facts.keys.length === 0 ? undefined : await stage(at("keys"), await sealed(facts.keys, options, now)),
    tokens: tokens === undefined ? undefined : await stage(at("tokens"), tokens),
    state: state === undefined ? undefined : await stage(at("state"), state),
  };
  const files = Object.entries(staged).flatMap(([name, file]) => {
    const path = at(name as keyof typeof staged);
    // The generation before would come back if the restored one were damaged.
    return [entry(path, file, stamp), entry(previousOf(path), undefined, stamp)];
  });
  const database = await stageDatabase(options);
  if (database !== undefined) files.push(...databaseEntries(at("database"), database, stamp));
  if (configFile !== undefined && config !== undefined)
    files.push(entry(configFile, await stage(configFile, config), stamp));
  return files;
}

async function sealed(keys: readonly StoredKey[], { master: place, folder }: RestoreOptions, now: number) {
  const hadOne = existsSync(join(folder, FOLDER_FILES.masterKey));
  const master = await ensureMasterKey(place);
  if (!master.ok) throw new UserError(`Cannot restore the keys: ${master.message}; nothing was changed`, EXIT.failed);
  if (!hadOne && master.place.file !== undefined) giveToOwner(master.place.file, folder);
  return sealKeys(keys, master.current, now);
}

/** Without the records of the backup those that are there stay. */
async function stageDatabase({ folder, content, facts, writeDatabase }: RestoreOptions): Promise<string | undefined> {
  const { objects } = facts;
  const hasRecords = content.databaseBytes !== undefined;
  if (!hasRecords && objects.length === 0) return undefined;
  const path = join(folder, FOLDER_FILES.database);
  const staged = stagedName(path);
  if (hasRecords) await writeDatabase(staged);
  else if (existsSync(path)) copyPresent(path, staged);
  const opened = openStaged(staged);
  try {
    writeOwners(opened, { kept: objects, gone: [] });
    opened.run("PRAGMA wal_checkpoint(TRUNCATE)");
  } finally {
    opened.close();
  }
  giveToOwner(staged, folder);
  return staged;
}

/** @throws UserError for a database of a newer version, in words that are about the backup. */
function openStaged(staged: string): Database {
  try {
    return openDatabase(staged);
  } catch (error: unknown) {
    if (!(error instanceof UserError)) throw error;
    const text = "a newer version of openai-balance wrote them; restore the backup with that version";
    throw new UserError(`Cannot restore the request records: ${text}; nothing was changed`, EXIT.failed, {
      cause: error,
    });
  }
}

/** @throws UserError: its records must neither be lost nor hidden. */
function copyPresent(path: string, staged: string): void {
  try {
    const present = openAnyForReading(path);
    try {
      copyDatabase(present, staged);
    } finally {
      present.close();
    }
  } catch (error: unknown) {
    const what = "which the backup has no other one for; move it elsewhere, and restore again";
    const text = `Cannot restore beside ${path}, ${what}: ${faultOfDatabase(error)}; nothing was changed`;
    throw new UserError(text, EXIT.failed, { cause: error });
  }
}

/** What SQLite keeps beside the file belongs to it, and would spoil another one. */
function databaseEntries(path: string, staged: string, stamp: string): readonly StagedFile[] {
  const kept = keptName(path, stamp);
  const beside = ["-wal", "-shm"].map((suffix) => ({ path: path + suffix, kept: kept + suffix }));
  return [...beside, { path, staged, kept }];
}

/** @throws UserError, which names the file: several folders may be meant. */
async function stage(path: string, content: string | AsyncIterable<string>): Promise<string> {
  const staged = stagedName(path);
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    const before = statSync(path, { throwIfNoEntry: false });
    await replaceFile(staged, content, before === undefined ? {} : { mode: before.mode & 0o777 });
    giveToOwner(staged, before === undefined ? dirname(path) : path);
  } catch (error: unknown) {
    if (errorCode(error) === undefined) throw error;
    throw new UserError(`Cannot restore ${path}: ${ioFault(error)}; nothing was changed`, EXIT.failed, {
      cause: error,
    });
  }
  return staged;
}

/** An administrator who restores for a service must not take its files away from it. */
function giveToOwner(file: string, model: string): void {
  if (process.geteuid?.() !== 0) return;
  const { uid, gid } = statSync(model);
  setRights(file, { owner: { uid, gid } });
}

function entry(path: string, staged: string | undefined, stamp: string): StagedFile {
  return { path, kept: keptName(path, stamp), ...(staged !== undefined && { staged }) };
}

/** Clocks stand still now and then: what was kept before is never replaced. */
function freeStamp(folder: string, now: number): string {
  const names = Object.values(FOLDER_FILES).map((name) => join(folder, name));
  const stamp = fileStamp(now);
  let free = stamp;
  for (let number = 2; names.some((name) => existsSync(keptName(name, free))); number++) free = `${stamp}-${number}`;
  return free;
}

function keptName(path: string, stamp: string): string {
  return `${path}.before-${stamp}`;
}

/** What a link leads to is replaced, not the link. */
function realTarget(path: string): string {
  return existsSync(path) ? realpathSync(path) : path;
}
