// When limits end that providers keep by the calendar.
import { lazily } from "../core/lazily.ts";
import type { CalendarReset } from "./dialect.ts";

const pacific = lazily(
  () =>
    new Intl.DateTimeFormat("en-US", {
      timeZone: "America/Los_Angeles",
      hourCycle: "h23",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric",
    }),
);

/** Milliseconds from `now` to the next such moment; always more than zero. */
export function untilReset(reset: CalendarReset, now: number): number {
  switch (reset) {
    case "midnight-pacific":
      return nextPacificMidnight(now) - now;
    case "month-utc": {
      const date = new Date(now);
      return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1) - now;
    }
    default:
      return reset satisfies never;
  }
}

function nextPacificMidnight(now: number): number {
  const wall = new Date(pacificWall(now));
  const midnightWall = Date.UTC(wall.getUTCFullYear(), wall.getUTCMonth(), wall.getUTCDate() + 1);
  // The clocks may change between now and then: the offset that counts is the one at that midnight.
  const guess = midnightWall - pacificOffset(now);
  return midnightWall - pacificOffset(guess);
}

function pacificOffset(at: number): number {
  return pacificWall(at) - Math.floor(at / 1_000) * 1_000;
}

/** What the clocks in California show at that moment, to the second, as if it were UTC. */
function pacificWall(at: number): number {
  const part = new Map(
    pacific()
      .formatToParts(at)
      .map(({ type, value }) => [type, Number(value)]),
  );
  const field = (type: Intl.DateTimeFormatPartTypes): number => part.get(type) ?? 0;
  return Date.UTC(field("year"), field("month") - 1, field("day"), field("hour"), field("minute"), field("second"));
}
