// `backup` and `restore`: everything comes back, or nothing is changed.
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { version } from "../../../package.json";
import { openDatabase } from "../../../src/storage/database.ts";
import { lockFolder } from "../../../src/storage/folder-lock.ts";
import { readOwners, writeOwners } from "../../../src/storage/owner-table.ts";
import { leakIn } from "../../fixture/secrets.ts";
import { TEST_DEADLINE_MS } from "../../fixture/until.ts";
import { FakeTerminal } from "../fake-terminal.ts";
import { CONFIG, contentOf, ENV, OBJECT, ok, PASSPHRASE, SECRET, withBackup } from "./backup-lab.ts";

setDefaultTimeout(TEST_DEADLINE_MS);

function restore(terminal: FakeTerminal, folder: string, ...more: readonly string[]) {
  return terminal.run(["restore", "a.backup", "--data-dir", folder, ...more], { env: ENV });
}

async function keysIn(terminal: FakeTerminal, folder: string) {
  const { keys } = JSON.parse(await ok(terminal, ["keys", "list", "--json", "--data-dir", folder]));
  return keys.map(({ name, state }: { readonly name: string; readonly state: string }) => `${name} ${state}`);
}

function ownersIn(path: string): readonly string[] {
  const database = openDatabase(path);
  try {
    return [...readOwners(database, 0)].map(({ id }) => id);
  } finally {
    database.close();
  }
}

