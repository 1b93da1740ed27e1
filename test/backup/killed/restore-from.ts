// Restores what a folder holds into another one, as `restore` does once it has decrypted a backup.
import { copyFileSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { factsOf } from "../../../src/backup/backup-facts.ts";
import { restoreBackup } from "../../../src/backup/restore-backup.ts";

export async function restoreFrom(from: string, folder: string): Promise<void> {
  const read = (name: string) => readFileSync(join(from, name), "utf8");
  const files = { tokens: read("tokens.json"), state: read("state.json"), config: read("config.yaml") };
  const texts = { keys: read("keys"), ...files };
  const [data, database] = [join(folder, "data"), join(from, "requests.sqlite")];
  await restoreBackup({
    folder: data,
    master: { folder: data, env: {}, cwd: folder },
    content: { texts, configFile: undefined, databaseBytes: statSync(database).size },
    facts: factsOf(texts),
    writeDatabase: async (path) => copyFileSync(database, path),
    configFile: join(folder, "config.yaml"),
    now: Date.now(),
  });
}
