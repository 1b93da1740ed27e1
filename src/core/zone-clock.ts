// The calendar of a time zone, without a library: what `Intl` knows of it.

const MOST_ZONES = 64;
const formats = new Map<string, Intl.DateTimeFormat>();

/** The next moment at which a day begins in an IANA time zone; always after `now`. @throws RangeError for an unknown zone. */
export function nextMidnight(now: number, zone: string): number {
  const wall = new Date(wallOf(now, zone));
  const midnightWall = Date.UTC(wall.getUTCFullYear(), wall.getUTCMonth(), wall.getUTCDate() + 1);
  // The clocks may change between now and then: the offset that counts is the one at that midnight.
  const guess = midnightWall - offsetOf(now, zone);
  return midnightWall - offsetOf(guess, zone);
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
