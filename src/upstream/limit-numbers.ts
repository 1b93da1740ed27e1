// Reads the numbers in headers about limits; what is malformed, negative or absurd counts as absent.
import { parseWait, plausibleWait } from "./parse-wait.ts";

const RFC3339_DATE = /^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:[Zz]|[+-]\d{2}:\d{2})$/;
const DECIMAL = /^\d{1,15}(?:\.\d{1,15})?$/;
const LARGEST_COUNT = 1e12;
// Numbers from here on are no seconds to wait but moments since the epoch, in seconds or in milliseconds.
const EPOCH_SECONDS = 1e9;
const EPOCH_MS = 1e12;
// A reset that has just passed is one of clocks that differ; one of long ago says nothing.
const OLDEST_RESET_MS = 3_600_000;

/** A count of requests or tokens, rounded down. */
export function countOf(text: string): number | undefined {
  const trimmed = text.trim();
  const count = DECIMAL.test(trimmed) ? Math.floor(Number(trimmed)) : Number.NaN;
  return count <= LARGEST_COUNT ? count : undefined;
}

/**
 * The milliseconds from `now` to the reset that `text` states: a duration with units, seconds, seconds or milliseconds
 * since the epoch, or a date as in RFC 3339.
 */
export function resetOf(text: string, now: number): number | undefined {
  const trimmed = text.trim();
  if (DECIMAL.test(trimmed)) return waitOfNumber(Number(trimmed), now);
  return RFC3339_DATE.test(trimmed) ? untilMoment(Date.parse(trimmed), now) : parseWait(trimmed, "all");
}

function waitOfNumber(value: number, now: number): number | undefined {
  if (value >= EPOCH_MS) return untilMoment(value, now);
  return value >= EPOCH_SECONDS ? untilMoment(value * 1_000, now) : plausibleWait(value * 1_000);
}

function untilMoment(at: number, now: number): number | undefined {
  // Not true of what is no number either.
  return at >= now - OLDEST_RESET_MS ? plausibleWait(Math.max(0, at - now)) : undefined;
}
