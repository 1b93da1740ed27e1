// Medians and percentiles.

/** The middle value; NaN without any. */
export function median(values: readonly number[]): number {
  return percentile(values, 0.5);
}

/** The middle value; undefined where one is unknown. */
export function medianOf(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined);
  return known.length < values.length ? undefined : median(known);
}

/** The value below which this share of all values lies (nearest rank); NaN without any. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
