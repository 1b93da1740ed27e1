// Places of records: spans of time, and what is left of them.
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { rangeAfter, rangeOfTimes, rangeTo, SEQS_OF_MS, type SeqRange } from "../../src/records/seq-range.ts";

const has = ({ low, high }: SeqRange, seq: number): boolean => seq >= low && seq < high;
const ranges = fc.record({ low: fc.nat(50), high: fc.nat(50) });

test("a span of time has every place of its milliseconds", () => {
  const range = rangeOfTimes({ sinceMs: 10, untilMs: 12 });
  const places = [10 * SEQS_OF_MS - 1, 10 * SEQS_OF_MS, 12 * SEQS_OF_MS - 1, 12 * SEQS_OF_MS];
  expect(places.map((seq) => has(range, seq))).toEqual([false, true, true, false]);
});

test("without a begin or an end it has all places that there may be", () => {
  expect([0, Number.MAX_SAFE_INTEGER - 1].map((seq) => has(rangeOfTimes({}), seq))).toEqual([true, true]);
  expect(rangeOfTimes({ sinceMs: -5, untilMs: Number.MAX_SAFE_INTEGER })).toEqual(rangeOfTimes({}));
});

test("of a millisecond of the next 200 years every place is an exact number", () => {
  expect(Date.UTC(2226, 0) * SEQS_OF_MS + SEQS_OF_MS).toBeLessThan(Number.MAX_SAFE_INTEGER);
});

describe.each([true, false])("descending %p", (isDescending) => {
  test("law: what comes up to a place and what comes after it is all there is, and nothing twice", () => {
    fc.assert(
      fc.property(ranges, fc.nat(60), fc.nat(60), (range, edge, seq) => {
        const to = has(rangeTo(range, edge, isDescending), seq);
        const after = has(rangeAfter(range, edge, isDescending), seq);
        expect(to && after).toBe(false);
        expect(to || after).toBe(has(range, seq));
      }),
    );
  });
});
