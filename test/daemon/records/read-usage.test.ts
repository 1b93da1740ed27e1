// Reports of periods against counts over all records, in time zones whose clocks change.
import { describe, expect, test } from "bun:test";
import { KEYS, randomTraffic } from "../../../bench/records/random-traffic.ts";
import { readAttention, readUsage } from "../../../src/daemon/records/read-usage.ts";
import type { RequestDetail } from "../../../src/records/record.ts";
import { DIMENSIONS, PERIODS, type PeriodName } from "../../../src/records/usage-report.ts";
import { openRecordsLab } from "./records-lab.ts";

const HOUR_MS = 3_600_000;
const signal = new AbortController().signal;

/** How far the clocks there are ahead of UTC. */
function offsetIn(zone: string): (at: number) => number {
  const format = new Intl.DateTimeFormat("en-US", { timeZone: zone, timeZoneName: "longOffset" });
  return (at) => {
    const name = format.formatToParts(at).find(({ type }) => type === "timeZoneName")?.value ?? "";
    const [, sign, hours, minutes] = /GMT([+-])(\d\d):(\d\d)/.exec(name) ?? ["", "+", "00", "00"];
    return (sign === "-" ? -1 : 1) * (Number(hours) * HOUR_MS + Number(minutes) * 60_000);
  };
}

function sumOf(records: readonly RequestDetail[], value: (record: RequestDetail) => number | undefined): number {
  return records.reduce((sum, record) => sum + (value(record) ?? 0), 0);
}

/** `month`: when it began there. */
const MOMENTS = [
  ["Europe/Berlin", "2026-03-29T03:10:00Z", "2026-02-28T23:00:00Z"],
  ["Europe/Berlin", "2026-10-25T01:20:30Z", "2026-09-30T22:00:00Z"],
  ["America/New_York", "2026-03-08T07:30:00Z", "2026-03-01T05:00:00Z"],
  ["America/New_York", "2026-11-01T06:30:00Z", "2026-11-01T04:00:00Z"],
  ["Asia/Kolkata", "2026-05-31T19:10:00Z", "2026-05-31T18:30:00Z"],
  ["Australia/Lord_Howe", "2026-04-05T00:40:00Z", "2026-03-31T13:00:00Z"],
  ["Australia/Lord_Howe", "2026-10-04T00:40:00Z", "2026-09-30T13:30:00Z"],
  ["UTC", "2026-03-01T00:00:00Z", "2026-03-01T00:00:00Z"],
] as const;

