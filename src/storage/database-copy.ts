// A copy of the database, as a backup needs one: only its owner can read it, and it is gone with whoever made it.
import { randomBytes } from "node:crypto";
import { closeSync, createReadStream, fstatSync, openSync, readdirSync, rmSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { copyDatabase } from "./database.ts";
import { openAnyForReading } from "./records/open-for-reading.ts";

/** A copy is written to all the time until it is whole, and has no name any more from then on. */
const STALE_MS = 10 * 60_000;

/** Disposing of it removes it. */
export interface DatabaseCopy extends Disposable {
  readonly bytes: number;
  /** To be read once. */
  readonly pieces: AsyncIterable<Uint8Array>;
}

/** The whole database as it is at one moment. Synchronous. @throws what opening it for reading does. */
export function copyAside(path: string): DatabaseCopy {
  const copy = `${path}.${randomBytes(6).toString("hex")}.tmp`;
  const database = openAnyForReading(path);
  try {
    copyDatabase(database, copy);
    const fd = openSync(copy, "r");
    const pieces = createReadStream(copy, { fd, autoClose: false }) as AsyncIterable<Uint8Array>;
    const dispose = () => {
      closeSync(fd);
      remove(copy);
    };
    return { bytes: fstatSync(fd).size, pieces, [Symbol.dispose]: dispose };
  } finally {
    database.close();
    remove(copy);
  }
}

/** Removes copies of processes that were killed while they wrote them. `now`: wall-clock milliseconds. */
export function removeStaleCopies(path: string, now: number): void {
  const [folder, start] = [dirname(path), `${basename(path)}.`];
  const isCopy = (name: string) => name.startsWith(start) && /^[0-9a-f]{12}\.tmp$/.test(name.slice(start.length));
  try {
    const copies = readdirSync(folder).filter(isCopy);
    for (const copy of copies.map((name) => join(folder, name)))
      if (now - statSync(copy).mtimeMs > STALE_MS) remove(copy);
  } catch {
    // They stay until somebody can remove them.
  }
}

/** Windows removes no file that is open. */
function remove(copy: string): void {
  for (const suffix of ["", "-journal"]) {
    try {
      rmSync(copy + suffix, { force: true });
    } catch {
      // What reads it closes it, and removes it then.
    }
  }
}
