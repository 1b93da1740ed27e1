// When the clocks of time zones show a time, over the days on which they change.
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { type ClockTime, nextMidnight, nextMonth, startOfMonth, untilClock } from "../../src/core/zone-clock.ts";

const HOUR = 3_600_000;
const at = (text: string): number => Date.parse(text);

test.each([
  ["an ordinary day", "UTC", "2026-03-01T12:00:00Z", "2026-03-02T00:00:00Z"],
  ["at midnight", "UTC", "2026-03-01T00:00:00Z", "2026-03-02T00:00:00Z"],
  ["a day of 25 hours", "Europe/Berlin", "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z"],
  ["a day of 23 hours", "Europe/Berlin", "2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z"],
])("nextMidnight: %s", (_name, zone, now, expected) => {
  expect(new Date(nextMidnight(at(now), zone)).toISOString()).toBe(new Date(expected).toISOString());
});

test.each([
  ["America/Santiago", "2026-09-05T12:00:00Z", "2026-09-06T04:00:00Z", "2026-09-07T03:00:00Z"],
  ["Africa/Cairo", "2026-04-23T12:00:00Z", "2026-04-23T22:00:00Z", "2026-04-24T21:00:00Z"],
  ["Atlantic/Azores", "2026-03-28T12:00:00Z", "2026-03-29T01:00:00Z", "2026-03-30T00:00:00Z"],
])("in %s, where clocks skip midnight, the day begins once, right after", (zone, now, first, second) => {
  const begins = nextMidnight(at(now), zone);
  const next = nextMidnight(begins, zone);
  expect([begins, next]).toEqual([at(first), at(second)]);
});

test("a month whose first midnight is skipped begins once", () => {
  const begins = nextMonth(at("2023-09-20T12:00:00Z"), "America/Asuncion");
  const next = nextMonth(begins, "America/Asuncion");
  expect([begins, next]).toEqual([at("2023-10-01T04:00:00Z"), at("2023-11-01T03:00:00Z")]);
});

test("law: days begin once, 20 to 28 hours apart, in all zones", () => {
  for (const zone of ["America/Havana", "Asia/Beirut", "Antarctica/Troll", "Australia/Lord_Howe", "Europe/Berlin"]) {
    let now = nextMidnight(at("2026-01-01T12:00:00Z"), zone);
    for (let day = 0; day < 366; day += 1) {
      const next = nextMidnight(now, zone);
      expect([zone, next - now >= 20 * HOUR, next - now <= 28 * HOUR]).toEqual([zone, true, true]);
      now = next;
    }
  }
});

test.each([
  ["within a month", "UTC", "2026-03-15T12:00:00Z", "2026-04-01T00:00:00Z"],
  ["at its begin", "UTC", "2026-03-01T00:00:00Z", "2026-04-01T00:00:00Z"],
  ["in its last millisecond", "UTC", "2026-12-31T23:59:59.999Z", "2027-01-01T00:00:00Z"],
  ["a month that begins on another day there", "Asia/Kolkata", "2026-02-28T18:30:00Z", "2026-03-31T18:30:00Z"],
  ["a month in which the clocks change", "Europe/Berlin", "2026-03-10T00:00:00Z", "2026-03-31T22:00:00Z"],
])("nextMonth: %s", (_name, zone, now, expected) => {
  expect(new Date(nextMonth(at(now), zone)).toISOString()).toBe(new Date(expected).toISOString());
});

test("nextMidnight knows no zone that nobody knows", () => {
  expect(() => nextMidnight(0, "Nowhere/At_All")).toThrow(RangeError);
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

test.each([
  ["within a month", "UTC", "2026-03-15T12:00:00Z", "2026-03-01T00:00:00Z"],
  ["at its begin", "UTC", "2026-03-01T00:00:00Z", "2026-03-01T00:00:00Z"],
  ["in its last millisecond", "UTC", "2026-12-31T23:59:59.999Z", "2026-12-01T00:00:00Z"],
  ["a month that begins on another day there", "Asia/Kolkata", "2026-02-28T18:30:00Z", "2026-02-28T18:30:00Z"],
  ["after the clocks went forward", "Europe/Berlin", "2026-03-30T12:00:00Z", "2026-02-28T23:00:00Z"],
  ["after the clocks went back", "Europe/Berlin", "2026-10-28T12:00:00Z", "2026-09-30T22:00:00Z"],
  ["on the day on which they go back", "America/New_York", "2026-11-01T12:00:00Z", "2026-11-01T04:00:00Z"],
  ["by half an hour", "Australia/Lord_Howe", "2026-04-20T00:00:00Z", "2026-03-31T13:00:00Z"],
  ["whose first midnight is shown twice", "America/Havana", "2026-11-10T00:00:00Z", "2026-11-01T04:00:00Z"],
  ["whose first midnight is skipped", "America/Asuncion", "2023-10-20T00:00:00Z", "2023-10-01T04:00:00Z"],
])("startOfMonth: %s", (_name, zone, now, expected) => {
  expect(new Date(startOfMonth(at(now), zone)).toISOString()).toBe(new Date(expected).toISOString());
});

test("law: a month begins where the one before it ends", () => {
  for (const zone of ["America/Havana", "Asia/Beirut", "Antarctica/Troll", "Australia/Lord_Howe", "Europe/Berlin"]) {
    let begin = nextMonth(at("2020-01-15T12:00:00Z"), zone);
    for (let month = 0; month < 120; month += 1) {
      const next = nextMonth(begin, zone);
      expect([zone, startOfMonth(begin, zone), startOfMonth(next - 1, zone)]).toEqual([zone, begin, begin]);
      begin = next;
    }
  }
});
