// Replaces files in one step: whoever reads sees the old or the new content, also after a crash at any moment.
import { copyFile, type FileHandle, link, open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { errorCode } from "./io-fault.ts";

/** Readable and writable by the owner only. */
const OWN_FILE = 0o600;

/** `previous`: where the old content is kept, the mode is 0600 unless another one is given. */
export interface ReplaceOptions {
  readonly previous?: string;
  readonly mode?: number;
}

/** The content of a file, as a whole or in pieces that are made one after the other. */
export type Content = string | Uint8Array | Iterable<string> | AsyncIterable<string>;

/**
 * Writes a temporary file beside `path`, brings it to the disk, moves it to its place, and brings the folder to the
 * disk. Nothing is changed when it fails. One call at a time for each path.
 * @throws the error of the system.
 */
export async function replaceFile(path: string, content: Content, options: ReplaceOptions = {}): Promise<void> {
  const temporary = `${path}.tmp`;
  try {
    await writeNew(temporary, content, options.mode ?? OWN_FILE);
    if (options.previous !== undefined) await keepPrevious(path, options.previous);
    await rename(temporary, path);
  } catch (error: unknown) {
    await rm(temporary, { force: true }).catch(() => {});
    throw error;
  }
  await syncFolder(dirname(path));
}

/** Creates a file that must not exist, on the disk when it resolves. @throws the error of the system. */
export async function createFile(path: string, content: Content, mode = OWN_FILE): Promise<void> {
  await writeNew(path, content, mode, false);
  await syncFolder(dirname(path));
}

/** What a crash left over is removed first: a file that is there, or a link to one, is never written into. */
async function writeNew(path: string, content: Content, mode: number, replaces = true): Promise<void> {
  if (replaces) await rm(path, { force: true });
  const file = await open(path, "wx", mode);
  try {
    await writePieces(file, content);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function writePieces(file: FileHandle, content: Content): Promise<void> {
  if (typeof content === "string" || content instanceof Uint8Array) {
    await file.writeFile(content);
    return;
  }
  for await (const piece of content) await file.appendFile(piece);
}

/** The old content gets a second name before its own is given away, so that there is no moment without a file. */
async function keepPrevious(path: string, previous: string): Promise<void> {
  const temporary = `${previous}.tmp`;
  await rm(temporary, { force: true });
  try {
    await link(path, temporary);
  } catch (error: unknown) {
    if (errorCode(error) === "ENOENT") return;
    // Not every file system has second names.
    await copyFile(path, temporary);
  }
  await rename(temporary, previous);
}

/** On Windows folders cannot be opened, and need not be. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r").catch(() => undefined);
  await handle?.sync().catch(() => {});
  await handle?.close();
}
