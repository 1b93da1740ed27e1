// The port of request records over a real database, its reading thread and an instance.
import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { fillDatabase } from "../../../bench/records/fill-database.ts";
import { randomTraffic } from "../../../bench/records/random-traffic.ts";
import type { RecordQuestion } from "../../../src/records/record-filter.ts";
import { openDatabase } from "../../../src/storage/database.ts";
import { START } from "../../balancer/fixtures.ts";
import { openLab } from "../instance-lab.ts";

const TRAFFIC = [...randomTraffic({ requests: 600, days: 2, until: START })];
const never = new AbortController().signal;
const NEWEST: RecordQuestion = { sort: "time", order: "desc", limit: 10 };

function prepare(folder: string): void {
  using database = openDatabase(join(folder, "requests.sqlite"));
  fillDatabase(database, TRAFFIC, { until: START });
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
    expect(await records.list(NEWEST, never)).toEqual({ records: [], next: undefined });
    expect(await Array.fromAsync(records.export({}, never))).toEqual([]);
    const report = await records.usage({ period: "24h", zone: "UTC", by: "key", limit: 10 }, never);
    expect([report.total.requests, report.groups, report.series.length]).toEqual([0, [], 96]);
    expect(await records.attention({ period: "24h", zone: "UTC", limit: 10 }, never)).toEqual([]);
  });
});
