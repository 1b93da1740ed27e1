// A process that opens a folder and prints what it found: for a test that runs it as another user.
import { lockFolder } from "../../src/storage/folder-lock.ts";
import { openFolder } from "../../src/storage/open-folder.ts";

const [path = ""] = process.argv.slice(2);
const { fault, notes } = openFolder(path);
const locked = lockFolder(path);
process.stdout.write(JSON.stringify({ fault, notes, lock: locked.kind === "fault" ? locked.fault : locked.kind }));