describe("backup", () => {
  test("writes one file, for its owner only, in which no secret can be read", async () => {
    using terminal = await withBackup();
    expect(statSync(terminal.path("a.backup")).mode & 0o777).toBe(0o600);
    const text = readFileSync(terminal.path("a.backup"), "latin1");
    expect(leakIn(text)).toBeUndefined();
    for (const word of [SECRET, "team-a", "client_tokens", PASSPHRASE]) expect(text).not.toContain(word);
    expect(readdirSync(terminal.folder).filter((name) => name.endsWith(".tmp"))).toEqual([]);
  });

  test("replaces a file that is there with --force only", async () => {
    using terminal = await withBackup();
    const before = terminal.read("a.backup");
    const refused = await terminal.run(["backup", "a.backup", "--data-dir", "data"], { env: ENV });
    expect(refused).toMatchObject({ exitCode: 1, out: "" });
    expect(refused.err).toContain("a.backup exists already");
    expect(terminal.read("a.backup")).toBe(before);
    await ok(terminal, ["backup", "a.backup", "--force", "--data-dir", "data"], { env: ENV });
    expect(terminal.read("a.backup")).not.toBe(before);
  });

  test.each([
    ["fifo", "it is no file"],
    ["data", "it is a folder"],
    ["-", "name a file"],
  ])("never replaces %s, which is no file", async (target, message) => {
    using terminal = await withBackup();
    Bun.spawnSync(["mkfifo", terminal.path("fifo")]);
    const args = ["backup", target, "--force", "--data-dir", "data"];
    const { exitCode, err } = await terminal.run(args, { env: ENV });
    expect(exitCode).not.toBe(0);
    expect(err).toContain(message);
    expect(statSync(terminal.path("fifo")).isFIFO()).toBe(true);
    expect(existsSync(terminal.path("-"))).toBe(false);
  });

  test("that Ctrl-C ends leaves nothing behind", async () => {
    using terminal = await withBackup("--records");
    const before = [contentOf(terminal.path("data")), readdirSync(terminal.folder)];
    const args = ["backup", "b.backup", "--records", "--data-dir", "data"];
    const { exitCode } = await terminal.run(args, { env: ENV, signal: AbortSignal.abort() });
    expect(exitCode).toBe(130);
    expect([contentOf(terminal.path("data")), readdirSync(terminal.folder)]).toEqual(before);
  });

  test.each([
    ["another backup", ["backup", "b.backup", "--records"]],
    ["a change of the folder", ["keys", "enable", "team-a"]],
  ])("that was killed leaves a copy of the database until %s", async (_what, args) => {
    using terminal = await withBackup();
    const copy = terminal.path("data/requests.sqlite.0123456789ab.tmp");
    writeFileSync(copy, "copied so far");
    utimesSync(copy, 0, 0);
    await ok(terminal, [...args, "--data-dir", "data"], { env: ENV });
    expect(existsSync(copy)).toBe(false);
  });

  test("asks twice on a terminal, and writes nothing when the answers differ", async () => {
    using terminal = await withBackup();
    const run = (...answers: readonly string[]) =>
      terminal.run(["backup", "b.backup", "--data-dir", "data"], { isTerminal: true, columns: 80, answers });
    expect((await run(PASSPHRASE, `${PASSPHRASE}!`)).err).toContain("differ");
    expect((await run("short")).err).toContain("at least 12 characters");
    expect(existsSync(terminal.path("b.backup"))).toBe(false);
    expect(await run(PASSPHRASE, PASSPHRASE)).toMatchObject({ exitCode: 0 });
  });

  test("needs a passphrase where nobody can be asked", async () => {
    using terminal = new FakeTerminal();
    terminal.write("data/.keep", "");
    terminal.write("empty.txt", "\n");
    // Many such bytes would be read as one and the same character.
    writeFileSync(terminal.path("latin1.txt"), Buffer.from("correct horse batt\xe9ry", "latin1"));
    terminal.write("six.txt", "e\u0301".repeat(6));
    const run = (...more: readonly string[]) => terminal.run(["backup", "--data-dir", "data", ...more]);
    expect((await run()).err).toContain("--passphrase-file");
    expect((await run("--passphrase-file", "empty.txt")).err).toContain("the file is empty");
    expect((await run("--passphrase-file", "none.txt")).err).toContain("it does not exist");
    expect((await run("--passphrase-file", "latin1.txt")).err).toContain("expected text in UTF-8");
    expect((await run("--passphrase-file", "six.txt")).err).toContain("at least 12 characters");
  });

  test("of keys that cannot be opened is none", async () => {
    using terminal = await withBackup();
    writeFileSync(terminal.path("data/master.key"), Buffer.alloc(32, 7).toString("base64"));
    const { exitCode, err } = await terminal.run(["backup", "b.backup", "--data-dir", "data"], { env: ENV });
    expect(exitCode).toBe(1);
    expect(err).toContain("cannot be opened");
    expect(existsSync(terminal.path("b.backup"))).toBe(false);
  });

  test("of a folder that is not there is none", async () => {
    using terminal = new FakeTerminal();
    // Nobody is asked for a passphrase first.
    const { exitCode, err } = await terminal.run(["backup", "--data-dir", "nowhere"]);
    expect({ exitCode, err }).toMatchObject({ exitCode: 1, err: expect.stringContaining("There is no data folder") });
  });
});

