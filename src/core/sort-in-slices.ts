// Sorts many items in steps, so that the requests in flight never wait for all of them.
import { setImmediate as nextTurn } from "node:timers/promises";

/** Items that are sorted, or put in their place, in one go: with 100 ns for a comparison that takes a millisecond. */
const STEP = 1_000;

type Compare<Item> = (a: Item, b: Item) => number;

/** The items as `toSorted` has them, equal ones in the order that they had; whatever else is due goes on meanwhile. */
export async function sortInSlices<Item>(items: readonly Item[], compare: Compare<Item>): Promise<Item[]> {
  let sorted: Item[] = [];
  for (let start = 0; start < items.length; start += STEP) {
    if (start > 0) await nextTurn();
    sorted.push(...items.slice(start, start + STEP).sort(compare));
  }
  for (let width = STEP; width < sorted.length; width *= 2) sorted = await mergePairs(sorted, width, compare);
  return sorted;
}

/** Items that are in order `width` by `width`, in order by twice as many. */
async function mergePairs<Item>(items: readonly Item[], width: number, compare: Compare<Item>): Promise<Item[]> {
  const merged: Item[] = [];
  for (let start = 0; start < items.length; start += 2 * width) {
    const middle = Math.min(start + width, items.length);
    const end = Math.min(middle + width, items.length);
    let [left, right] = [start, middle];
    while (left < middle || right < end) {
      const isLeft = right >= end || (left < middle && compare(items[left] as Item, items[right] as Item) <= 0);
      merged.push(items[isLeft ? left++ : right++] as Item);
      if (merged.length % STEP === 0) await nextTurn();
    }
  }
  return merged;
}
