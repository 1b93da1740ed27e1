// The port of request records over a real database, its reading thread and an instance.
import { describe, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fillDatabase, RequestWriter } from "../../../bench/records/fill-database.ts";
import { randomTraffic } from "../../../bench/records/random-traffic.ts";
import { UserError } from "../../../src/core/user-error.ts";
import { recordsPort } from "../../../src/daemon/records/records-port.ts";
import type { RecordQuestion } from "../../../src/records/record-filter.ts";
import { SEQS_OF_MS } from "../../../src/records/seq-range.ts";
import { openDatabase } from "../../../src/storage/database.ts";
import { START } from "../../balancer/fixtures.ts";
import { VirtualTime } from "../../proxy/fixtures.ts";
import { openLab } from "../instance-lab.ts";

const TRAFFIC = [...randomTraffic({ requests: 600, days: 2, until: START })];
const never = new AbortController().signal;
const NEWEST: RecordQuestion = { sort: "time", order: "desc", limit: 10 };

function prepare(folder: string): void {
  using database = openDatabase(join(folder, "requests.sqlite"));
  fillDatabase(database, TRAFFIC, { until: START });
}

function write(folder: string, id: string, endedAt: number): number {
  const [last] = TRAFFIC.slice(-1);
  if (last === undefined) throw new Error("There is no traffic");
  using database = openDatabase(join(folder, "requests.sqlite"));
  const seq = endedAt * SEQS_OF_MS + 1_000;
  new RequestWriter(database).write({ ...last, id, endedAt, seq });
  return seq;
}

