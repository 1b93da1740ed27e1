// Lets what root writes in the data folder of another user belong to that user, as a service could not read it else.
import { closeSync, constants, fchownSync, fstatSync, openSync, readdirSync } from "node:fs";
import { join } from "node:path";

/** The one whose folder it is. */
export interface FolderOwner {
  readonly uid: number;
  readonly gid: number;
}

const ROOT = 0;
const given = new Set<string>();

/** When this process ends, all files in the folder that belong to root go to its owner. */
export function giveBackAtExit(folder: string, owner: FolderOwner): void {
  if (given.has(folder)) return;
  given.add(folder);
  process.on("exit", () => giveBack(folder, owner));
}

function giveBack(folder: string, owner: FolderOwner): void {
  try {
    for (const name of readdirSync(folder)) giveFile(join(folder, name), owner);
  } catch {
    // Whoever has removed the folder needs nothing in it.
  }
}

/** The owner may have put links in the folder: only what is a file of its own there is given. */
function giveFile(path: string, { uid, gid }: FolderOwner): void {
  let file: number | undefined;
  try {
    file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    const stats = fstatSync(file);
    if (stats.isFile() && stats.uid === ROOT && stats.nlink === 1) fchownSync(file, uid, gid);
  } catch {
    // A link, a socket, or gone meanwhile.
  } finally {
    if (file !== undefined) closeSync(file);
  }
}
