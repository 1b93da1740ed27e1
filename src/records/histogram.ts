// Counts of durations in classes, from which percentiles are reckoned.

/**
 * Upper ends of the classes in milliseconds, included; the last class has what is longer. Each is 1.6 times the one
 * before it, so that no percentile above 10 ms is off by a larger factor.
 */
export const CLASS_ENDS: readonly number[] = [
  10, 16, 26, 41, 66, 105, 168, 268, 429, 687, 1_100, 1_759, 2_815, 4_504, 7_206, 11_529, 18_447, 29_515, 47_224,
  75_558, 120_893, 193_428, 309_485,
];

/** How many classes there are. */
export const CLASSES: number = CLASS_ENDS.length + 1;

/** The class of a duration. */
export function classOf(ms: number): number {
  const at = CLASS_ENDS.findIndex((end) => ms <= end);
  return at === -1 ? CLASS_ENDS.length : at;
}

/**
 * The duration that a share of all does not exceed, as if those of its class were spread evenly over it, one alone in
 * its middle; undefined where nothing is counted.
 */
export function percentile(counts: readonly number[], share: number): number | undefined {
  const all = counts.reduce((sum, count) => sum + count, 0);
  if (all === 0) return undefined;
  let rank = Math.max(1, Math.ceil(share * all));
  for (const [at, count] of counts.entries()) {
    if (rank <= count) return within(at, (rank - 0.5) / count);
    rank -= count;
  }
  return CLASS_ENDS.at(-1);
}

function within(at: number, share: number): number | undefined {
  const from = CLASS_ENDS[at - 1] ?? 0;
  const to = CLASS_ENDS[at] ?? from;
  return Math.round(from + (to - from) * share);
}
