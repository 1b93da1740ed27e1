// A restore that is killed at any moment: everything is that of before or that of the backup, and another one completes.
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { KeyStore } from "../../../src/keys/key-store.ts";
import { openDatabase } from "../../../src/storage/database.ts";
import { readOwners, writeOwners } from "../../../src/storage/owner-table.ts";
import { finishCutShort } from "../../../src/storage/staged-files.ts";
import { statePieces } from "../../../src/storage/state-file.ts";
import { tokenPieces } from "../../../src/tokens/token-file.ts";
import { TEST_DEADLINE_MS } from "../../fixture/until.ts";
import { restoreFrom } from "./restore-from.ts";

setDefaultTimeout(TEST_DEADLINE_MS);

const SCRIPT = resolve(import.meta.dir, "restore-once.ts");
const ROOT = mkdtempSync(join(tmpdir(), "ob-restore-kill-"));
const [BEFORE, BACKUP, FOLDER] = ["before", "backup", "folder"].map((name) => join(ROOT, name)) as [
  string,
  string,
  string,
];
const ADDED_AT = "2026-01-02T00:00:00.000Z";
const PARTS = ["keys", "tokens", "state", "records", "config"];

beforeAll(async () => {
  await fill(join(BEFORE, "data"), "before");
  writeFileSync(join(BEFORE, "config.yaml"), "# before\n");
  await fill(BACKUP, "backup");
  writeFileSync(join(BACKUP, "keys"), JSON.stringify([keyOf("backup")]));
  writeFileSync(join(BACKUP, "config.yaml"), "# backup\n");
});

afterAll(() => rmSync(ROOT, { recursive: true }));

test("A restore that is killed at any step leaves one or the other, and can be repeated", async () => {
  const ends = new Set<string>();
  let isKilled = true;
  for (let step = 1; isKilled; step++) {
    rmSync(FOLDER, { recursive: true, force: true });
    cpSync(BEFORE, FOLDER, { recursive: true });
    isKilled = await isKilledAt(step);
    // The folder is mounted at another place by the next start.
    renameSync(join(FOLDER, "data"), join(FOLDER, "elsewhere"));
    finishCutShort(join(FOLDER, "elsewhere"));
    renameSync(join(FOLDER, "elsewhere"), join(FOLDER, "data"));
    const found = new Set(partsOf(FOLDER));
    expect([step, found.size]).toEqual([step, 1]);
    for (const end of found) ends.add(end);
    await restoreFrom(BACKUP, FOLDER);
    expect([step, partsOf(FOLDER)]).toEqual([step, PARTS.map(() => "backup")]);
    expect(namesIn(FOLDER).filter((name) => /restored|tmp$|restore\.json/.test(name))).toEqual([]);
  }
  expect(ends).toEqual(new Set(["before", "backup"]));
});

async function isKilledAt(step: number): Promise<boolean> {
  const args = [process.execPath, SCRIPT, FOLDER, BACKUP, String(step)];
  const child = Bun.spawn(args, { stdout: "inherit", stderr: "inherit" });
  const exitCode = await child.exited;
  if (exitCode !== 0 && child.signalCode !== "SIGKILL") throw new Error(`The restore ended with ${exitCode}`);
  return child.signalCode === "SIGKILL";
}

/** A folder whose files all say what they are of. */
async function fill(folder: string, what: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  await new KeyStore({ folder, env: {}, cwd: folder, now: () => 0, isReadOnly: false }).change(() => [keyOf(what)]);
  const token = { id: "0123456789ab", name: what, sha256: "0".repeat(64), added_at: ADDED_AT, rules: {} };
  writeFileSync(join(folder, "tokens.json"), [...tokenPieces([token], 0)].join(""));
  const entry = { kind: "job", name: what, state: { stopped: 1 } } as const;
  writeFileSync(join(folder, "state.json"), [...statePieces([entry], 0)].join(""));
  const database = openDatabase(join(folder, "requests.sqlite"));
  const object = { id: what, provider: "openai", keyId: "9df9f53cae26", account: undefined, expiresAt: 8e15 };
  writeOwners(database, { kept: [object], gone: [] });
  database.close();
}

function keyOf(name: string) {
  return { provider: "openai", secret: `sk-fake-${name}-0123456789`, name, added_at: ADDED_AT };
}

function namesIn(folder: string): readonly string[] {
  return [...readdirSync(folder), ...readdirSync(join(folder, "data"))];
}

/** What each part is of. */
function partsOf(folder: string): readonly string[] {
  const data = join(folder, "data");
  const text = (path: string) => (readFileSync(path, "utf8").includes("before") ? "before" : "backup");
  const { keys } = new KeyStore({ folder: data, env: {}, cwd: data, now: () => 0, isReadOnly: true });
  const database = openDatabase(join(data, "requests.sqlite"));
  const objects = [...readOwners(database, 0)].map(({ id }) => id);
  database.close();
  const files = ["tokens.json", "state.json"].map((name) => text(join(data, name)));
  return [keys.map(({ name }) => name).join(), ...files, objects.join(), text(join(folder, "config.yaml"))];
}
