// A process that locks folders, prints what came of each, and holds what it got until its standard input ends.
import { writeSync } from "node:fs";
import { type FolderLock, lockFolder } from "../../src/storage/folder-lock.ts";

const held: FolderLock[] = [];
const kinds = process.argv.slice(2).map((folder) => {
  const result = lockFolder(folder);
  if (result.kind === "taken") held.push(result.lock);
  return result.kind;
});
writeSync(1, `${kinds.join()}\n`);
await Bun.stdin.text();
for (const lock of held) lock.release();
writeSync(1, "released\n");
