// Sorting in steps: as `toSorted` does it, with turns for others between.
import { expect, test } from "bun:test";
import fc from "fast-check";
import { sortInSlices } from "../../src/core/sort-in-slices.ts";

interface Item {
  readonly value: number;
  readonly place: number;
}

const byValue = (a: Item, b: Item) => a.value - b.value;

test("items are in the order of toSorted, equal ones as they were", async () => {
  const values = fc.array(fc.integer({ min: 0, max: 50 }), { maxLength: 1_200, size: "max" });
  await fc.assert(
    fc.asyncProperty(values, async (all) => {
      const items = all.map((value, place) => ({ value, place }));
      expect(await sortInSlices(items, byValue)).toEqual(items.toSorted(byValue));
    }),
    { numRuns: 40 },
  );
});

test("what is due goes on while many are sorted, at most some thousand comparisons apart", async () => {
  const items = Array.from({ length: 20_000 }, (_, place) => ({ value: (place * 7_919) % 20_000, place }));
  let compared = 0;
  let most = 0;
  let isDone = false;
  const look = () => {
    most = Math.max(most, compared);
    compared = 0;
    if (!isDone) setImmediate(look);
  };
  setImmediate(look);
  const sorted = await sortInSlices(items, (a, b) => {
    compared += 1;
    return byValue(a, b);
  });
  isDone = true;
  expect(sorted.every(({ value }, index) => value === index)).toBe(true);
  expect(most).toBeLessThan(10_000);
});
