// Which buckets a period is counted from.
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { bucketRanges, HOUR_MS, MINUTE_MS, spanOfPeriod } from "../../src/records/period-span.ts";
import { PERIODS } from "../../src/records/usage-report.ts";

const NOW = Date.parse("2026-05-05T12:34:56.789Z");

describe("spanOfPeriod", () => {
  test.each([
    ["1m", "2026-05-05T12:33:00.000Z"],
    ["1h", "2026-05-05T11:34:00.000Z"],
    ["8h", "2026-05-05T04:34:00.000Z"],
    ["24h", "2026-05-04T12:34:00.000Z"],
    ["7d", "2026-04-28T12:34:56.789Z"],
    ["30d", "2026-04-05T12:34:56.789Z"],
    ["month", "2026-04-30T22:00:00.000Z"],
  ] as const)("%s begins at %s", (period, start) => {
    expect(new Date(spanOfPeriod(period, "Europe/Berlin", NOW).start).toISOString()).toBe(start);
  });

  test("has no chart of more than a hundred points", () => {
    for (const period of PERIODS) {
      const { start, pointMs } = spanOfPeriod(period, "UTC", NOW);
      expect((NOW - start) / pointMs).toBeLessThan(100);
    }
  });
});

describe("bucketRanges", () => {
  const spans = fc.record({
    from: fc.nat(100).map((minutes) => NOW + minutes * MINUTE_MS),
    hoursFrom: fc.nat(200).map((minutes) => NOW + minutes * MINUTE_MS),
    to: fc.nat(60 * 24 * 40).map((minutes) => NOW + minutes * MINUTE_MS),
  });

  test("law: the ranges follow each other from begin to end, minutes only before the first hour", () => {
    fc.assert(
      fc.property(spans, ({ from, hoursFrom, to }) => {
        fc.pre(hoursFrom >= from && to >= from);
        const ranges = bucketRanges({ from, hoursFrom, to });
        let end = from;
        for (const range of ranges) {
          expect(range.from).toBe(end);
          expect(range.to).toBeGreaterThan(range.from);
          expect(range.widthMs).toBe(range.from < hoursFrom ? MINUTE_MS : HOUR_MS);
          if (range.widthMs === MINUTE_MS) expect(range.to).toBeLessThanOrEqual(hoursFrom);
          end = range.to;
        }
        expect(end).toBe(to);
      }),
    );
  });
});
