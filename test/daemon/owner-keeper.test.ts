// Which key made which object, over restarts, and over disks that do not do what they should.
import { Database } from "bun:sqlite";
import { describe, expect, test } from "bun:test";
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { UserError } from "../../src/core/user-error.ts";
import { OwnerKeeper } from "../../src/daemon/owner-keeper.ts";
import type { DatabaseJob } from "../../src/storage/database-jobs.ts";
import { DatabaseThread } from "../../src/storage/database-thread.ts";
import { type ScratchFolder, scratchFolder } from "../core/scratch-folder.ts";
import { VirtualTime } from "../proxy/fixtures.ts";

const OWNER = { provider: "p", keyId: "0123456789ab", account: undefined };
const FILE = "requests.sqlite";
const DAY_MS = 24 * 3_600_000;

/** A thread of which the test decides what comes of its jobs. */
class PlayedThread extends DatabaseThread {
  readonly jobs: DatabaseJob[] = [];
  fault: string | undefined;
  /** While it is set, no job is answered. */
  hung: Promise<void> | undefined;

  override async run(job: DatabaseJob): Promise<string | undefined> {
    this.jobs.push(job);
    await this.hung;
    return this.fault;
  }

  /** The ids of each write. */
  get writes(): readonly (readonly string[])[] {
    return this.jobs.flatMap((job) =>
      job.kind === "owners"
        ? [[...job.changes.kept.map(({ id }) => id), ...job.changes.gone.map((id) => `-${id}`)]]
        : [],
    );
  }
}

function keeperIn(folder: ScratchFolder, thread?: DatabaseThread, lockFault?: string) {
  const time = new VirtualTime();
  const lines: string[] = [];
  const log = (_: object, text: string) => void lines.push(text);
  const logger = { info: log, error: log, warn: log } as never;
  const keeper = new OwnerKeeper({
    folder: { path: folder.path, fault: undefined, notes: [] },
    lock: { fault: lockFault },
    logger,
    now: time.now,
    schedule: time.schedule,
    ...(thread && { thread }),
  });
  return { keeper, time, lines };
}

test("a later process knows what an earlier one was told", async () => {
  using folder = scratchFolder();
  const first = keeperIn(folder);
  expect(first.keeper.restore()).toEqual([]);
  first.keeper.owners.remember("file-1", { ...OWNER, account: "group g" });
  first.keeper.owners.remember("file-2", OWNER);
  first.keeper.owners.forget("file-2");
  await first.keeper.close();
  const { keeper } = keeperIn(folder);
  expect(keeper.restore()).toEqual([]);
  expect(keeper.owners.ownerOf("file-1")).toEqual({ ...OWNER, account: "group g" });
  expect(keeper.owners.size).toBe(1);
  await keeper.close();
});

test("what is over is forgotten by a clean-up, and what is not stays", async () => {
  using folder = scratchFolder();
  const { keeper, time } = keeperIn(folder);
  keeper.owners.remember("file-1", OWNER);
  await keeper.close();
  const path = join(folder.path, FILE);
  const ids = () => {
    using database = new Database(path, { readonly: true });
    return database.query<{ id: string }, []>("SELECT id FROM object_owners").values().flat();
  };
  expect([await keeper.cleanUp(), ids()]).toEqual([undefined, ["file-1"]]);
  await time.advance(2 * 365 * DAY_MS);
  expect([await keeper.cleanUp(), ids()]).toEqual([undefined, []]);
  await keeper.close();
});

test("a clean-up without the lock of the folder says why it cannot", async () => {
  using folder = scratchFolder();
  const thread = new PlayedThread();
  const { keeper } = keeperIn(folder, thread, "another daemon has the folder");
  expect([await keeper.cleanUp(), thread.jobs]).toEqual(["another daemon has the folder", []]);
});

