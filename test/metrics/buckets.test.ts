// Histograms hold what was observed.
import { expect, test } from "bun:test";
import fc from "fast-check";
import { Buckets, CALL_SECONDS, OWN_SECONDS, TOKENS } from "../../src/metrics/buckets.ts";

test.each([
  ["CALL_SECONDS", CALL_SECONDS],
  ["OWN_SECONDS", OWN_SECONDS],
  ["TOKENS", TOKENS],
])("the bounds %s rise", (_, bounds) => {
  expect(bounds).toEqual(bounds.toSorted((a, b) => a - b));
  expect(new Set(bounds).size).toBe(bounds.length);
});

test("Buckets holds how many values are not above each bound", () => {
  const values = fc.array(fc.double({ min: 0, max: 1_000, noNaN: true }), { maxLength: 50 });
  fc.assert(
    fc.property(values, (all) => {
      const buckets = new Buckets(CALL_SECONDS);
      for (const value of all) buckets.observe(value);
      expect(buckets.count).toBe(all.length);
      expect(buckets.sum).toBeCloseTo(
        all.reduce((sum, value) => sum + value, 0),
        6,
      );
      expect(buckets.upTo).toEqual(
        CALL_SECONDS.map((bound) => [bound, all.filter((value) => value <= bound).length] as const),
      );
    }),
  );
});
