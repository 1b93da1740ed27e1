// Lets what root writes in the data folder of another user belong to that user, as a service could not read it else.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { type FileOwner, setRights } from "../core/file-rights.ts";

const ROOT = 0;
const given = new Set<string>();

/** When this process ends, all files in the folder that belong to root go to its owner. */
export function giveBackAtExit(folder: string, owner: FileOwner): void {
  if (given.has(folder)) return;
  given.add(folder);
  process.on("exit", () => giveBack(folder, owner));
}

function giveBack(folder: string, owner: FileOwner): void {
  try {
    for (const name of readdirSync(folder)) giveFile(join(folder, name), owner);
  } catch {
    // Whoever has removed the folder needs nothing in it.
  }
}

/** The owner may have put links in the folder: only what is a file of its own there is given. */
function giveFile(path: string, owner: FileOwner): void {
  try {
    setRights(path, ({ uid }) => (uid === ROOT ? { owner } : {}));
  } catch {
    // A link, a socket, or gone meanwhile.
  }
}
