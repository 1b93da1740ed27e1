// Files of other versions: older ones, as those versions wrote them, are taken over; newer ones stay byte for byte.
import { Database } from "bun:sqlite";
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { chmodSync, cpSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openDatabase } from "../../src/storage/database.ts";
import { readOwners } from "../../src/storage/owner-table.ts";
import { type Home, newHome } from "../fixture/home.ts";
import { TEST_DEADLINE_MS } from "../fixture/until.ts";

setDefaultTimeout(TEST_DEADLINE_MS);

const OLDER = join(import.meta.dir, "../fixture/older");
/** See test/fixture/older/README: each folder is what the version of one commit wrote. */
type Older = "first" | "tokens" | "owners" | "records" | "killed";

async function homeWith(...folders: readonly Older[]): Promise<Home> {
  const home = await newHome();
  await home.configure({ providers: [{ name: "openai", base_url: "http://127.0.0.1:9/v1", api_keys: [] }] });
  mkdirSync(home.data, { recursive: true, mode: 0o700 });
  for (const folder of folders) cpSync(join(OLDER, folder), home.data, { recursive: true });
  for (const name of readdirSync(home.data)) chmodSync(join(home.data, name), 0o600);
  return home;
}

function write(home: Home, files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) writeFileSync(join(home.data, name), text, { mode: 0o600 });
}

function bytesOf(home: Home, name: string): string {
  return readFileSync(join(home.data, name), "base64");
}

describe("Older files", () => {
  test("of the first version with commands keep their keys and health", async () => {
    await using home = await homeWith("first");
    const daemon = await home.serve();
    expect(Object.values(await home.states()).toSorted()).toEqual(["disabled", "ready"]);
    await home.addKeys(["sk-fake-newer-0000000000000003"], "--provider", "openai");
    await daemon.stop();
    expect(Object.values(await home.states()).length).toBe(3);
    expect(readdirSync(home.data).filter((name) => name.includes("corrupt"))).toEqual([]);
  });

  test("of the first version with client tokens keep them", async () => {
    await using home = await homeWith("tokens");
    const { tokens } = await home.json<{ tokens: readonly { name: string }[] }>(["tokens", "list"]);
    expect(tokens.map(({ name }) => name)).toEqual(["ci"]);
    await home.ok(["tokens", "add", "--name", "second"]);
    const after = await home.json<{ tokens: readonly object[] }>(["tokens", "list"]);
    expect(after.tokens.length).toBe(2);
  });

  test("of the first database keep which key made which object", async () => {
    await using home = await homeWith("owners");
    const daemon = await home.serve();
    await daemon.stop();
    const database = openDatabase(join(home.data, "requests.sqlite"));
    expect([...readOwners(database, 0)].map(({ id }) => id)).toEqual(["file-older"]);
    database.close();
  });

  test("of the first version with records show them, before and after they are migrated", async () => {
    await using home = await homeWith("records");
    const list = async () =>
      (await home.ok(["logs", "list", "--json"]))
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line));
    const before = await list();
    expect(before.length).toBe(1);
    const { id } = before[0];
    expect(JSON.parse(await home.ok(["logs", "list", "--id", id, "--json"]))).toMatchObject({ id });
    const daemon = await home.serve();
    expect(daemon.logs()).not.toContain("damaged: ");
    await daemon.stop();
    expect((await list()).map((record) => record.id)).toContain(id);
    expect(JSON.parse(await home.ok(["logs", "list", "--id", id, "--json"]))).toMatchObject({ id });
    const database = new Database(join(home.data, "requests.sqlite"), { readonly: true });
    expect(database.query("PRAGMA user_version").get()).toEqual({ user_version: 3 });
    database.close();
  });

  test("of a daemon that was killed keep everything, what is in the WAL too", async () => {
    await using home = await homeWith("killed");
    const database = openDatabase(join(home.data, "requests.sqlite"));
    expect([...readOwners(database, 0)].map(({ id }) => id)).toEqual(["file-x67"]);
    database.close();
    await home.serve();
    expect(await home.states()).toMatchObject({ k4: "ready", k5: "disabled" });
    const { tokens } = await home.json<{ tokens: readonly { name: string }[] }>(["tokens", "list"]);
    expect(tokens.map(({ name }) => name)).toContain("ci");
    expect((await home.ok(["logs", "list", "--json"])).trim().split("\n").length).toBe(9);
    expect(readdirSync(home.data).filter((name) => name.includes("corrupt"))).toEqual([]);
  });

  test("of sessions under a weaker mark log nobody in, and are begun anew", async () => {
    await using home = await homeWith("records");
    const daemon = await home.serve();
    expect(daemon.logs()).toContain("nobody is logged in to the page");
    expect(await home.json<object>(["sessions", "list"])).toMatchObject({ sessions: [] });
  });
});

