// The orders of request records other than that of time.
import type { RecordSort } from "./record-filter.ts";

export type ValueSort = Exclude<RecordSort, "time">;

/** Where a record stands: equal values are in the order of time. A value that is not known is below all that are. */
export interface Standing {
  readonly value: number;
  readonly seq: number;
}

/** Negative where `a` comes first. */
export function compareStandings(a: Standing, b: Standing, isDescending: boolean): number {
  const ascending = a.value === b.value ? a.seq - b.seq : a.value - b.value;
  return isDescending ? -ascending : ascending;
}

/** The first of two lists that are in order, as many as `limit`. */
export function mergeStandings(
  a: readonly Standing[],
  b: readonly Standing[],
  { isDescending, limit }: { readonly isDescending: boolean; readonly limit: number },
): readonly Standing[] {
  if (b.length === 0) return a;
  return [...a, ...b].sort((one, other) => compareStandings(one, other, isDescending)).slice(0, limit);
}
