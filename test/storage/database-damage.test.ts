// The database under a running thread: cut off, deleted, replaced, damaged, locked, unreadable; and what is begun anew.
import { Database } from "bun:sqlite";
import { describe, expect, test } from "bun:test";
import {
  closeSync,
  copyFileSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { openDatabase } from "../../src/storage/database.ts";
import { DatabaseThread } from "../../src/storage/database-thread.ts";
import { WatchedFile } from "../../src/storage/watched-file.ts";
import { type ScratchFolder, scratchFolder } from "../core/scratch-folder.ts";
import { batchOf, requestRow } from "./records/batches.ts";

const FILE = "requests.sqlite";

class Scene implements AsyncDisposable {
  readonly folder = scratchFolder();
  readonly path = this.folder.at(FILE);
  readonly thread = new DatabaseThread();
  readonly notes: string[] = [];
  #last = 0;

  constructor() {
    this.thread.onBegunAnew((note) => this.notes.push(note));
  }

  /** Writes requests, and answers the fault. */
  write(count = 1): Promise<string | undefined> {
    const rows = Array.from({ length: count }, () => {
      this.#last += 1;
      return requestRow(`req_${this.#last}`, this.#last);
    });
    return this.thread.run({ kind: "records", path: this.path, batch: batchOf(rows) });
  }

  /** What is in the file now. */
  ids(path = this.path): readonly string[] {
    using database = openDatabase(path);
    return database
      .query<{ id: string }, []>("SELECT id FROM requests ORDER BY seq")
      .all()
      .map(({ id }) => id);
  }

  /** Puts everything into the file itself. */
  checkpoint(): void {
    using database = openDatabase(this.path);
    database.run("PRAGMA wal_checkpoint(TRUNCATE)");
  }

  asides(): readonly string[] {
    return this.folder.names().filter((name) => name.startsWith(`${FILE}.corrupt-`) && !name.endsWith("-wal"));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.thread.close();
    this.folder[Symbol.dispose]();
  }
}

async function scene(): Promise<Scene> {
  const made = new Scene();
  expect(await made.write(500)).toBeUndefined();
  made.checkpoint();
  return made;
}

/** Writes until it is done, as keepers do. */
async function writeAgain(of: Scene): Promise<readonly (string | undefined)[]> {
  const faults: (string | undefined)[] = [];
  for (let tries = 0; tries < 3; tries += 1) {
    const fault = await of.write();
    faults.push(fault);
    if (fault === undefined) break;
  }
  return faults;
}

describe("a file that", () => {
  test.each([0, 1, 4_096, 3 * 4_096, 20_000])("was cut off to %d bytes is set aside", async (bytes) => {
    await using at = await scene();
    truncateSync(at.path, bytes);
    expect((await writeAgain(at)).at(-1)).toBeUndefined();
    expect(at.notes).toHaveLength(1);
    expect(at.notes[0]).toMatch(/requests\.sqlite is damaged: .*; it is kept as /);
    expect(at.asides()).toHaveLength(1);
    expect(at.ids().at(-1)).toMatch(/^req_50\d$/);
    expect(await at.write()).toBeUndefined();
    expect(at.notes).toHaveLength(1);
  });

  test("was deleted is made anew, and what came later is in it", async () => {
    await using at = await scene();
    rmSync(at.path);
    expect(await at.write()).toBeUndefined();
    expect(at.notes).toEqual([`${at.path} was deleted, and begins anew`]);
    expect([at.ids(), at.asides()]).toEqual([["req_501"], []]);
  });

  test("was replaced by an older copy of itself goes on from there", async () => {
    await using at = await scene();
    copyFileSync(at.path, at.folder.at("copy"));
    expect(await at.write()).toBeUndefined();
    renameSync(at.folder.at("copy"), at.path);
    expect(await at.write()).toBeUndefined();
    expect(at.notes).toEqual([`${at.path} was replaced by another file, which is used now`]);
    expect([at.ids().length, at.ids().at(-1)]).toEqual([501, "req_502"]);
  });

  test("was replaced by something else is set aside", async () => {
    await using at = await scene();
    writeFileSync(at.folder.at("other"), "no database ".repeat(2_000));
    renameSync(at.folder.at("other"), at.path);
    expect((await writeAgain(at)).at(-1)).toBeUndefined();
    expect(at.notes.at(-1)).toContain("is damaged: it is no database of SQLite");
    expect(at.asides()).toHaveLength(1);
    expect(at.ids().at(-1)).toMatch(/^req_50\d$/);
  });

  test("was replaced by one of a newer version is left as it is, for as long as it is there", async () => {
    await using at = await scene();
    const newer = new Database(at.folder.at("newer"), { create: true });
    newer.run("PRAGMA user_version = 99");
    newer.close();
    const before = readFileSync(at.folder.at("newer"));
    renameSync(at.folder.at("newer"), at.path);
    for (let tries = 0; tries < 2; tries += 1)
      expect(await at.write()).toContain("a newer version of openai-balance wrote it");
    expect(readFileSync(at.path).equals(before)).toBe(true);
    rmSync(at.path);
    expect(await at.write()).toBeUndefined();
  });

  test("is damaged inside is set aside", async () => {
    await using at = await scene();
    const size = readFileSync(at.path).length;
    const file = openSync(at.path, "r+");
    // Everything but the head, from the next page on.
    for (let page = 4_096; page < size; page += 4_096) writeSync(file, Buffer.alloc(4_096, 0xa5), 0, 4_096, page);
    closeSync(file);
    expect((await writeAgain(at)).at(-1)).toBeUndefined();
    expect(at.notes).toHaveLength(1);
    expect(at.notes[0]).toContain("it is no longer readable");
    expect(at.ids().at(-1)).toMatch(/^req_50\d$/);
  });

  test("was made smaller in order is none of that", async () => {
    await using at = await scene();
    const other = new Database(at.path);
    other.run("PRAGMA busy_timeout = 5000");
    other.run("DELETE FROM requests");
    other.run("VACUUM");
    other.run("PRAGMA wal_checkpoint(TRUNCATE)");
    other.close();
    expect(await at.write()).toBeUndefined();
    expect([at.notes, at.ids()]).toEqual([[], ["req_501"]]);
  });

  test("another program has locked is told, and written once it lets go", async () => {
    await using at = await scene();
    const other = new Database(at.path);
    other.run("BEGIN IMMEDIATE");
    expect(await at.write()).toBe("another program has it locked");
    other.run("ROLLBACK");
    other.close();
    expect(await at.write()).toBeUndefined();
    expect([at.notes, at.ids().length]).toEqual([[], 501]);
  });
});

describe("WatchedFile", () => {
  test("sees nothing in a file that grows", () => {
    using folder: ScratchFolder = scratchFolder();
    writeFileSync(folder.at("a"), "x".repeat(200));
    const watched = new WatchedFile(folder.at("a"));
    writeFileSync(folder.at("a"), "x".repeat(300));
    expect(watched.look()).toBe("none");
    watched.keep();
    truncateSync(folder.at("a"), 250);
    // What it takes for a head says that it should be larger.
    expect(watched.look()).toBe("cut off");
  });
});
