// Counts by minute and by dimension, exact whatever is sampled, and bounded.
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { countedRequest, requestCounts } from "../../src/daemon/records/request-counts.ts";
import type { Trace } from "../../src/proxy/trace.ts";
import { NONE, OTHER, RollUpBook, type RollUpPage } from "../../src/records/roll-up-book.ts";
import { PLACE, ROW_LENGTH } from "../../src/records/roll-up-row.ts";
import { COUNTERS, DURATION_CLASSES, FIRST_BYTE_CLASSES } from "../../src/storage/records/tables.ts";
import { failedTrace, rotatedTrace, servedTrace } from "../daemon/records/trace-fixtures.ts";

const START = Date.parse("2026-11-26T20:00:30Z");
const utc = () => 0;

function bookOf(traces: readonly Trace[], cost?: number): RollUpBook {
  const book = new RollUpBook(utc);
  for (const trace of traces) book.add(countedRequest(trace), requestCounts(trace, cost));
  return book;
}

type Count = keyof typeof PLACE;

/** One count of each row, `dimension value`. */
function countsOf(pages: readonly RollUpPage[], name: Count): Readonly<Record<string, number>> {
  const sums: Record<string, number> = {};
  for (const { dimension, value, counts } of pages.flatMap(({ rows }) => rows)) {
    const row = `${dimension} ${value}`.trim();
    sums[row] = (sums[row] ?? 0) + (counts[PLACE[name]] ?? 0);
  }
  return sums;
}

test("the places are those of the columns", () => {
  const snake = (name: string) => name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  expect(Object.keys(PLACE).map(snake)).toEqual([...COUNTERS]);
  expect(ROW_LENGTH).toBe(COUNTERS.length + DURATION_CLASSES.length + FIRST_BYTE_CLASSES.length);
});

describe("RollUpBook", () => {
  test("counts a request once in each dimension", () => {
    const pages = bookOf([servedTrace(START), servedTrace(START, { client: undefined })], 5).take();
    expect(countsOf(pages, "requests")).toEqual({
      total: 2,
      "provider main": 2,
      "key 0123456789ab": 2,
      "model gpt-4o-mini": 2,
      "token team": 1,
      [`token ${NONE}`]: 1,
      "status 200": 2,
    });
    expect([countsOf(pages, "costNanos").total, countsOf(pages, "promptTokens").total]).toEqual([10, 14]);
  });

  test("gives keys and providers their own attempts, and tokens to who served", () => {
    const pages = bookOf([rotatedTrace(START)]).take();
    expect(countsOf(pages, "attempts")).toMatchObject({
      total: 2,
      "provider main": 2,
      "key dead00000000": 1,
      "key 0123456789ab": 1,
      "token team": 2,
    });
    expect(countsOf(pages, "failedAttempts")).toMatchObject({ total: 1, "key dead00000000": 1, "key 0123456789ab": 0 });
    expect(countsOf(pages, "completionTokens")).toMatchObject({ "key dead00000000": 0, "key 0123456789ab": 3 });
    expect(pages[0]?.faults).toEqual([
      {
        keyId: "dead00000000",
        keyName: "dead",
        provider: "main",
        status: 401,
        outcome: "invalid_key",
        failures: 1,
        lastAt: START + 20,
      },
    ]);
  });

  test("knows what has no price", () => {
    const traces = [servedTrace(START), failedTrace(START)];
    expect(countsOf(bookOf(traces).take(), "unpriced").total).toBe(1);
    expect(countsOf(bookOf(traces, 1).take(), "unpriced").total).toBe(0);
  });

  test("has a page for each minute, and the hour that it belongs to", () => {
    const book = new RollUpBook(() => 19_800_000);
    for (const ms of [0, 60_000, 1_800_000]) {
      const trace = servedTrace(START + ms);
      book.add(countedRequest(trace), requestCounts(trace, undefined));
    }
    expect(book.take().map(({ minute, hour }) => [minute, hour].map((at) => new Date(at).toISOString()))).toEqual([
      ["2026-11-26T20:00:00.000Z", "2026-11-26T19:30:00.000Z"],
      ["2026-11-26T20:01:00.000Z", "2026-11-26T19:30:00.000Z"],
      ["2026-11-26T20:30:00.000Z", "2026-11-26T20:30:00.000Z"],
    ]);
    expect([book.take(), book.size]).toEqual([[], 0]);
  });

  test("counts models beyond those that are told apart under one name, until the next hour", () => {
    const traces = Array.from({ length: 600 }, (_, i) => servedTrace(START, { upstreamModel: `made-up-${i}` }));
    const book = bookOf(traces);
    const first = countsOf(book.take(), "requests");
    expect(Object.keys(first).filter((name) => name.startsWith("model "))).toHaveLength(501);
    expect([first[`model ${OTHER}`], first.total]).toEqual([100, 600]);
    const later = servedTrace(START + 3_600_000, { upstreamModel: "made-up-599" });
    book.add(countedRequest(later), requestCounts(later, undefined));
    expect(countsOf(book.take(), "requests")["model made-up-599"]).toBe(1);
  });

  test("keeps a bounded number of rows where nothing can be written, and says how many requests are lost", () => {
    const book = new RollUpBook(utc);
    const hours = 30;
    for (let hour = 0; hour < hours; hour += 1) {
      for (let index = 0; index < 500; index += 1) {
        const trace = servedTrace(START + hour * 3_600_000, {
          client: `c${index}`,
          upstreamModel: `m${index}`,
          keyId: `k${index}`,
          provider: `p${index}`,
        });
        book.add(countedRequest(trace), requestCounts(trace, undefined));
      }
    }
    expect(book.size).toBeLessThan(60_000);
    expect(book.lost).toBeGreaterThan(0);
    expect((countsOf(book.take(), "requests").total ?? 0) + book.lost).toBe(hours * 500);
  });

  test("each dimension comes to all requests, and keys to all attempts", () => {
    const kinds = fc.constantFrom(servedTrace, rotatedTrace, failedTrace);
    const fields = fc.record({
      client: fc.constantFrom("a", "b", undefined),
      upstreamModel: fc.constantFrom("x", "y", undefined),
      status: fc.constantFrom(200, 404, 429, 500, undefined),
    });
    const traces = fc.array(fc.tuple(kinds, fc.integer({ min: 0, max: 200_000 }), fields), { maxLength: 50 });
    fc.assert(
      fc.property(traces, (list) => {
        const all = list.map(([make, after, own]) => make(START + after, own));
        const pages = bookOf(all).take();
        for (const name of ["requests", "bytesIn", "promptTokens", "served", "refused", "failed"] as const) {
          const counts = Object.entries(countsOf(pages, name));
          for (const dimension of ["provider", "key", "model", "token", "status"]) {
            const sum = counts
              .filter(([row]) => row.startsWith(dimension))
              .reduce((total, [, count]) => total + count, 0);
            expect([name, dimension, sum]).toEqual([name, dimension, countsOf(pages, name).total ?? 0]);
          }
        }
        const attempts = Object.entries(countsOf(pages, "attempts"));
        const ofKeys = attempts.filter(([row]) => row.startsWith("key")).reduce((total, [, count]) => total + count, 0);
        expect(ofKeys).toBe(all.reduce((sum, trace) => sum + trace.attempts.length, 0));
      }),
      { numRuns: 50 },
    );
  });
});
