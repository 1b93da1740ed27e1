// Works through many items in slices, so that the requests in flight never wait for all of them.
import { setImmediate as nextTurn } from "node:timers/promises";

/** Items that are worked on in one go: with a few microseconds each that takes a millisecond or two. */
export const SLICE = 250;

/** The items in slices, each made when its slice is due; whatever else is due goes on between two of them. */
export async function* inSlices<Item>(items: Iterable<Item>): AsyncGenerator<readonly Item[]> {
  let slice: Item[] = [];
  for (const item of items) {
    if (slice.length === SLICE) {
      yield slice;
      slice = [];
      await nextTurn();
    }
    slice.push(item);
  }
  if (slice.length > 0) yield slice;
}

/** What `make` makes of each item, in their order. */
export async function mapInSlices<Item, Result>(
  items: Iterable<Item>,
  make: (item: Item) => Result,
): Promise<Result[]> {
  const results: Result[] = [];
  for await (const slice of inSlices(items)) for (const item of slice) results.push(make(item));
  return results;
}
