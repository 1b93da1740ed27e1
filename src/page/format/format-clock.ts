// A time of day in a list of them.
import { language } from "../texts/texts.ts";

/** The time of today, with the date where it is of another day. @param now wall-clock milliseconds. */
export function formatClock(iso: string, now: number): string {
  const at = new Date(iso);
  // `hour12: false` would say 24 for midnight.
  const time = at.toLocaleTimeString(language.value, { hourCycle: "h23" });
  const isToday = at.toDateString() === new Date(now).toDateString();
  return isToday ? time : `${at.toLocaleDateString(language.value)} ${time}`;
}
