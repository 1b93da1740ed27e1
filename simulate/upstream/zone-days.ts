// The calendar days of a time zone, as windows of a limit.
import type { WindowsOf } from "./fixed-window.ts";

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

/** From midnight to midnight there; days in which the clocks change are an hour shorter or longer. */
export function daysIn(zone: string): WindowsOf {
  const format = new Intl.DateTimeFormat("sv-SE", { timeZone: zone, dateStyle: "short" });
  const dateAt = (time: number): string => format.format(time);
  return (now) => {
    const today = dateAt(now);
    return {
      start: firstWhere(now - DAY_MS - 2 * 3_600_000, now, (time) => dateAt(time) === today),
      end: firstWhere(now, now + DAY_MS + 2 * 3_600_000, (time) => dateAt(time) !== today),
    };
  };
}

/** The first whole minute in (low, high] for which something holds that holds from then on. */
function firstWhere(low: number, high: number, holds: (time: number) => boolean): number {
  let before = Math.floor(low / MINUTE_MS);
  let after = Math.ceil(high / MINUTE_MS);
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2);
    if (holds(middle * MINUTE_MS)) after = middle;
    else before = middle;
  }
  return after * MINUTE_MS;
}