describe("the records of an instance", () => {
  test("are listed page by page", async () => {
    await using lab = await openLab({ prepare });
    const seen: string[] = [];
    for (let cursor: string | undefined; ; ) {
      const page = await lab.ports.records.list({ ...NEWEST, limit: 70, cursor }, never);
      seen.push(...page.records.map(({ id }) => id));
      cursor = page.next;
      if (cursor === undefined) break;
    }
    expect(seen).toEqual(TRAFFIC.map(({ id }) => id).reverse());
  });

  test("are told with all attempts", async () => {
    await using lab = await openLab({ prepare });
    const failed = TRAFFIC.findLast(({ tries }) => tries.length > 1);
    expect(await lab.ports.records.detail({ id: failed?.id ?? "" }, never)).toEqual(failed);
    expect(await lab.ports.records.detail({ id: "req_none" }, never)).toBeUndefined();
  });

  test("are read without the lock of the folder", async () => {
    await using lab = await openLab({ prepare });
    await using reading = await openLab({ folder: lab.folder, isReadOnly: true });
    const { records } = await reading.ports.records.list(NEWEST, never);
    expect(records).toHaveLength(10);
  });

  test("are none where there is no database", async () => {
    await using lab = await openLab({ isReadOnly: true });
    const { records } = lab.ports;
    expect(await records.list(NEWEST, never)).toEqual({ records: [], next: undefined, previous: undefined });
    expect(await Array.fromAsync(records.export({}, never))).toEqual([]);
    const report = await records.usage({ period: "24h", zone: "UTC", by: "key", limit: 10 }, never);
    expect([report.total.requests, report.groups, report.series.length]).toEqual([0, [], 96]);
    const { rows } = await records.attention({ period: "24h", zone: "UTC", limit: 10 }, never);
    expect(rows).toEqual([]);
  });

  test("are followed from a place on, and those that come, until the caller leaves", async () => {
    await using lab = await openLab({ prepare });
    const stop = new AbortController();
    const place = TRAFFIC.at(-3)?.seq ?? 0;
    const items = lab.ports.records.follow({}, place, stop.signal)[Symbol.asyncIterator]();
    const ids = [(await items.next()).value?.id, (await items.next()).value?.id];
    expect(ids).toEqual(TRAFFIC.slice(-2).map(({ id }) => id));
    const next = items.next();
    write(lab.dataFolder, "req_fresh", START);
    expect((await next).value?.id).toBe("req_fresh");
    const last = items.next();
    stop.abort();
    expect(await last).toMatchObject({ done: true });
  });

  test("are followed from now on where nothing else is said", async () => {
    await using lab = await openLab({ prepare });
    const stop = new AbortController();
    const items = lab.ports.records.follow({}, undefined, stop.signal)[Symbol.asyncIterator]();
    const next = items.next();
    // The first look, at what is the newest, comes before this one in the same thread.
    await lab.ports.records.list(NEWEST, never);
    write(lab.dataFolder, "req_fresh", START);
    expect((await next).value?.id).toBe("req_fresh");
    stop.abort();
    expect(await items.next()).toMatchObject({ done: true });
  });

  test.each(["its own place", "no place"])(
    "are followed from %s past what was written while the clock was ahead",
    async (from) => {
      await using lab = await openLab({ prepare });
      const ahead = write(lab.dataFolder, "req_ahead", START + 30 * 86_400_000);
      const stop = new AbortController();
      const after = from === "no place" ? undefined : ahead;
      const items = lab.ports.records.follow({}, after, stop.signal)[Symbol.asyncIterator]();
      const next = items.next();
      await lab.ports.records.list(NEWEST, never);
      write(lab.dataFolder, "req_fresh", START);
      expect((await next).value?.id).toBe("req_fresh");
      stop.abort();
      expect(await items.next()).toMatchObject({ done: true });
    },
  );

  test.each([
    ["go on being followed when a fault is over in 10 s", 20],
    ["are not followed over a fault that lasts", 21],
  ])("%s", async (_name, faults) => {
    const time = new VirtualTime();
    const [record] = TRAFFIC;
    const looks: unknown[] = [
      0,
      ...Array.from({ length: faults }, () => new UserError("Cannot read x: it is locked")),
      record,
    ];
    const ask = async (name: string) => {
      if (name === "page") return { records: looks[0] === record ? [record] : [], edge: undefined };
      const look = looks.length > 1 ? looks.shift() : record;
      if (look instanceof UserError) throw look;
      return look === record ? record?.seq : 0;
    };
    const next = recordsPort({ reader: { ask }, timing: time } as never)
      .follow({}, undefined, never)
      [Symbol.asyncIterator]()
      .next();
    const settled = next.then(
      ({ value }) => value?.id,
      (error: UserError) => error.message,
    );
    await time.advance((faults + 1) * 500);
    expect(await settled).toBe(faults > 20 ? "Cannot read x: it is locked" : (record?.id as string));
  });

  test("are deleted with the lock of the folder, and not without", async () => {
    await using lab = await openLab({ prepare });
    const ids = TRAFFIC.slice(0, 3).map(({ id }) => id);
    await using reading = await openLab({ folder: lab.folder, isReadOnly: true });
    await expect(reading.ports.records.remove({ ids }, never)).rejects.toThrow("the data folder is not locked");
    expect(await lab.ports.records.remove({ ids }, never)).toBe(3);
    expect(await lab.ports.records.remove({ filter: {} }, never)).toBe(TRAFFIC.length - 3);
    expect(await lab.ports.records.list(NEWEST, never)).toEqual({ records: [], next: undefined, previous: undefined });
    const { total } = await lab.ports.records.usage({ period: "24h", zone: "UTC", limit: 10 }, never);
    expect(total.requests).toBeGreaterThan(0);
  });

  test("that cannot be read are a sentence", async () => {
    const damage = (folder: string) => writeFileSync(join(folder, "requests.sqlite"), "no database ".repeat(900));
    await using lab = await openLab({ prepare: damage, isReadOnly: true });
    const path = join(lab.dataFolder, "requests.sqlite");
    const expected = `Cannot read ${path}: it is no database of SQLite`;
    const { records } = lab.ports;
    await expect(records.list(NEWEST, never)).rejects.toThrow(expected);
    await expect(records.detail({ id: "x" }, never)).rejects.toThrow(expected);
    await expect(Array.fromAsync(records.export({}, never))).rejects.toThrow(expected);
    await expect(Array.fromAsync(records.follow({}, undefined, never))).rejects.toThrow(expected);
    await expect(records.usage({ period: "1h", zone: "UTC", limit: 1 }, never)).rejects.toThrow(expected);
    await expect(records.attention({ period: "1h", zone: "UTC", limit: 1 }, never)).rejects.toThrow(expected);
  });
});
