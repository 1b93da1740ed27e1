// When limits end that providers and operators keep by the calendar.
import type { CalendarReset } from "./dialect.ts";

/** A time of day in an IANA time zone. */
export interface ClockTime {
  readonly hour: number;
  readonly minute: number;
  readonly zone: string;
}

const MIDNIGHT_PACIFIC: ClockTime = { hour: 0, minute: 0, zone: "America/Los_Angeles" };
const DAY_MS = 86_400_000;
// The zones of a configuration; making a formatter takes a hundred times as long as using it.
const formatters = new Map<string, Intl.DateTimeFormat>();

/** Milliseconds from `now` to the next such moment; always more than zero. */
export function untilReset(reset: CalendarReset, now: number): number {
  switch (reset) {
    case "midnight-pacific":
      return untilClock(MIDNIGHT_PACIFIC, now);
    case "month-utc": {
      const date = new Date(now);
      return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1) - now;
    }
    default:
      return reset satisfies never;
  }
}

/**
 * Milliseconds from `now` until the clocks of the zone show that time; always more than zero. A time that they skip,
 * when they go forward, is an hour later or earlier.
 */
export function untilClock({ hour, minute, zone }: ClockTime, now: number): number {
  const wall = wallTime(zone, now);
  const day = new Date(wall);
  const today = Date.UTC(day.getUTCFullYear(), day.getUTCMonth(), day.getUTCDate(), hour, minute);
  const target = today > wall ? today : today + DAY_MS;
  // The clocks may change between now and then: the offset that counts is the one at that time.
  const guess = target - offset(zone, now);
  const at = target - offset(zone, guess);
  return (at > now ? at : guess) - now;
}

function offset(zone: string, at: number): number {
  return wallTime(zone, at) - Math.floor(at / 1_000) * 1_000;
}

/** What the clocks of the zone show at that moment, to the second, as if it were UTC. */
function wallTime(zone: string, at: number): number {
  const part = new Map(
    formatterOf(zone)
      .formatToParts(at)
      .map(({ type, value }) => [type, Number(value)]),
  );
  const field = (type: Intl.DateTimeFormatPartTypes): number => part.get(type) ?? 0;
  return Date.UTC(field("year"), field("month") - 1, field("day"), field("hour"), field("minute"), field("second"));
}

function formatterOf(zone: string): Intl.DateTimeFormat {
  const known = formatters.get(zone);
  if (known !== undefined) return known;
  const made = new Intl.DateTimeFormat("en-US", {
    timeZone: zone,
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
  });
  formatters.set(zone, made);
  return made;
}
