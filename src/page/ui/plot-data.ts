// What is drawn of the values of a chart.

/** By series, then by time; null where nothing was measured. */
export type PlotValues = readonly (readonly (number | null)[])[];

/** Each series with those before it. */
export function stacked(values: PlotValues): readonly (readonly number[])[] {
  const sums: number[][] = [];
  for (const row of values) {
    const before = sums.at(-1);
    sums.push(row.map((value, at) => (value ?? 0) + (before?.[at] ?? 0)));
  }
  return sums;
}

/** Where values stand that have no neighbour: no line leads there, so that only a point can show them. */
export function aloneAt(values: readonly (number | null | undefined)[]): readonly number[] {
  const isThere = (at: number) => (values[at] ?? null) !== null;
  return [...values.keys()].filter((at) => isThere(at) && !isThere(at - 1) && !isThere(at + 1));
}

/** From the first column to the end of the last one. @param times when each begins, in any unit; @param alone how long one is that has no other beside it. */
export function rangeOf(times: ArrayLike<number>, alone: number): readonly [number, number] {
  const [first = 0, second = first] = [times[0], times[1]];
  const last = times[times.length - 1] ?? first;
  return [first, last + (second > first ? second - first : alone)];
}
