// Deletion of request records over a real database and its thread: what goes, what stays, and the room that comes back.
import { describe, expect, test } from "bun:test";
import { statSync } from "node:fs";
import { join } from "node:path";
import { fillDatabase } from "../../../bench/records/fill-database.ts";
import { removeRecords } from "../../../src/daemon/records/remove-records.ts";
import type { RecordFilter } from "../../../src/records/record-filter.ts";
import { openDatabase } from "../../../src/storage/database.ts";
import { DatabaseThread } from "../../../src/storage/database-thread.ts";
import { START } from "../../balancer/fixtures.ts";
import { scratchFolder } from "../../core/scratch-folder.ts";
import { FILTERS, matches, randomRecords } from "./random-records.ts";

const never = new AbortController().signal;
let state = 5;
const RECORDS = randomRecords(1_500, () => {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
  return state / 2 ** 32;
});

function openSite() {
  const folder = scratchFolder();
  const path = join(folder.path, "requests.sqlite");
  const database = openDatabase(path);
  fillDatabase(database, RECORDS, { until: START });
  const thread = new DatabaseThread();
  const newest = async () => RECORDS.at(-1)?.seq ?? 0;
  return {
    path,
    database,
    options: { path, thread, lock: { fault: undefined }, newest },
    all: (column: string, table: string) =>
      database
        .query<{ found: string | number }, []>(`SELECT DISTINCT ${column} AS found FROM ${table} ORDER BY seq`)
        .all()
        .map(({ found }) => found),
    async [Symbol.asyncDispose]() {
      await thread.close();
      database.close();
      folder[Symbol.dispose]();
    },
  };
}

describe("removeRecords", () => {
  test.each<RecordFilter>([
    ...FILTERS.key.map((key) => ({ key })),
    ...FILTERS.status.map((status) => ({ status })),
    { errors: true },
    { untilMs: START + 200 },
    { sinceMs: START + 100, untilMs: START + 300, provider: "b" },
    { model: "m1", token: "t2" },
    { operation: "chat/completions" },
  ])("takes what matches %j with its attempts and bodies, and leaves the rest", async (filter) => {
    await using site = openSite();
    const removed = await removeRecords({ filter }, site.options, never);
    const left = RECORDS.filter((record) => !matches(record, filter));
    expect(removed).toBe(RECORDS.length - left.length);
    expect(site.all("id", "requests")).toEqual(left.map(({ id }) => id));
    expect(site.all("seq", "attempts")).toEqual(left.filter(({ tries }) => tries.length > 0).map(({ seq }) => seq));
    expect(site.all("seq", "request_bodies")).toEqual(left.filter(({ body }) => body).map(({ seq }) => seq));
  });

  test("takes those with the ids, and says how many there were", async () => {
    await using site = openSite();
    const ids = RECORDS.slice(0, 1_200).map(({ id }) => id);
    expect(await removeRecords({ ids: ["req-none", ...ids, ...ids] }, site.options, never)).toBe(1_200);
    expect(site.all("id", "requests")).toEqual(RECORDS.slice(1_200).map(({ id }) => id));
  });

  test.each(["INCREMENTAL", "NONE"])(
    "of everything leaves what was counted, and a file without empty room, from %s",
    async (mode) => {
      await using site = openSite();
      site.database.run(`PRAGMA auto_vacuum = ${mode}`);
      site.database.run("VACUUM");
      site.database.run("PRAGMA wal_checkpoint(TRUNCATE)");
      const { size } = statSync(site.path);
      const counted = site.database.query("SELECT * FROM roll_ups").all();
      expect(await removeRecords({ filter: {} }, site.options, never)).toBe(RECORDS.length);
      for (const table of ["requests", "attempts", "request_bodies"]) expect(site.all("seq", table)).toEqual([]);
      expect(site.database.query("SELECT * FROM roll_ups").all()).toEqual(counted);
      expect(site.database.query("PRAGMA freelist_count").get()).toEqual({ freelist_count: 0 });
      expect(statSync(site.path).size).toBeLessThan(size / 2);
    },
  );

  test("leaves what is recorded meanwhile", async () => {
    await using site = openSite();
    const last = RECORDS[700]?.seq ?? 0;
    const options = { ...site.options, newest: async () => last };
    expect(await removeRecords({ filter: { sinceMs: 0 } }, options, never)).toBe(701);
    expect(await removeRecords({ filter: { sinceMs: 0 } }, options, never)).toBe(0);
    expect(site.all("id", "requests")).toEqual(RECORDS.slice(701).map(({ id }) => id));
  });

  test("ends between two steps when its caller leaves", async () => {
    await using site = openSite();
    const stop = new AbortController();
    const options = {
      ...site.options,
      newest: async () => {
        stop.abort(new Error("gone"));
        return RECORDS.at(-1)?.seq ?? 0;
      },
    };
    await expect(removeRecords({ filter: { sinceMs: 0 } }, options, stop.signal)).rejects.toThrow("gone");
    expect(site.all("id", "requests")).toHaveLength(RECORDS.length);
  });

  test.each([
    [undefined, "Cannot delete request records: the data folder is not locked by this process"],
    [{ fault: "the lock was lost" }, "Cannot delete request records: the lock was lost"],
  ])("does nothing with the lock %j", async (lock, message) => {
    await using site = openSite();
    await expect(removeRecords({ filter: {} }, { ...site.options, lock }, never)).rejects.toThrow(message);
    expect(site.all("id", "requests")).toHaveLength(RECORDS.length);
  });

  test("says that another program has the database locked, and how many are gone already", async () => {
    await using site = openSite();
    const ids = RECORDS.map(({ id }) => id);
    const ask = site.options.thread.ask.bind(site.options.thread);
    let steps = 0;
    const thread = Object.assign(Object.create(site.options.thread), {
      ask: (job: Parameters<typeof ask>[0]) => {
        steps++;
        if (steps === 2) site.database.run("BEGIN IMMEDIATE");
        return ask(job);
      },
    });
    const removing = removeRecords({ ids }, { ...site.options, thread }, never);
    await expect(removing).rejects.toThrow(
      "Cannot delete request records: another program has it locked; 500 are gone already",
    );
    site.database.run("ROLLBACK");
  });

  test("makes no database where there is none", async () => {
    using folder = scratchFolder();
    const thread = new DatabaseThread();
    const options = { path: join(folder.path, "none"), thread, lock: { fault: undefined }, newest: async () => 0 };
    expect(await removeRecords({ filter: {} }, options, never)).toBe(0);
    expect(folder.snapshot()).toEqual({});
  });
});
