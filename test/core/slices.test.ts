// Work in slices: all of it, in order, with turns for others between.
import { expect, test } from "bun:test";
import fc from "fast-check";
import { inSlices, mapInSlices } from "../../src/core/slices.ts";

test("every item comes once, in its order", async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 0, max: 1_200 }), async (length) => {
      const items = Array.from({ length }, (_, index) => index);
      const slices = await Array.fromAsync(inSlices(items));
      expect(slices.flat()).toEqual(items);
      expect(slices.every((slice) => slice.length > 0 && slice.length <= 250)).toBe(true);
      expect(await mapInSlices(items, (item) => item * 2)).toEqual(items.map((item) => item * 2));
    }),
  );
});

test("what is due meanwhile goes on between two slices", async () => {
  const items = Array.from({ length: 1_000 }, (_, index) => index);
  const turns: number[] = [];
  let done = 0;
  const look = () => {
    turns.push(done);
    if (done < items.length) setImmediate(look);
  };
  setImmediate(look);
  await mapInSlices(items, () => {
    done += 1;
  });
  expect(new Set(turns.filter((at) => at < items.length)).size).toBeGreaterThanOrEqual(3);
});

test("each item is read when its slice is due", async () => {
  let read = 0;
  const items = (function* () {
    for (; read < 600; read++) yield read;
  })();
  const seen: number[] = [];
  for await (const slice of inSlices(items)) seen.push(read, slice.length);
  expect(seen).toEqual([250, 250, 500, 250, 600, 100]);
});

test("an error of one item is that of all", async () => {
  const fail = () => {
    throw new Error("no");
  };
  await expect(mapInSlices([1], fail)).rejects.toThrow("no");
});
