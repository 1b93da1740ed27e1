// Durations in classes, and the percentiles that are reckoned from them.
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { CLASS_ENDS, CLASSES, classOf, percentile } from "../../src/records/histogram.ts";

describe("classOf", () => {
  test.each([
    [0, 0],
    [10, 0],
    [11, 1],
    [16, 1],
    [309_485, CLASSES - 2],
    [309_486, CLASSES - 1],
    [Number.MAX_SAFE_INTEGER, CLASSES - 1],
  ])("of %d ms is %d", (ms, expected) => {
    expect(classOf(ms)).toBe(expected);
  });

  test("has ends that grow", () => {
    expect(CLASS_ENDS.toSorted((a, b) => a - b)).toEqual([...CLASS_ENDS]);
  });
});

describe("percentile", () => {
  test("of nothing is nothing", () => {
    expect(percentile(new Array(CLASSES).fill(0), 0.5)).toBeUndefined();
  });

  test("of what is longer than the longest class is its begin", () => {
    const counts = new Array(CLASSES).fill(0);
    counts[CLASSES - 1] = 3;
    expect(percentile(counts, 0.99)).toBe(309_485);
  });

  test("of one duration is the middle of its class, whatever the share", () => {
    const counts = new Array(CLASSES).fill(0);
    counts[classOf(873)] = 1;
    for (const share of [0, 0.5, 0.95, 1]) expect(percentile(counts, share)).toBe(894);
  });

  test("lies in the class of the duration that it stands for, and grows with the share", () => {
    const durations = fc.array(fc.integer({ min: 1, max: 300_000 }), { minLength: 1, maxLength: 200 });
    fc.assert(
      fc.property(durations, (list) => {
        const counts = new Array(CLASSES).fill(0);
        for (const ms of list) counts[classOf(ms)] += 1;
        const sorted = list.toSorted((a, b) => a - b);
        let before = 0;
        for (const share of [0.01, 0.5, 0.95, 0.99, 1]) {
          const found = percentile(counts, share) ?? Number.NaN;
          const at = classOf(sorted[Math.max(0, Math.ceil(share * list.length) - 1)] ?? 0);
          expect(found).toBeGreaterThanOrEqual(CLASS_ENDS[at - 1] ?? 0);
          expect(found).toBeLessThanOrEqual(CLASS_ENDS[at] ?? 0);
          expect(found).toBeGreaterThanOrEqual(before);
          before = found;
        }
      }),
    );
  });
});
