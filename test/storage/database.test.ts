// The database of the data folder: its form, its mode, and what is found in its place.
import { Database } from "bun:sqlite";
import { describe, expect, test } from "bun:test";
import { renameSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { UserError } from "../../src/core/user-error.ts";
import { faultOfDatabase, isDamage, openDatabase, openExisting, setDatabaseAside } from "../../src/storage/database.ts";
import { dropExpired, readOwners, writeOwners } from "../../src/storage/owner-table.ts";
import { scratchFolder } from "../core/scratch-folder.ts";

const row = (id: string, expiresAt = 1_000) => ({ id, provider: "p", keyId: "k", account: undefined, expiresAt });

describe("openDatabase", () => {
  test("makes a file that only its owner reads, and what is beside it too", () => {
    using folder = scratchFolder();
    const path = join(folder.path, "requests.sqlite");
    const database = openDatabase(path);
    writeOwners(database, { kept: [row("file-1")], gone: [] });
    for (const name of [path, `${path}-wal`, `${path}-shm`]) expect(statSync(name).mode & 0o777).toBe(0o600);
    database.close();
  });

  test("opens what an earlier process wrote", () => {
    using folder = scratchFolder();
    const path = join(folder.path, "requests.sqlite");
    for (const id of ["file-1", "file-2"]) {
      const database = openDatabase(path);
      writeOwners(database, { kept: [row(id)], gone: [] });
      database.close();
    }
    const database = openExisting(path);
    expect(database && [...readOwners(database, 0)]).toEqual([row("file-1"), row("file-2")]);
    database?.close();
  });

  test("leaves one of a newer version as it is", () => {
    using folder = scratchFolder();
    const path = join(folder.path, "requests.sqlite");
    const newer = new Database(path, { create: true });
    newer.run("PRAGMA user_version = 99");
    newer.close();
    const before = folder.snapshot();
    expect(() => openDatabase(path)).toThrow(UserError);
    expect(() => openDatabase(path)).toThrow(/a newer version of openai-balance wrote it \(format 99/);
    expect(folder.snapshot()).toEqual(before);
  });

  test.each([
    ["no database", Buffer.from("this is no database at all, and longer than the head of one ".repeat(40))],
    ["one that was cut off", cutOff()],
  ])("tells that %s is damaged, and sets it aside", (_name, content) => {
    using folder = scratchFolder();
    const path = join(folder.path, "requests.sqlite");
    writeFileSync(path, content);
    writeFileSync(`${path}-wal`, "old");
    const error = errorOf(() => {
      const database = openDatabase(path);
      try {
        return [...readOwners(database, 0)];
      } finally {
        database.close();
      }
    });
    expect(isDamage(error)).toBe(true);
    writeFileSync(`${path}-wal`, "kept");
    const note = setDatabaseAside(path, "2026", faultOfDatabase(error));
    expect(note).toStartWith(`${path} is damaged: it is no`);
    expect(folder.names().toSorted()).toEqual(["requests.sqlite.corrupt-2026", "requests.sqlite.corrupt-2026-wal"]);
    openDatabase(path).close();
  });

  test("takes nothing over from what stood beside one that was set aside, also after a kill in the middle of that", () => {
    using folder = scratchFolder();
    const path = join(folder.path, "requests.sqlite");
    const damaged = openDatabase(path);
    writeOwners(damaged, { kept: [row("file-1")], gone: [] });
    renameSync(path, `${path}.corrupt-2026`);
    using fresh = openDatabase(path);
    expect([...readOwners(fresh, 0)]).toEqual([]);
    expect(fresh.query("PRAGMA integrity_check").get()).toEqual({ integrity_check: "ok" });
    damaged.close();
  });

  test.each(["SQLITE_IOERR_SHMMAP", "SQLITE_PROTOCOL"])(
    "says where to keep it where its file system cannot (%s)",
    (code) => {
      expect(faultOfDatabase(Object.assign(new Error(), { code }))).toContain("use a data folder on a local disk");
    },
  );

  test("says that it is of another program", () => {
    using folder = scratchFolder();
    const path = join(folder.path, "other.sqlite");
    const other = new Database(path);
    other.run("PRAGMA user_version = 1");
    other.close();
    using opened = openDatabase(path);
    const error = errorOf(() => [...readOwners(opened, 0)]);
    expect([faultOfDatabase(error), isDamage(error)]).toEqual(["it holds other tables than this program makes", false]);
  });

  test("says that a folder is missing", () => {
    using folder = scratchFolder();
    const path = join(folder.path, "not-there", "requests.sqlite");
    expect(openExisting(path)).toBeUndefined();
    expect(faultOfDatabase(errorOf(() => openDatabase(path)))).toBe("it does not exist");
  });
});

describe("the table of owners", () => {
  test("keeps the last that was said of an object", () => {
    using folder = scratchFolder();
    using database = openDatabase(join(folder.path, "requests.sqlite"));
    writeOwners(database, { kept: [row("a", 3), row("b", 2), row("c", 1)], gone: [] });
    const changed = { ...row("b", 5), keyId: "other", account: "group g" };
    writeOwners(database, { kept: [changed], gone: ["a", "unknown"] });
    expect([...readOwners(database, 0)]).toEqual([row("c", 1), changed]);
  });

  test("does not read what is over, and drops it when told", () => {
    using folder = scratchFolder();
    using database = openDatabase(join(folder.path, "requests.sqlite"));
    writeOwners(database, { kept: [row("a", 10), row("b", 20)], gone: [] });
    expect([...readOwners(database, 10)].map(({ id }) => id)).toEqual(["b"]);
    dropExpired(database, 10);
    expect([...readOwners(database, 0)].map(({ id }) => id)).toEqual(["b"]);
  });
});

function errorOf(run: () => unknown): unknown {
  try {
    run();
  } catch (error: unknown) {
    return error;
  }
  throw new Error("It did not fail");
}

/** A database of several pages without its last ones. */
function cutOff(): Buffer {
  const database = new Database(":memory:");
  database.run(
    "CREATE TABLE object_owners (id TEXT PRIMARY KEY, provider TEXT NOT NULL, key_id TEXT NOT NULL, account TEXT, expires_at INTEGER NOT NULL) WITHOUT ROWID",
  );
  database.run("PRAGMA user_version = 1");
  const kept = Array.from({ length: 2_000 }, (_, i) => row(`file-${i}`));
  writeOwners(database, { kept, gone: [] });
  const whole = database.serialize();
  database.close();
  return Buffer.from(whole.subarray(0, 4096 * 3));
}