const NEWER: Readonly<Record<string, string>> = {
  "keys.json": '{"format":"openai-balance keys","version":9,"anything":[1,2]}\n',
  "tokens.json": '{"format":"openai-balance tokens","version":9,"anything":[1,2]}\n',
  "sessions.json": '{"format":"openai-balance sessions","version":9,"anything":[1,2]}\n',
  "state.json": '{"version":9,"anything":[1,2]}\n',
  "version.json": '{"version":"9.8.7"}\n',
};

describe("Newer files", () => {
  test.each(["state.json", "requests.sqlite"])(
    "%s: the daemon does not start over it, and says which version to use",
    async (name) => {
      await using home = await homeWith(...(name === "requests.sqlite" ? (["owners"] as const) : []));
      if (name === "requests.sqlite") makeNewer(join(home.data, name));
      else write(home, { [name]: NEWER[name] ?? "" });
      write(home, { "version.json": NEWER["version.json"] ?? "" });
      const names = readdirSync(home.data).filter((file) => file.startsWith(name) && !file.endsWith("-shm"));
      const bytes = () => names.map((file) => [file, bytesOf(home, file)]);
      const before = bytes();
      const { exitCode, stderr } = await home.run(["serve", "--port", "0"]);
      expect(exitCode).toBe(2);
      expect(stderr).toContain("a newer version of openai-balance wrote it (format 9");
      expect(stderr).toContain(
        "Use that version (9.8.7 is the newest that has used this folder), or another --data-dir",
      );
      expect(bytes()).toEqual(before);
      expect(bytesOf(home, "version.json")).toBe(Buffer.from(NEWER["version.json"] ?? "").toString("base64"));
    },
  );

  test.each(["keys.json", "tokens.json", "sessions.json"])(
    "%s: the daemon runs without it, and leaves it as it is",
    async (name) => {
      await using home = await homeWith("first");
      const files = { [name]: NEWER[name] ?? "", "version.json": NEWER["version.json"] ?? "" };
      write(home, files);
      const daemon = await home.serve();
      expect(daemon.logs()).toContain("written by a newer version of openai-balance");
      expect(daemon.logs()).toContain("9.8.7 is the newest that has used this folder");
      await home.run(["keys", "add", "--provider", "openai"], { input: "sk-fake-newer-0000000000000004\n" });
      await home.run(["tokens", "add", "--name", "ci"]);
      const link = JSON.parse(await home.ok(["open", "--json"]));
      await fetch(link.url, { redirect: "manual" });
      await daemon.stop();
      for (const [file, text] of Object.entries(files)) expect(readFileSync(join(home.data, file), "utf8")).toBe(text);
      // What would hold less than all there is is no backup.
      const backup = await home.run(["backup", "a.backup"], {
        env: { OPENAI_BALANCE_BACKUP_PASSPHRASE: "long enough to be one" },
      });
      if (name !== "sessions.json") expect(backup).toMatchObject({ exitCode: 1, stdout: "" });
    },
  );

  test("a folder that this version used says so, and an older one never takes that back", async () => {
    await using home = await homeWith("first");
    await (await home.serve()).stop();
    expect(JSON.parse(readFileSync(join(home.data, "version.json"), "utf8")).version).toMatch(/^\d+\.\d+\.\d+/);
    write(home, { "version.json": '{"version":"9.8.7"}\n' });
    await (await home.serve()).stop();
    expect(readFileSync(join(home.data, "version.json"), "utf8")).toBe('{"version":"9.8.7"}\n');
  });
});

/** As one that was killed leaves it: what it wrote last is in the WAL. */
function makeNewer(path: string): void {
  using database = new Database(path);
  database.run("PRAGMA journal_mode = WAL");
  database.run("PRAGMA user_version = 9");
  cpSync(`${path}-wal`, `${path}-wal.kept`);
  cpSync(path, `${path}.kept`);
  database.close();
  for (const file of [path, `${path}-wal`]) renameSync(`${file}.kept`, file);
}
