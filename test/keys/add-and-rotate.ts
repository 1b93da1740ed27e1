// A process that adds keys to a store and rotates its master key until it is killed, and says what is done.
import { writeSync } from "node:fs";
import { openStore, storedKey } from "./stores.ts";

const [folder = "", prefix = ""] = process.argv.slice(2);
const store = openStore(folder);
if (store.fault !== undefined) throw new Error(store.fault);
for (let at = 0; ; at++) {
  const key = storedKey(`${prefix}_${at}`, { name: `${prefix}-${at}` });
  await store.change((keys) => [...keys, key]);
  writeSync(1, `${key.name}\n`);
  await store.rotate();
  writeSync(1, `rotated ${prefix}-${at}\n`);
}
