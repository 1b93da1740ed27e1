// The clocks of time zones, without a library: what `Intl` knows of them.

/** A time of day in a time zone. */
export interface ClockTime {
  /** From 0 to 23. */
  readonly hour: number;
  readonly minute: number;
  /** An IANA name. */
  readonly zone: string;
}

const DAY_MS = 86_400_000;
const MOST_ZONES = 64;
// Making a formatter takes a hundred times as long as using it.
const formats = new Map<string, Intl.DateTimeFormat>();

/** The next moment at which a day begins in an IANA time zone; always after `now`. @throws RangeError for an unknown zone. */
export function nextMidnight(now: number, zone: string): number {
  return now + untilClock({ hour: 0, minute: 0, zone }, now);
}

/** The next moment at which a month begins in an IANA time zone; always after `now`. @throws RangeError for an unknown zone. */
export function nextMonth(now: number, zone: string): number {
  const day = new Date(wallOf(now, zone));
  const target = Date.UTC(day.getUTCFullYear(), day.getUTCMonth() + 1, 1);
  return momentOf(target, zone, now);
}

/** The moment at which the month of `now` began in an IANA time zone. @throws RangeError for an unknown zone. */
export function startOfMonth(now: number, zone: string): number {
  const day = new Date(wallOf(now, zone));
  const midnight = Date.UTC(day.getUTCFullYear(), day.getUTCMonth(), 1);
  const before = midnight - offsetOf(midnight - DAY_MS, zone);
  const after = midnight - offsetOf(midnight + DAY_MS, zone);
  const shown = [before, after].filter((at) => wallOf(at, zone) === midnight);
  // Clocks that go back over midnight show it twice; where they skip it the month begins as they go forward.
  return shown.length === 0 ? before : Math.min(...shown);
}

/**
 * Milliseconds from `now` until the clocks of the zone show that time; always more than zero. A time that they skip,
 * when they go forward, is an hour later. @throws RangeError for an unknown zone.
 */
export function untilClock({ hour, minute, zone }: ClockTime, now: number): number {
  const wall = wallOf(now, zone);
  const day = new Date(wall);
  const today = Date.UTC(day.getUTCFullYear(), day.getUTCMonth(), day.getUTCDate(), hour, minute);
  const target = today > wall ? today : today + DAY_MS;
  return momentOf(target, zone, now) - now;
}

/** When the clocks show `target`, after `now`; where they skip it, as long after as if they did not. */
function momentOf(target: number, zone: string, now: number): number {
  // The clocks may change between now and then: the offset that counts is the one at that time.
  const guess = target - offsetOf(now, zone);
  const at = target - offsetOf(guess, zone);
  if (at <= now) return guess;
  return wallOf(at, zone) === target ? at : Math.max(at, guess);
}

function offsetOf(at: number, zone: string): number {
  return wallOf(at, zone) - Math.floor(at / 1_000) * 1_000;
}

/** What the clocks there show at that moment, to the second, as if it were UTC. */
function wallOf(at: number, zone: string): number {
  const part = new Map(
    formatOf(zone)
      .formatToParts(at)
      .map(({ type, value }) => [type, Number(value)]),
  );
  const field = (type: Intl.DateTimeFormatPartTypes): number => part.get(type) ?? 0;
  return Date.UTC(field("year"), field("month") - 1, field("day"), field("hour"), field("minute"), field("second"));
}

function formatOf(zone: string): Intl.DateTimeFormat {
  const known = formats.get(zone);
  if (known !== undefined) return known;
  const format = new Intl.DateTimeFormat("en-US", {
    timeZone: zone,
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
  });
  if (formats.size >= MOST_ZONES) formats.clear();
  formats.set(zone, format);
  return format;
}
