// Which time a period means, and how finely it is counted.
import { startOfMonth } from "../core/zone-clock.ts";
import type { PeriodName } from "./usage-report.ts";

/** What is counted for a minute, and for an hour of the local clock. */
export const MINUTE_MS = 60_000;
export const HOUR_MS = 3_600_000;

export interface PeriodSpan {
  /** When it begins, in wall-clock milliseconds. */
  readonly start: number;
  /** It begins at a minute; else at the hour that it falls into. */
  readonly isToTheMinute: boolean;
  /** How much of it a point of its chart is. */
  readonly pointMs: number;
}

/** `month` begins at midnight in the zone, an IANA name. @throws RangeError for an unknown one. */
export function spanOfPeriod(period: PeriodName, zone: string, now: number): PeriodSpan {
  if (period === "month") return { start: startOfMonth(now, zone), isToTheMinute: false, pointMs: 8 * HOUR_MS };
  const { lengthMs, pointMs, isToTheMinute } = LENGTHS[period];
  const start = now - lengthMs;
  return { start: isToTheMinute ? Math.floor(start / MINUTE_MS) * MINUTE_MS : start, isToTheMinute, pointMs };
}

/** A length of time for one answer of the database: with 50 keys it has some 8,000 rows of roll-ups. */
const STEP_MS = 5 * 24 * HOUR_MS;

/** A part of the roll-ups: buckets of a width that begin from `from` on, before `to`. */
export interface BucketRange {
  readonly widthMs: number;
  readonly from: number;
  readonly to: number;
}

/** Minutes up to the first hour that is wholly in the span, hours from there on, in steps. `to` is not in it. */
export function bucketRanges({ from, hoursFrom, to }: { from: number; hoursFrom: number; to: number }) {
  const edge = Math.min(hoursFrom, to);
  const ranges: BucketRange[] = from < edge ? [{ widthMs: MINUTE_MS, from, to: edge }] : [];
  for (let at = edge; at < to; at += STEP_MS) {
    ranges.push({ widthMs: HOUR_MS, from: at, to: Math.min(to, at + STEP_MS) });
  }
  return ranges;
}

const LENGTHS: Readonly<
  Record<Exclude<PeriodName, "month">, Omit<PeriodSpan, "start"> & { readonly lengthMs: number }>
> = {
  "1m": { lengthMs: MINUTE_MS, pointMs: MINUTE_MS, isToTheMinute: true },
  "1h": { lengthMs: HOUR_MS, pointMs: MINUTE_MS, isToTheMinute: true },
  "8h": { lengthMs: 8 * HOUR_MS, pointMs: 5 * MINUTE_MS, isToTheMinute: true },
  "24h": { lengthMs: 24 * HOUR_MS, pointMs: 15 * MINUTE_MS, isToTheMinute: true },
  "7d": { lengthMs: 7 * 24 * HOUR_MS, pointMs: 2 * HOUR_MS, isToTheMinute: false },
  "30d": { lengthMs: 30 * 24 * HOUR_MS, pointMs: 8 * HOUR_MS, isToTheMinute: false },
};
