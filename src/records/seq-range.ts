// Places of request records: which of them a span of time has, and where one goes on.
import type { RecordFilter } from "./record-filter.ts";

/** From `low` on, before `high`. */
export interface SeqRange {
  readonly low: number;
  readonly high: number;
}

/** How many records may end in the same millisecond and still have a place of it; see `RequestRecord.seq`. */
export const SEQS_OF_MS = 1_024;

/** How far places may be ahead of the clock. */
export const MOST_AHEAD_MS = 3_600_000;

export function rangeOfTimes({ sinceMs, untilMs, afterSeq }: Span): SeqRange {
  const range = { low: placeOf(sinceMs ?? 0), high: placeOf(untilMs ?? Number.POSITIVE_INFINITY) };
  return afterSeq === undefined ? range : rangeAfter(range, afterSeq, false);
}

type Span = Pick<RecordFilter, "sinceMs" | "untilMs" | "afterSeq">;

/** What is left of it after the record at `seq`. */
export function rangeAfter({ low, high }: SeqRange, seq: number, isDescending: boolean): SeqRange {
  return isDescending ? { low, high: Math.min(high, seq) } : { low: Math.max(low, seq + 1), high };
}

/** What lies before that, with the record at `seq`. */
export function rangeTo({ low, high }: SeqRange, seq: number, isDescending: boolean): SeqRange {
  return isDescending ? { low: Math.max(low, seq), high } : { low, high: Math.min(high, seq + 1) };
}

/** Beyond the numbers that are kept exactly there is no time either. */
function placeOf(ms: number): number {
  return Math.max(0, Math.min(Number.MAX_SAFE_INTEGER, ms * SEQS_OF_MS));
}
