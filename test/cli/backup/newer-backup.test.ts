// A backup of a newer version whose form this one knows, with content that it does not: nothing is changed.

import { Database } from "bun:sqlite";
import { expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { type BackupContent, packBackup } from "../../../src/backup/backup-content.ts";
import { sealBackup } from "../../../src/backup/backup-seal.ts";
import { TEST_DEADLINE_MS } from "../../fixture/until.ts";
import { FakeTerminal } from "../fake-terminal.ts";
import { ENV, PASSPHRASE } from "./backup-lab.ts";

setDefaultTimeout(TEST_DEADLINE_MS);

const KEY = { provider: "openai", secret: "sk-fake-0123456789abcdef", added_at: "2026-01-02T00:00:00.000Z" };
const CHEAP = { n: 2, r: 1, p: 1 };

async function write(terminal: FakeTerminal, writtenBy: string, content: Partial<BackupContent>, database = "") {
  const whole = { texts: {}, configFile: undefined, databaseBytes: undefined, ...content };
  const pieces = packBackup(whole, database === "" ? undefined : Bun.file(database).stream());
  const sealed = sealBackup(pieces, { passphrase: PASSPHRASE, writtenBy, now: 0, cost: CHEAP });
  writeFileSync(terminal.path("a.backup"), Buffer.concat(await Array.fromAsync(sealed)));
}

function restore(terminal: FakeTerminal) {
  return terminal.run(["restore", "a.backup", "--yes", "--data-dir", "new"], { env: ENV });
}

test.each([
  ["health", { state: '{"version":9,"anything":[1,2]}' }],
  ["client tokens", { tokens: '{"format":"openai-balance tokens","version":9}' }],
  ["keys", { keys: JSON.stringify([{ ...KEY, shape: "unknown" }]) }],
])("Newer %s: the message says which version to use", async (_what, texts) => {
  using terminal = new FakeTerminal();
  terminal.write("version.json", '{"version":"7.7.7"}');
  await write(terminal, "9.8.7", { texts });
  const { exitCode, err } = await restore(terminal);
  expect(exitCode).toBe(1);
  expect(err).toContain("openai-balance 9.8.7 wrote it, with more in it than this version");
  expect(err).toContain("restore it with that version; nothing was changed");
  expect(err).not.toContain("7.7.7");
  expect(existsSync(terminal.path("new"))).toBe(false);
});

test("Newer request records: the message says so, and what is there stays", async () => {
  using terminal = new FakeTerminal();
  const database = new Database(terminal.path("newer.sqlite"));
  database.run("PRAGMA user_version = 9");
  database.close();
  terminal.write("new/tokens.json", "as it was");
  const { size } = Bun.file(terminal.path("newer.sqlite"));
  await write(terminal, "9.8.7", { databaseBytes: size }, terminal.path("newer.sqlite"));
  const { exitCode, err } = await restore(terminal);
  expect(exitCode).toBe(1);
  expect(err).toContain("Cannot restore the request records: a newer version of openai-balance wrote them");
  expect(readFileSync(terminal.path("new/tokens.json"), "utf8")).toBe("as it was");
  expect(existsSync(terminal.path("new/requests.sqlite.restored"))).toBe(false);
});

test("Of this version, content that is not as it should be is damage", async () => {
  using terminal = new FakeTerminal();
  await write(terminal, "0.1.0", { texts: { keys: JSON.stringify([{ ...KEY, shape: "unknown" }]) } });
  expect((await restore(terminal)).err).toContain("Cannot restore a.backup: its field 0 is not as it should be");
});
