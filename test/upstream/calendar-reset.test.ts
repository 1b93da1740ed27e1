// Resets by the calendar, over the days on which the clocks change.
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { type ClockTime, untilClock, untilReset } from "../../src/upstream/calendar-reset.ts";

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

describe("untilClock", () => {
  test.each<[string, ClockTime, string, string]>([
    ["later today", clock(18, 30, "UTC"), "2026-03-01T12:00:00Z", "2026-03-01T18:30:00Z"],
    ["tomorrow", clock(9, 0, "UTC"), "2026-03-01T12:00:00Z", "2026-03-02T09:00:00Z"],
    ["at that very moment", clock(12, 0, "UTC"), "2026-03-01T12:00:00Z", "2026-03-02T12:00:00Z"],
    ["within its first second", clock(12, 0, "UTC"), "2026-03-01T12:00:00.700Z", "2026-03-02T12:00:00Z"],
    ["half an hour off", clock(0, 0, "Asia/Kolkata"), "2026-03-01T12:00:00Z", "2026-03-01T18:30:00Z"],
    [
      "across the day in which clocks go back",
      clock(9, 0, "Europe/Berlin"),
      "2026-10-24T12:00:00Z",
      "2026-10-25T08:00:00Z",
    ],
    ["a time that is skipped", clock(2, 30, "America/Los_Angeles"), "2026-03-08T09:59:00Z", "2026-03-08T10:30:00Z"],
  ])("%s", (_name, time, now, expected) => {
    expect(new Date(at(now) + untilClock(time, at(now))).toISOString()).toBe(new Date(expected).toISOString());
  });

  test("law: the clocks there show it, unless they skip it, within 25 hours", () => {
    const zones = ["UTC", "America/New_York", "Europe/Berlin", "Asia/Kolkata", "Australia/Sydney", "Asia/Kathmandu"];
    // Clocks change between 1:00 and 3:00 in these zones.
    const hour = fc.integer({ min: 3, max: 24 }).map((number) => number % 24);
    fc.assert(
      fc.property(
        fc.constantFrom(...zones),
        hour,
        fc.nat(59),
        fc.integer({ min: at("2026-01-01"), max: at("2028-01-01") }),
        (zone, h, m, now) => {
          const wait = untilClock(clock(h, m, zone), now);
          const shown = new Intl.DateTimeFormat("en-GB", { timeZone: zone, timeStyle: "medium" }).format(now + wait);
          expect(shown).toBe(`${String(h).padStart(2, "0")}:${String(m).padStart(2, "0")}:00`);
          expect(wait > 0 && wait <= 25 * HOUR).toBe(true);
        },
      ),
    );
  });
});

function clock(hour: number, minute: number, zone: string): ClockTime {
  return { hour, minute, zone };
}