describe.each(MOMENTS)("in %s at %s", (zone, at, month) => {
  const now = Date.parse(at);
  const records = [...randomTraffic({ requests: 6_000, days: 35, until: now })];
  const lab = openRecordsLab(records, { until: now, offsetOf: offsetIn(zone) });
  const asked = { reader: lab.reader, now, signal };
  const since = (from: number) => records.filter(({ endedAt }) => endedAt >= from);

  test.each(PERIODS)("counts every request of %s once, from when it says", async (period) => {
    const report = await readUsage({ period, zone, limit: 100 }, asked);
    const counted = since(report.from);
    const { total, series } = report;
    expect(total.requests).toBe(counted.length);
    expect(total.promptTokens).toBe(sumOf(counted, ({ promptTokens }) => promptTokens));
    expect(total.costNanos).toBe(sumOf(counted, ({ costNanos }) => costNanos));
    expect(series.reduce((sum, point) => sum + point.requests, 0)).toBe(counted.length);
    expect(series[0]?.at).toBe(report.from);
    expect(series.every((point, index) => point.at - report.from === index * widthOf(series))).toBe(true);
    expect(report.to).toBe(now);
    const bare = await readUsage({ period, zone, limit: 100, hasSeries: false }, asked);
    expect(bare).toEqual({ ...report, series: [] });
  });

  test.each(PERIODS)("divides %s by everything without a loss", async (period) => {
    for (const by of DIMENSIONS) {
      const report = await readUsage({ period, zone, by, limit: 3 }, asked);
      const counted = since(report.from);
      const all = await readUsage({ period, zone, by, limit: 1_000 }, asked);
      expect(report.groups).toEqual(all.groups.slice(0, 3));
      expect(report.more).toBe(all.groups.length - report.groups.length);
      for (const { value, label, requests } of all.groups) {
        const own = counted.filter((record) => valueFor(record, by) === value);
        expect([value, requests]).toEqual([value, own.length]);
        expect(label).toBe(by === "key" ? KEYS.find(({ id }) => id === value)?.name : undefined);
      }
      expect(requestsOf(all.groups)).toBe(counted.length);
    }
  });

  test("a month begins at midnight there", async () => {
    const report = await readUsage({ period: "month", zone, limit: 1 }, asked);
    expect(new Date(report.from).toISOString()).toBe(new Date(month).toISOString());
  });

  test.each<[PeriodName, number]>([
    ["1h", 1],
    ["8h", 8],
    ["24h", 24],
    ["7d", 168],
    ["30d", 720],
  ])("%s is not shorter than it says, and by less than an hour longer", async (period, hours) => {
    const { from } = await readUsage({ period, zone, limit: 1 }, asked);
    const longer = now - hours * HOUR_MS - from;
    expect(longer).toBeGreaterThanOrEqual(0);
    expect(longer).toBeLessThan(hours > 24 ? HOUR_MS : 60_000);
  });

  test("knows which keys failed, how and how often", async () => {
    const { from, to, rows } = await readAttention({ period: "7d", zone, limit: 10_000 }, asked);
    const usage = await readUsage({ period: "7d", zone, limit: 1 }, asked);
    expect({ from, to }).toEqual({ from: usage.from, to: now });
    const tries = since(from)
      .flatMap((record) => record.tries)
      .filter(({ outcome }) => outcome !== "ok");
    expect(rows.reduce((sum, { failures }) => sum + failures, 0)).toBe(tries.length);
    for (const row of rows.slice(0, 20)) {
      const own = tries.filter(
        ({ keyId, status, outcome }) => keyId === row.keyId && status === row.status && outcome === row.outcome,
      );
      expect([row.failures, row.lastAt]).toEqual([own.length, Math.max(...own.map(({ endedAt }) => endedAt))]);
    }
    expect(rows.map(({ failures }) => failures)).toEqual(rows.map(({ failures }) => failures).sort((a, b) => b - a));
  });
});

describe("a question", () => {
  const now = Date.parse("2026-05-05T12:00:00Z");
  const records = [...randomTraffic({ requests: 2_000, days: 3, until: now })];
  const lab = openRecordsLab(records, { until: now });
  const asked = { reader: lab.reader, now, signal };

  test("about one value is answered for it alone, a key's by its name too", async () => {
    const [key] = (await readUsage({ period: "24h", zone: "UTC", by: "key", limit: 1 }, asked)).groups;
    for (const value of [key?.value, key?.label]) {
      const report = await readUsage({ period: "24h", zone: "UTC", by: "key", value, limit: 10 }, asked);
      expect(report.groups).toEqual(key === undefined ? [] : [key]);
      expect(report.total.requests).toBe(key?.requests as number);
      expect(report.series.reduce((sum, { requests }) => sum + requests, 0)).toBe(key?.requests as number);
    }
  });

  test("about failures may be of one status, or of one provider", async () => {
    const rowsOf = async (only: object) =>
      (await readAttention({ period: "24h", zone: "UTC", limit: 1_000, ...only }, asked)).rows;
    const all = await rowsOf({});
    const isRefusal = ({ status }: (typeof all)[number]) => status !== undefined && status < 500;
    expect(await rowsOf({ status: "4xx" })).toEqual(all.filter(isRefusal));
    expect(await rowsOf({ provider: "groq" })).toEqual(all.filter(({ provider }) => provider === "groq"));
    expect(await rowsOf({ limit: 2 })).toEqual(all.slice(0, 2));
  });

  test("in a zone that nobody knows is refused", async () => {
    const report = readUsage({ period: "month", zone: "Mars/Olympus", limit: 1 }, asked);
    await expect(report).rejects.toThrow('Cannot use the time zone "Mars/Olympus"');
  });
});

function widthOf(series: readonly { readonly at: number }[]): number {
  return (series[1]?.at ?? 0) - (series[0]?.at ?? 0);
}

function requestsOf(rows: readonly { readonly requests: number }[]): number {
  return rows.reduce((sum, { requests }) => sum + requests, 0);
}

function valueFor(record: RequestDetail, by: (typeof DIMENSIONS)[number]): string | undefined {
  const values = {
    provider: record.provider,
    key: record.keyId,
    model: record.upstreamModel ?? record.model,
    token: record.client,
    status: String(record.status),
  };
  return values[by];
}
