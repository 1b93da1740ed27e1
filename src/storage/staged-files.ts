// Puts several files in their places as one step: after a crash at any moment either all of them are there or none.
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, rmSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { z } from "zod";
import { createFile, removeLeftovers } from "../core/atomic-file.ts";
import { EXIT } from "../core/exit-codes.ts";
import { errorCode, ioFault } from "../core/io-fault.ts";
import { UserError } from "../core/user-error.ts";
import { FOLDER_FILES } from "./open-folder.ts";

/** Stands in the data folder from the moment on at which everything counts, until everything is in its place. */
const JOURNAL = "restore.json";

/** `staged`: what takes the place of `path`, on the disk already; undefined for nothing. `kept`: where that goes which is there. */
export interface StagedFile {
  readonly path: string;
  readonly staged?: string | undefined;
  readonly kept: string;
}

const journalSchema = z.object({
  format: z.literal("openai-balance restore"),
  version: z.literal(1),
  files: z.array(z.object({ path: z.string(), staged: z.string().optional(), kept: z.string() })),
});

/** Where a file waits until it takes the place of `path`. */
export function stagedName(path: string): string {
  return `${path}.restored`;
}

/**
 * Removes what waits to take the place of the folder's files, and of `more`, and never will: all but what a journal
 * names. Whoever calls it has the lock of the folder.
 */
export function removeStaged(folder: string, ...more: readonly string[]): void {
  if (isCutShort(folder)) return;
  const { keys, tokens, state, database } = FOLDER_FILES;
  const paths = [keys, tokens, state, database].map((name) => join(folder, name));
  for (const path of [...paths, ...more])
    for (const suffix of ["", "-wal", "-shm", ".tmp"]) removeIfPossible(stagedName(path) + suffix);
  removeLeftovers(join(folder, JOURNAL));
}

/** What stays does no harm: nothing counts but what a journal names. */
function removeIfPossible(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // Its folder is none, or may not be written.
  }
}

/** Whoever calls it has the lock of the folder. @throws UserError; nothing is changed then, unless it says so. */
export async function putInPlace(folder: string, files: readonly StagedFile[]): Promise<void> {
  const journal = join(folder, JOURNAL);
  const named = files.map((file) => mapPaths(file, (path) => nameIn(folder, path)));
  const text = JSON.stringify({ format: "openai-balance restore", version: 1, files: named }, null, 2);
  const done: StagedFile[] = [];
  try {
    for (const each of new Set(files.map(({ path }) => dirname(path)))) syncFolder(each);
    await createFile(journal, `${text}\n`);
    for (const file of files) {
      done.push(file);
      move(file);
    }
    finish(journal, files);
  } catch (error: unknown) {
    if (errorCode(error) === undefined) throw error;
    const end = wentBack(journal, done)
      ? "nothing was changed"
      : "half of them are; restore again to put the others there";
    throw new UserError(`Cannot put the files in their places: ${ioFault(error)}; ${end}`, EXIT.failed, {
      cause: error,
    });
  }
}

/**
 * Ends what a crash cut short, or removes what it left behind; what an operator must know about it. Whoever calls it
 * has the lock of the folder.
 * @throws UserError when that is not possible: half of the files are those of before.
 */
export function finishCutShort(folder: string): readonly string[] {
  const journal = join(folder, JOURNAL);
  if (!existsSync(journal)) {
    removeStaged(folder);
    return [];
  }
  try {
    const { files: named } = journalSchema.parse(JSON.parse(readFileSync(journal, "utf8")));
    const files = named.map((file) => mapPaths(file, (name) => resolve(folder, name)));
    for (const file of files) move(file);
    finish(journal, files);
    return [`A restore of ${folder} that was cut short has been finished`];
  } catch (error: unknown) {
    const reason = errorCode(error) === undefined ? "it is damaged" : ioFault(error);
    const text = `Cannot finish the restore of ${folder} that was cut short, which ${journal} describes: ${reason}`;
    throw new UserError(text, EXIT.failed, { cause: error });
  }
}

/** For who only reads: what is found may be of two times. */
export function isCutShort(folder: string): boolean {
  return existsSync(join(folder, JOURNAL));
}

/** The folder may be mounted at another place when it is opened next. */
function nameIn(folder: string, path: string): string {
  return dirname(path) === folder ? basename(path) : path;
}

function mapPaths({ path, staged, kept }: StagedFile, map: (path: string) => string): StagedFile {
  return { path: map(path), kept: map(kept), ...(staged !== undefined && { staged: map(staged) }) };
}

/** May be repeated, wherever it was cut short: what is staged is there until it has taken its place. */
function move({ path, staged, kept }: StagedFile): void {
  if (staged !== undefined && !existsSync(staged)) return;
  if (existsSync(path) && !existsSync(kept)) renameSync(path, kept);
  if (staged !== undefined) renameSync(staged, path);
}

/** False where that is not possible: the journal stays then, and says what is to do. */
function wentBack(journal: string, done: readonly StagedFile[]): boolean {
  try {
    for (const file of done.toReversed()) moveBack(file);
    rmSync(journal, { force: true });
    return true;
  } catch {
    return false;
  }
}

function moveBack({ path, staged, kept }: StagedFile): void {
  if (staged !== undefined && !existsSync(staged) && existsSync(path)) renameSync(path, staged);
  if (existsSync(kept) && !existsSync(path)) renameSync(kept, path);
}

function finish(journal: string, files: readonly StagedFile[]): void {
  const folders = new Set(files.map(({ path }) => dirname(path)));
  for (const folder of folders) syncFolder(folder);
  rmSync(journal);
  syncFolder(dirname(journal));
}

/** On Windows folders cannot be opened, and need not be. */
function syncFolder(folder: string): void {
  try {
    const handle = openSync(folder, "r");
    try {
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
  } catch {
    // What is renamed is renamed; only a power cut could show the difference.
  }
}
