// When limits end that providers keep by the calendar.
import { type ClockTime, untilClock } from "../core/zone-clock.ts";
import type { CalendarReset } from "./dialect.ts";

const MIDNIGHT_PACIFIC: ClockTime = { hour: 0, minute: 0, zone: "America/Los_Angeles" };

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
