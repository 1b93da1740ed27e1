// Sums of what requests came to, part by part, and the rows and points of a report that they make.
import { percentile } from "./histogram.ts";
import type { Percentiles, UsageCounts, UsagePoint, UsageRow } from "./usage-report.ts";

/** Durations are counted in the classes of histogram.ts. */
export interface UsageSum {
  readonly counts: UsageCounts;
  readonly duration: readonly number[];
  readonly firstByte: readonly number[];
}

/** The sum of one value; `bucket`: the last one, of which the label is. */
export interface ValueSum extends UsageSum {
  readonly value: string;
  readonly label: string | undefined;
  readonly bucket: number;
}

export interface PointSum extends UsageSum {
  /** Which point of the series, from 0. */
  readonly point: number;
}

/** Of nothing. */
export const NO_COUNTS: UsageCounts = {
  requests: 0,
  served: 0,
  refused: 0,
  failed: 0,
  left: 0,
  attempts: 0,
  failedAttempts: 0,
  promptTokens: 0,
  completionTokens: 0,
  cachedTokens: 0,
  reasoningTokens: 0,
  costNanos: 0,
  unpriced: 0,
  bytesIn: 0,
  bytesOut: 0,
};

const NOTHING: UsageSum = { counts: NO_COUNTS, duration: [], firstByte: [] };

/** Adds to the one sum of each value; the label is the latest. */
export function addByValue(merged: Map<string, ValueSum>, sums: readonly ValueSum[]): void {
  for (const sum of sums) {
    const known = merged.get(sum.value);
    if (known === undefined) merged.set(sum.value, sum);
    else {
      const { label, bucket } = sum.bucket >= known.bucket ? sum : known;
      merged.set(sum.value, { ...add(known, sum), value: sum.value, label, bucket });
    }
  }
}

export function totalOf(sums: readonly UsageSum[]): UsageSum {
  return sums.reduce(add, NOTHING);
}

export function usageRow(sum: UsageSum, { value, label }: Pick<UsageRow, "value" | "label">): UsageRow {
  return { value, label, ...sum.counts, duration: percentiles(sum.duration), firstByte: percentiles(sum.firstByte) };
}

/** Those with the most requests first; only what is shown has its percentiles reckoned. */
export function rankedRows(sums: readonly ValueSum[], limit: number): readonly UsageRow[] {
  return [...sums]
    .sort(
      ({ counts: a, value }, { counts: b, value: other }) =>
        b.requests - a.requests || b.attempts - a.attempts || (value < other ? -1 : 1),
    )
    .slice(0, limit)
    .map((sum) => usageRow(sum, sum));
}

/** `count` points from `from` on, each of `pointMs`. */
export function seriesOf(
  sums: readonly PointSum[],
  { from, pointMs, count }: { readonly from: number; readonly pointMs: number; readonly count: number },
): readonly UsagePoint[] {
  const known = Map.groupBy(sums, ({ point }) => point);
  return Array.from({ length: count }, (_, at) => pointAt(from + at * pointMs, totalOf(known.get(at) ?? [])));
}

function pointAt(at: number, { counts, duration, firstByte }: UsageSum): UsagePoint {
  const { requests, served, refused, failed, promptTokens, completionTokens, costNanos } = counts;
  return {
    at,
    ...{ requests, served, refused, failed, promptTokens, completionTokens, costNanos },
    durationP50: percentile(duration, 0.5),
    durationP95: percentile(duration, 0.95),
    firstByteP50: percentile(firstByte, 0.5),
    firstByteP95: percentile(firstByte, 0.95),
  };
}

function percentiles(counts: readonly number[]): Percentiles {
  return { p50: percentile(counts, 0.5), p95: percentile(counts, 0.95), p99: percentile(counts, 0.99) };
}

function add(a: UsageSum, b: UsageSum): UsageSum {
  const names = Object.keys(NO_COUNTS) as (keyof UsageCounts)[];
  const counts = Object.fromEntries(names.map((name) => [name, a.counts[name] + b.counts[name]]));
  return {
    counts: counts as unknown as UsageCounts,
    duration: addClasses(a.duration, b.duration),
    firstByte: addClasses(a.firstByte, b.firstByte),
  };
}

function addClasses(a: readonly number[], b: readonly number[]): readonly number[] {
  return Array.from({ length: Math.max(a.length, b.length) }, (_, at) => (a[at] ?? 0) + (b[at] ?? 0));
}
