// Replaces files in one step: whoever reads sees the old or the new content, also after a crash at any moment.
import { randomBytes } from "node:crypto";
import { readdirSync, rmSync } from "node:fs";
import { type FileHandle, link, open, readFile, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { errorCode } from "./io-fault.ts";

/** Readable and writable by the owner only. */
const OWN_FILE = 0o600;

/** The calls to the operating system, as `node:fs/promises` has them. */
export interface FileCalls {
  readonly open: (path: string, flags: string, mode?: number) => Promise<FileHandle>;
  readonly link: (path: string, name: string) => Promise<void>;
  readonly readFile: (path: string) => Promise<Uint8Array>;
  readonly rename: (from: string, to: string) => Promise<void>;
  readonly rm: (path: string, options: { readonly force: true }) => Promise<void>;
}

/** Those of the system. */
export const FILE_CALLS: FileCalls = { open, link, readFile, rename, rm };

/** `previous`: where the old content is kept. `mode`: of the new file, 0600 unless another one is given. */
export interface ReplaceOptions {
  readonly previous?: string;
  readonly mode?: number;
  readonly calls?: FileCalls;
}

/** The content of a file, as a whole or in pieces that are made one after the other. */
export type Content = string | Uint8Array | Iterable<string> | AsyncIterable<string | Uint8Array>;

/**
 * Writes a temporary file beside `path`, brings it to the disk, moves it to its place, and brings the folder to the
 * disk. Nothing is changed when it fails. One call at a time for each path.
 * @throws the error of the system.
 */
export async function replaceFile(path: string, content: Content, options: ReplaceOptions = {}): Promise<void> {
  const { previous, mode = OWN_FILE, calls = FILE_CALLS } = options;
  const temporary = `${path}.tmp`;
  try {
    // What a crash left over is removed first: a file that is there, or a link to one, is never written into.
    await calls.rm(temporary, { force: true });
    await writeNew(temporary, content, mode, calls);
    if (previous === undefined) await calls.rename(temporary, path);
    else await moveKeeping(temporary, path, previous, calls);
  } catch (error: unknown) {
    await discard(temporary, calls);
    throw error;
  }
  await syncFolder(dirname(path), calls);
}

/**
 * Creates a file that must not exist, whole and on the disk when it resolves. Of several processes that create it at
 * once one succeeds.
 * @throws the error of the system: EEXIST where the file exists.
 */
export async function createFile(path: string, content: Content, calls = FILE_CALLS): Promise<void> {
  // Another one for each call: nobody takes turns here.
  const temporary = `${path}.${randomBytes(6).toString("hex")}.tmp`;
  try {
    await writeNew(temporary, content, OWN_FILE, calls);
    await moveToFree(temporary, path, calls);
  } finally {
    await discard(temporary, calls);
  }
  await syncFolder(dirname(path), calls);
}

/** Removes the temporary files that a crash left beside a file; to be called while nobody replaces it. */
export function removeLeftovers(path: string): void {
  const [folder, base] = [dirname(path), basename(path)];
  const isLeftover = (name: string) => name.startsWith(base) && /^(?:\.[0-9a-f]+)?\.tmp$/.test(name.slice(base.length));
  try {
    for (const name of readdirSync(folder).filter(isLeftover)) rmSync(join(folder, name));
  } catch {
    // They stay until the next write replaces them.
  }
}

/** What it made is gone when it fails. */
async function writeNew(path: string, content: Content, mode: number, calls: FileCalls): Promise<void> {
  const file = await calls.open(path, "wx", mode);
  try {
    await fill(file, content, mode);
  } catch (error: unknown) {
    await discard(path, calls);
    throw error;
  }
}

/** On the disk, and closed, when it resolves. */
async function fill(file: FileHandle, content: Content, mode: number): Promise<void> {
  try {
    // The process may have a mask that takes from the mode.
    if (mode !== OWN_FILE) await file.chmod(mode);
    if (typeof content === "string" || content instanceof Uint8Array) await file.writeFile(content);
    else for await (const piece of content) await file.appendFile(piece);
    await file.sync();
  } finally {
    await file.close();
  }
}

/**
 * The old content gets a second name before its own is given away, so that there is no moment without a file. Only
 * then it takes the place of the one before, which therefore is older than the file at every moment.
 */
async function moveKeeping(temporary: string, path: string, previous: string, calls: FileCalls): Promise<void> {
  const old = `${previous}.tmp`;
  const hasOld = await nameAgain(path, old, calls);
  try {
    await calls.rename(temporary, path);
    if (!hasOld) return;
    await calls.rename(old, previous).catch(async (error: unknown) => {
      await calls.rename(old, path);
      throw error;
    });
  } finally {
    // It is still there after a failure, and where both names were those of one file.
    await discard(old, calls);
  }
}

/** Gives a file a second name, or makes a copy, since not every file system has those; false where there is no file. */
async function nameAgain(path: string, name: string, calls: FileCalls): Promise<boolean> {
  await calls.rm(name, { force: true });
  try {
    await calls.link(path, name).catch(async () => writeNew(name, await calls.readFile(path), OWN_FILE, calls));
    return true;
  } catch (error: unknown) {
    if (errorCode(error) === "ENOENT") return false;
    throw error;
  }
}

/** A rename would replace what another process was faster to create; a second name does not. */
async function moveToFree(temporary: string, path: string, calls: FileCalls): Promise<void> {
  try {
    await calls.link(temporary, path);
  } catch (error: unknown) {
    if (errorCode(error) === "EEXIST" || errorCode(error) === "ENOENT") throw error;
    await writeNew(path, await calls.readFile(temporary), OWN_FILE, calls);
  }
}

async function discard(temporary: string, calls: FileCalls): Promise<void> {
  await calls.rm(temporary, { force: true }).catch(() => {});
}

/** On Windows folders cannot be opened, and need not be. What is written is written: no failure here counts. */
async function syncFolder(folder: string, calls: FileCalls): Promise<void> {
  const handle = await calls.open(folder, "r").catch(() => undefined);
  await handle?.sync().catch(() => {});
  await handle?.close().catch(() => {});
}
