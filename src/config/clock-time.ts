// Times of a day in a time zone as people write them: `00:00 America/Los_Angeles`.
import type { ClockTime } from "../core/zone-clock.ts";

const SHAPE = /^([01]\d|2[0-3]):([0-5]\d) +(\S+)$/;

/** The time of a text such as `07:30 Europe/Berlin`; undefined when it is none, or when nobody knows the zone. */
export function parseClockTime(text: string): ClockTime | undefined {
  const [, hour, minute, zone] = SHAPE.exec(text.trim()) ?? [];
  if (zone === undefined || !isTimeZone(zone)) return undefined;
  return { hour: Number(hour), minute: Number(minute), zone };
}

/** The runtime knows an IANA time zone of this name; an offset such as `+08:00` is none. */
export function isTimeZone(name: string): boolean {
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions().timeZone !== "";
  } catch {
    return false;
  }
}
