// Resets by the calendar, over the days on which the clocks change.
import { expect, test } from "bun:test";
import fc from "fast-check";
import { untilReset } from "../../src/upstream/calendar-reset.ts";

const HOUR = 3_600_000;
const at = (text: string): number => Date.parse(text);

test.each([
  ["winter, afternoon", "2026-01-15T20:00:00Z", "2026-01-16T08:00:00Z"],
  ["summer, evening, already the next day in UTC", "2026-07-16T05:00:00Z", "2026-07-16T07:00:00Z"],
  ["just before midnight", "2026-07-16T06:59:59.999Z", "2026-07-16T07:00:00Z"],
  ["at midnight", "2026-07-16T07:00:00Z", "2026-07-17T07:00:00Z"],
  ["before the clocks go forward", "2026-03-08T09:00:00Z", "2026-03-09T07:00:00Z"],
  ["the evening before they go forward", "2026-03-08T06:00:00Z", "2026-03-08T08:00:00Z"],
  ["before the clocks go back", "2026-11-01T07:30:00Z", "2026-11-02T08:00:00Z"],
  ["the last day of the year", "2026-12-31T20:00:00Z", "2027-01-01T08:00:00Z"],
])("midnight-pacific: %s", (_name, now, expected) => {
  expect(new Date(at(now) + untilReset("midnight-pacific", at(now))).toISOString()).toBe(
    new Date(expected).toISOString(),
  );
});

test.each([
  ["2026-03-31T23:59:59Z", "2026-04-01T00:00:00Z"],
  ["2026-12-01T00:00:00Z", "2027-01-01T00:00:00Z"],
])("month-utc: from %s to %s", (now, expected) => {
  expect(at(now) + untilReset("month-utc", at(now))).toBe(at(expected));
});

test("law: midnight in California shows 00:00 there and is at most 25 hours away", () => {
  const clock = new Intl.DateTimeFormat("en-GB", { timeZone: "America/Los_Angeles", timeStyle: "medium" });
  fc.assert(
    fc.property(fc.integer({ min: at("2007-04-01"), max: at("2050-01-01") }), (now) => {
      const wait = untilReset("midnight-pacific", now);
      expect(clock.format(now + wait)).toBe("00:00:00");
      expect(wait > 0 && wait <= 25 * HOUR).toBe(true);
    }),
  );
});