describe("restore", () => {
  test("brings everything into an empty folder, under a master key of its own", async () => {
    using terminal = await withBackup();
    const printed = JSON.parse((await restore(terminal, "new", "--yes", "--json")).out);
    expect(printed).toMatchObject({ keys: 1, tokens: 1, written_by: version, dry_run: false, kept: [] });
    expect(await keysIn(terminal, "new")).toEqual(["team-a disabled"]);
    expect(ownersIn(terminal.path("new/requests.sqlite"))).toEqual(["file-1"]);
    expect(terminal.read("new/tokens.json")).toBe(terminal.read("data/tokens.json"));
    expect(terminal.read("new/master.key")).not.toBe(terminal.read("data/master.key"));
    for (const [name] of contentOf(terminal.path("new")))
      expect(`${name} ${(statSync(terminal.path("new", name)).mode & 0o777).toString(8)}`).toBe(`${name} 600`);
  });

  test("keeps what was there beside it, and can be done again", async () => {
    using terminal = await withBackup();
    await ok(terminal, ["keys", "add", "--name", "team-b", "--data-dir", "data"], {
      stdin: "sk-fake-other-0123456789",
    });
    terminal.write("config.yaml", `${CONFIG}# changed\n`);
    const before = terminal.read("data/keys.json");
    const now = () => Date.UTC(2026, 0, 2);
    for (const again of [1, 2]) {
      const { exitCode, err } = await terminal.run(["restore", "a.backup", "--yes", "--data-dir", "data"], {
        env: ENV,
        now,
      });
      expect({ exitCode, again }).toEqual({ exitCode: 0, again });
      expect(err).toContain("keys.json.before-2026-01-02T00-00-00-000Z");
    }
    expect(await keysIn(terminal, "data")).toEqual(["team-a disabled"]);
    expect(terminal.read("data/keys.json.before-2026-01-02T00-00-00-000Z")).toBe(before);
    expect(terminal.read("config.yaml")).toBe(CONFIG);
    expect(terminal.read("config.yaml.before-2026-01-02T00-00-00-000Z")).toBe(`${CONFIG}# changed\n`);
    expect(existsSync(terminal.path("data/keys.json.1"))).toBe(false);
    expect(readdirSync(terminal.path("data")).filter((name) => /restored|tmp$|restore\.json/.test(name))).toEqual([]);
  });

  test("keeps the request records that are there, unless the backup has some", async () => {
    using terminal = await withBackup();
    const path = terminal.path("data/requests.sqlite");
    const database = openDatabase(path);
    database.run("INSERT INTO request_bodies VALUES (1, 'body', 4)");
    writeOwners(database, { kept: [{ ...OBJECT, id: "file-2" }], gone: [] });
    database.close();
    expect(await restore(terminal, "data", "--yes")).toMatchObject({ exitCode: 0 });
    expect(ownersIn(path)).toEqual(["file-1", "file-2"]);
    const after = openDatabase(path);
    expect(after.query("SELECT count(*) AS count FROM request_bodies").get()).toEqual({ count: 1 });
    after.close();
  });

  test("brings request records with --records", async () => {
    using terminal = await withBackup();
    const database = openDatabase(terminal.path("data/requests.sqlite"));
    database.run("INSERT INTO request_bodies VALUES (1, ?, 3000000)", ["x".repeat(3_000_000)]);
    await ok(terminal, ["backup", "a.backup", "--force", "--records", "--data-dir", "data"], { env: ENV });
    database.close();
    expect(await restore(terminal, "new", "--yes")).toMatchObject({ exitCode: 0 });
    const restored = openDatabase(terminal.path("new/requests.sqlite"));
    expect(restored.query("SELECT length(body) AS length FROM request_bodies").get()).toEqual({ length: 3_000_000 });
    restored.close();
    expect(readdirSync(terminal.path("data")).filter((name) => name.includes("tmp"))).toEqual([]);
  });

  test("--dry-run says what it would replace, and changes nothing", async () => {
    using terminal = await withBackup();
    const before = contentOf(terminal.path("data"));
    const { exitCode, out } = await restore(terminal, "data", "--dry-run");
    expect(exitCode).toBe(0);
    expect(out).toContain("1 key, 1 client token, health, the config file, no request records");
    expect(out).toContain("Config  stays as it is");
    for (const name of ["keys.json", "requests.sqlite"]) expect(out).toContain(terminal.path("data", name));
    expect(contentOf(terminal.path("data"))).toEqual(before);
    expect(await restore(terminal, "nowhere", "--dry-run")).toMatchObject({ exitCode: 0 });
    expect(existsSync(terminal.path("nowhere"))).toBe(false);
  });

  test.each([
    [
      "another passphrase",
      (file: Buffer) => file,
      "correct horse battery stable",
      "does not open with this passphrase",
    ],
    ["a byte that was changed", changed, PASSPHRASE, "was changed or cut off"],
    ["an end that is missing", (file: Buffer) => file.subarray(0, -5), PASSPHRASE, "was changed or cut off"],
    ["a file that is none", () => Buffer.from("no backup"), PASSPHRASE, "it is no backup of openai-balance"],
  ])("of %s changes nothing", async (_what, change, passphrase, message) => {
    using terminal = await withBackup("--records");
    writeFileSync(terminal.path("a.backup"), change(readFileSync(terminal.path("a.backup"))));
    const before = contentOf(terminal.path("data"));
    const { exitCode, out, err } = await terminal.run(["restore", "a.backup", "--yes", "--data-dir", "data"], {
      env: { OPENAI_BALANCE_BACKUP_PASSPHRASE: passphrase },
    });
    expect({ exitCode, out }).toEqual({ exitCode: 1, out: "" });
    expect(err).toContain(message);
    expect(err).toContain("nothing was changed");
    expect(contentOf(terminal.path("data"))).toEqual(before);
    // Nor is a folder made.
    await terminal.run(["restore", "a.backup", "--yes", "--data-dir", "new/data"], {
      env: { OPENAI_BALANCE_BACKUP_PASSPHRASE: passphrase },
    });
    expect(existsSync(terminal.path("new"))).toBe(false);
  });

  test("is refused while somebody has the folder", async () => {
    using terminal = await withBackup();
    const locked = lockFolder(terminal.path("data"));
    if (locked.kind !== "taken") throw new Error("Cannot lock the folder");
    const before = contentOf(terminal.path("data"));
    // Before anybody is asked for a passphrase.
    const { exitCode, err } = await terminal.run(["restore", "a.backup", "--yes", "--data-dir", "data"]);
    locked.lock.release();
    expect(exitCode).toBe(1);
    expect(err).toContain("is in use by another process");
    expect(contentOf(terminal.path("data"))).toEqual(before);
  });

  test("asks on a terminal, and needs --yes off it", async () => {
    using terminal = await withBackup();
    const before = contentOf(terminal.path("data"));
    expect(await restore(terminal, "data")).toMatchObject({ exitCode: 2, err: expect.stringContaining("--yes") });
    const args = ["restore", "a.backup", "--data-dir", "data"];
    const asked = await terminal.run(args, { isTerminal: true, columns: 80, answers: [PASSPHRASE, false] });
    expect(asked.err).toContain("Nothing was changed");
    expect(contentOf(terminal.path("data"))).toEqual(before);
    const elsewhere = ["restore", "a.backup", "--data-dir", "new"];
    await terminal.run(elsewhere, { isTerminal: true, columns: 80, answers: [PASSPHRASE, false] });
    expect(existsSync(terminal.path("new"))).toBe(false);
    const meant = await terminal.run(args, { isTerminal: true, columns: 80, answers: [PASSPHRASE, true] });
    expect(meant).toMatchObject({ exitCode: 0 });
  });

  test("names the file that cannot be written, and changes nothing", async () => {
    using terminal = await withBackup();
    const before = contentOf(terminal.path("data"));
    const { exitCode, err } = await restore(terminal, "data", "--yes", "--config", "a.backup/deep/config.yaml");
    const path = terminal.path("a.backup/deep/config.yaml");
    expect({ exitCode, err }).toEqual({
      exitCode: 1,
      err: `Cannot restore ${path}: a part of the path is no folder; nothing was changed\n`,
    });
    expect(contentOf(terminal.path("data"))).toEqual(before);
  });

  test("--keep-config leaves the config file, and without one it goes to the user's own", async () => {
    using terminal = await withBackup();
    terminal.write("config.yaml", `${CONFIG}# changed\n`);
    await restore(terminal, "new", "--yes", "--keep-config");
    expect(terminal.read("config.yaml")).toBe(`${CONFIG}# changed\n`);
    await restore(terminal, "new", "--yes", "--config", "deep/other.yaml");
    expect(terminal.read("deep/other.yaml")).toBe(CONFIG);
  });
});

function changed(file: Buffer): Buffer {
  const copy = Buffer.from(file);
  const at = Math.floor(copy.length * 0.7);
  copy[at] = (copy[at] ?? 0) ^ 1;
  return copy;
}
