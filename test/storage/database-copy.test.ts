// The copy of the database for a backup: whole, without a name once it is, and gone after a kill.
import { describe, expect, test } from "bun:test";
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openDatabase } from "../../src/storage/database.ts";
import { copyAside, removeStaleCopies } from "../../src/storage/database-copy.ts";

const MINUTE_MS = 60_000;
const NOW = Date.UTC(2026, 0, 2);

class Scratch implements Disposable {
  readonly folder = mkdtempSync(join(tmpdir(), "ob-copy-"));
  readonly path = join(this.folder, "requests.sqlite");

  names(): readonly string[] {
    return readdirSync(this.folder).toSorted();
  }

  /** A file that was last written to before so long. */
  leave(name: string, ageMs: number): void {
    writeFileSync(join(this.folder, name), "");
    utimesSync(join(this.folder, name), NOW / 1_000, (NOW - ageMs) / 1_000);
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true });
  }
}

describe("A copy of the database", () => {
  test("is whole, and leaves nothing behind", async () => {
    using scratch = new Scratch();
    const database = openDatabase(scratch.path);
    database.run("INSERT INTO request_bodies VALUES (1, ?, 300000)", ["x".repeat(300_000)]);
    const before = scratch.names();
    using copy = copyAside(scratch.path);
    // A kill from now on leaves nothing.
    if (process.platform !== "win32") expect(scratch.names()).toEqual(before);
    const bytes = Buffer.concat(await Array.fromAsync(copy.pieces));
    database.close();
    expect(bytes.length).toBe(copy.bytes);
    writeFileSync(join(scratch.folder, "copy.sqlite"), bytes);
    const opened = openDatabase(join(scratch.folder, "copy.sqlite"));
    expect(opened.query("SELECT length(body) AS length FROM request_bodies").get()).toEqual({ length: 300_000 });
    opened.close();
  });

  test("that a kill left is removed, one that is being written is not", () => {
    using scratch = new Scratch();
    scratch.leave("requests.sqlite", 99 * MINUTE_MS);
    scratch.leave("requests.sqlite.0123456789ab.tmp", 11 * MINUTE_MS);
    scratch.leave("requests.sqlite.0123456789ab.tmp-journal", 11 * MINUTE_MS);
    scratch.leave("requests.sqlite.ba9876543210.tmp", 9 * MINUTE_MS);
    scratch.leave("other.sqlite.0123456789ab.tmp", 11 * MINUTE_MS);
    removeStaleCopies(scratch.path, NOW);
    expect(scratch.names()).toEqual([
      "other.sqlite.0123456789ab.tmp",
      "requests.sqlite",
      "requests.sqlite.ba9876543210.tmp",
    ]);
    removeStaleCopies(join(scratch.folder, "nowhere/requests.sqlite"), NOW);
  });

  test("that cannot be made leaves nothing behind", () => {
    using scratch = new Scratch();
    writeFileSync(scratch.path, "no database");
    expect(() => copyAside(scratch.path)).toThrow();
    expect(scratch.names()).toEqual(["requests.sqlite"]);
    expect(existsSync(scratch.path) && statSync(scratch.path).size).toBe(11);
  });
});
