// Where the hour begins that a moment belongs to.
import { HOUR_MS, MINUTE_MS } from "./period-span.ts";

/** How far the local clock is ahead of UTC at a moment, in milliseconds. */
export type ZoneOffset = (at: number) => number;

/** The begin of its minute; no zone in use has seconds in its offset. */
export function minuteOf(at: number): number {
  return Math.floor(at / MINUTE_MS) * MINUTE_MS;
}

/**
 * The begin of its hour on the local clock, so that days and months begin with a bucket also where the offset has half
 * or quarter hours. An hour in which the clocks change by a part of one has two buckets, of what was before and after.
 */
export function hourOf(at: number, offsetOf: ZoneOffset): number {
  const offset = offsetOf(at);
  return Math.floor((at + offset) / HOUR_MS) * HOUR_MS - offset;
}

/** That of the zone which the process runs in. */
export function localOffset(at: number): number {
  return -new Date(at).getTimezoneOffset() * MINUTE_MS;
}