describe("writes", () => {
  test("come in one piece within 200 ms, and only what is new", async () => {
    using folder = scratchFolder();
    const thread = new PlayedThread();
    const { keeper, time } = keeperIn(folder, thread);
    for (const id of ["file-1", "file-2", "file-1"]) keeper.owners.remember(id, OWNER);
    await time.advance(199);
    expect(thread.writes).toEqual([]);
    await time.advance(1);
    expect(thread.writes).toEqual([["file-1", "file-2"]]);
    keeper.owners.forget("file-1");
    await time.advance(200);
    expect(thread.writes[1]).toEqual(["-file-1"]);
    expect(time.pending).toBe(0);
  });

  test("are of 1,000 objects at most", async () => {
    using folder = scratchFolder();
    const thread = new PlayedThread();
    const { keeper, time } = keeperIn(folder, thread);
    for (let i = 0; i < 2_500; i += 1) keeper.owners.remember(`file-${i}`, OWNER);
    await time.advance(200);
    expect(thread.writes.map(({ length }) => length)).toEqual([1_000, 1_000, 500]);
  });

  test("that fail are told once, and tried again with what came meanwhile", async () => {
    using folder = scratchFolder();
    const thread = new PlayedThread();
    const { keeper, time, lines } = keeperIn(folder, thread);
    thread.fault = "no space left on the disk";
    keeper.owners.remember("file-1", OWNER);
    await time.advance(200);
    keeper.owners.remember("file-2", OWNER);
    await time.advance(10_000);
    expect(keeper.fault).toBe("no space left on the disk");
    thread.fault = undefined;
    await time.advance(5_000);
    expect(thread.writes.at(-1)).toEqual(["file-1", "file-2"]);
    expect([keeper.fault, lines]).toEqual([
      undefined,
      [
        "Owners of objects cannot be saved, a restart would forget which key made what; trying on",
        "Owners of objects are saved again",
      ],
    ]);
  });

  test("do not go into a folder that was replaced", async () => {
    using folder = scratchFolder();
    const thread = new PlayedThread();
    const { keeper, time } = keeperIn(folder, thread, "the data folder was deleted");
    keeper.owners.remember("file-1", OWNER);
    await time.advance(200);
    expect([thread.jobs, keeper.fault]).toEqual([[], "the data folder was deleted"]);
    await keeper.close();
  });
});

describe("an end", () => {
  test.each([
    ["waits 5 s at most for a disk that does not answer", undefined],
    ["tries once more where nothing can be written", "no space left on the disk"],
  ])("%s, and says what is lost", async (_name, fault) => {
    using folder = scratchFolder();
    const thread = new PlayedThread();
    const { keeper, time, lines } = keeperIn(folder, thread);
    thread.fault = fault;
    if (fault === undefined) thread.hung = new Promise(() => {});
    keeper.owners.remember("file-1", OWNER);
    await time.advance(200);
    const closed = keeper.close();
    await time.advance(5_000);
    await closed;
    expect([lines.at(-1), time.pending]).toEqual(["Owners of objects are lost", 0]);
  });
});

describe("restore", () => {
  test("sets a damaged database aside, and begins anew", async () => {
    using folder = scratchFolder();
    writeFileSync(folder.at(FILE), "no database".repeat(500));
    const { keeper } = keeperIn(folder);
    const [note] = keeper.restore();
    expect(note).toMatch(
      /requests\.sqlite is damaged: it is no database of SQLite; it is kept as .*; which key made which object begins anew$/,
    );
    keeper.owners.remember("file-1", OWNER);
    await keeper.close();
    expect(keeper.fault).toBeUndefined();
    expect(folder.names().filter((name) => name.startsWith(FILE))).toHaveLength(2);
  });

  test("refuses a newer version, and leaves it as it is", () => {
    using folder = scratchFolder();
    const newer = new Database(folder.at(FILE), { create: true });
    newer.run("PRAGMA user_version = 2000");
    newer.close();
    const before = folder.snapshot();
    expect(() => keeperIn(folder).keeper.restore()).toThrow(UserError);
    expect(folder.snapshot()).toEqual(before);
  });

  test.skipIf(process.geteuid?.() === 0)("does not write over what it cannot read", async () => {
    using folder = scratchFolder();
    writeFileSync(folder.at(FILE), "");
    chmodSync(folder.at(FILE), 0);
    const { keeper } = keeperIn(folder);
    expect(keeper.restore()[0]).toContain("cannot be read: permission denied");
    keeper.owners.remember("file-1", OWNER);
    await keeper.close();
    expect(keeper.fault).toContain("permission denied");
  });

  test("goes on where another program has it locked, and adds to it later", async () => {
    using folder = scratchFolder();
    const earlier = keeperIn(folder);
    earlier.keeper.owners.remember("file-1", OWNER);
    await earlier.keeper.close();
    const other = new Database(folder.at(FILE));
    other.run("PRAGMA locking_mode = EXCLUSIVE");
    other.run("BEGIN EXCLUSIVE");
    const { keeper } = keeperIn(folder);
    expect(keeper.restore()[0]).toContain("cannot be read: another program has it locked");
    other.close();
    keeper.owners.remember("file-2", OWNER);
    await keeper.close();
    const later = keeperIn(folder).keeper;
    later.restore();
    expect(later.owners.size).toBe(2);
  });
});
