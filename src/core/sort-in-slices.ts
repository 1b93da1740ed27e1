// Sorts many items in steps, so that the requests in flight never wait for all of them.
import { setImmediate as nextTurn } from "node:timers/promises";
import { inSlices, SLICE } from "./slices.ts";

/** Items that are put in their place in one go: a comparison takes some 50 ns. */
const STEP = 4_000;

type Compare<Item> = (a: Item, b: Item) => number;

/** The items as `toSorted` has them, equal ones in the order that they had; whatever else is due goes on meanwhile. */
export async function sortInSlices<Item>(items: readonly Item[], compare: Compare<Item>): Promise<Item[]> {
  let sorted: Item[] = [];
  for await (const slice of inSlices(items)) sorted.push(...slice.toSorted(compare));
  for (let width = SLICE; width < sorted.length; width *= 2) sorted = await mergePairs(sorted, width, compare);
  return sorted;
}

/** Items that are in order `width` by `width`, in order by twice as many. */
async function mergePairs<Item>(items: readonly Item[], width: number, compare: Compare<Item>): Promise<Item[]> {
  const merged: Item[] = [];
  let due = STEP;
  for (const item of pairs(items, width, compare)) {
    merged.push(item);
    if (merged.length < due) continue;
    due += STEP;
    await nextTurn();
  }
  return merged;
}

function* pairs<Item>(items: readonly Item[], width: number, compare: Compare<Item>): Generator<Item> {
  for (let start = 0; start < items.length; start += 2 * width) {
    const middle = Math.min(start + width, items.length);
    const end = Math.min(middle + width, items.length);
    let [left, right] = [start, middle];
    while (left < middle || right < end) {
      const isLeft = right >= end || (left < middle && compare(items[left] as Item, items[right] as Item) <= 0);
      yield items[isLeft ? left++ : right++] as Item;
    }
  }
}
