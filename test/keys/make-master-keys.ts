// A process that makes the master key of each folder inside one, once something comes in: prints their ids.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { ensureMasterKey } from "../../src/keys/master-key.ts";

const [path = ""] = process.argv.slice(2);
await Bun.stdin.text();
const made: Record<string, string> = {};
for (const name of readdirSync(path)) {
  const folder = join(path, name);
  const reading = await ensureMasterKey({ folder, env: {}, cwd: folder });
  made[name] = reading.ok ? reading.current.id : reading.message;
}
process.stdout.write(JSON.stringify(made));
