// `restore`: everything comes back, or nothing is changed.
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { version } from "../../../package.json";
import { openDatabase } from "../../../src/storage/database.ts";
import { lockFolder } from "../../../src/storage/folder-lock.ts";
import { readOwners, writeOwners } from "../../../src/storage/owner-table.ts";
import { TEST_DEADLINE_MS } from "../../fixture/until.ts";
import { FakeTerminal } from "../fake-terminal.ts";
import { CONFIG, contentOf, ENV, OBJECT, ok, PASSPHRASE, withBackup } from "./backup-lab.ts";

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

const CHANGED = "it was changed or cut off after it was written";

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
    ["a byte that was changed", (file: Buffer) => changed(file, 0.7), PASSPHRASE, CHANGED],
    ["a list of parts that was changed", (file: Buffer) => changed(file, 0), PASSPHRASE, CHANGED],
    ["an end that is missing", (file: Buffer) => file.subarray(0, -5), PASSPHRASE, CHANGED],
    ["an end that has more", (file: Buffer) => Buffer.concat([file, file]), PASSPHRASE, CHANGED],
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

  test("of a pipe is none", async () => {
    using terminal = new FakeTerminal();
    Bun.spawnSync(["mkfifo", terminal.path("fifo")]);
    const writer = Bun.spawn(["sh", "-c", `echo text > '${terminal.path("fifo")}'`]);
    const { exitCode, err } = await terminal.run(["restore", "fifo", "--yes"], { env: ENV });
    writer.kill();
    expect({ exitCode, err }).toMatchObject({ exitCode: 1, err: expect.stringContaining("no file, but a pipe") });
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

/** `place`: 0 is the first byte of what is encrypted, 1 the end. */
function changed(file: Buffer, place: number): Buffer {
  const copy = Buffer.from(file);
  const start = file.indexOf("\n") + 1;
  const at = start + Math.floor((file.length - start) * place);
  copy[at] = (copy[at] ?? 0) ^ 1;
  return copy;
}
