// Times as the clocks of whoever reads show them: the time zone of this process, which the variable TZ may name.
import { parseDuration } from "./durations.ts";
import { parseMoment } from "./moment.ts";

/** The IANA name of the time zone. */
export function localZone(): string {
  return new Intl.DateTimeFormat().resolvedOptions().timeZone;
}

/** `2026-01-31 12:00:05 +01:00`; `hasMs` adds the milliseconds. */
export function localTime(ms: number, { hasMs = false } = {}): string {
  const at = new Date(ms);
  const date = [at.getFullYear(), two(at.getMonth() + 1), two(at.getDate())].join("-");
  const clock = [at.getHours(), at.getMinutes(), at.getSeconds()].map(two).join(":");
  const fraction = hasMs ? `.${String(at.getMilliseconds()).padStart(3, "0")}` : "";
  return `${date} ${clock}${fraction} ${offsetText(at)}`;
}

/** Minutes east of UTC are negative in JavaScript. */
function offsetText(at: Date): string {
  const minutes = -at.getTimezoneOffset();
  const size = Math.abs(minutes);
  return `${minutes < 0 ? "-" : "+"}${two(Math.floor(size / 60))}:${two(size % 60)}`;
}

function two(part: number): string {
  return String(part).padStart(2, "0");
}

/** `repeated`: which of two is meant where the clocks showed a time twice, as they go back. */
export interface PastTimeOptions {
  readonly now: number;
  readonly repeated: "first" | "last";
}

const DATE = /^(\d{4})-(\d{2})-(\d{2})(?:[Tt ](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,3})\d*)?)?)?$/;
const CLOCK = /^([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?$/;

/**
 * Wall-clock milliseconds of a time ago (`10m`, `2d`), a date, a date and time, or a time of day, which is its last one
 * that has passed. Without a zone the local one counts; what the clocks skip there is as long after as if they did not.
 * Undefined for anything else.
 */
export function parsePastTime(given: string, options: PastTimeOptions): number | undefined {
  const text = given.trim();
  const ago = parseDuration(text);
  // A time before all times is as good as none.
  if (ago !== undefined) return Math.max(0, options.now - ago);
  const clock = CLOCK.exec(text);
  if (clock !== null) return lastAt(clock.slice(1), options);
  const parts = DATE.exec(text);
  const moment = parts === null ? parseMoment(text) : dateOf(parts.slice(1), options);
  return moment === undefined ? undefined : Math.max(0, moment);
}

/** What follows a date as it is counted up and down is left to the calendar. */
function lastAt([hour, minute, second]: readonly (string | undefined)[], { now, repeated }: PastTimeOptions): number {
  const today = new Date(now);
  const on = (daysBack: number) =>
    localMoment(
      [today.getFullYear(), today.getMonth(), today.getDate() - daysBack, hour, minute, second].map(numberOf),
      repeated,
    );
  return on(0) <= now ? on(0) : on(1);
}

function dateOf(parts: readonly (string | undefined)[], { repeated }: PastTimeOptions): number | undefined {
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts.map(numberOf);
  const isOnCalendar = new Date(Date.UTC(2000 + (year % 400), month - 1, day)).getUTCDate() === day && month <= 12;
  if (!isOnCalendar || day === 0 || month === 0 || hour > 23 || minute > 59 || second > 59) return undefined;
  // The years of two digits are those of another century in JavaScript; nothing was recorded in them.
  if (year < 1970) return 0;
  const fraction = Number((parts[6] ?? "").padEnd(3, "0"));
  return localMoment([year, month - 1, day, hour, minute, second], repeated) + fraction;
}

/** Clocks go back by so much at most. */
const STEPS_BACK_MS = [1_800_000, 3_600_000, 7_200_000];

function localMoment(parts: readonly number[], repeated: PastTimeOptions["repeated"]): number {
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts;
  const first = new Date(year, month, day, hour, minute, second);
  if (repeated === "first") return first.getTime();
  const wall = wallOf(first);
  const again = STEPS_BACK_MS.map((step) => new Date(first.getTime() + step)).find((at) => wallOf(at) === wall);
  return (again ?? first).getTime();
}

function wallOf(at: Date): number {
  return at.getTime() - at.getTimezoneOffset() * 60_000;
}

function numberOf(part: string | number | undefined): number {
  return Number(part ?? 0);
}
