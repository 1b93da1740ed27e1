// Calendar days: where they begin, what belongs to them, and what a clock that jumps does to them.
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { DayWindow } from "../../../src/balancer/limits/day-window.ts";
import { HOUR, MINUTE, SECOND } from "../fixtures.ts";

const at = (iso: string) => Date.parse(iso);

describe("DayWindow", () => {
  test.each([
    // zone, a moment of the day, its end in UTC
    ["UTC", "2026-03-01T00:00:00Z", "2026-03-02T00:00:00Z"],
    ["UTC", "2026-12-31T23:59:59.999Z", "2027-01-01T00:00:00Z"],
    ["Asia/Kolkata", "2026-03-01T18:29:59Z", "2026-03-01T18:30:00Z"],
    ["Asia/Kolkata", "2026-03-01T18:30:00Z", "2026-03-02T18:30:00Z"],
    // Days of 23 and of 25 hours.
    ["America/Los_Angeles", "2026-03-08T08:00:00Z", "2026-03-09T07:00:00Z"],
    ["America/Los_Angeles", "2026-11-01T07:00:00Z", "2026-11-02T08:00:00Z"],
    ["Europe/Berlin", "2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z"],
    ["Europe/Berlin", "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z"],
    ["Australia/Lord_Howe", "2026-04-04T13:00:00Z", "2026-04-05T13:30:00Z"],
  ])("in %s the day of %s ends at %s", (zone, moment, end) => {
    const window = new DayWindow(zone);
    window.add(3, at(moment));
    expect(window.freeAt(2, at(moment))).toBe(at(end));
    expect(window.freeAt(3, at(moment))).toBe(at(moment));
    expect(window.total(at(end) - 1)).toBe(3);
    expect(window.total(at(end))).toBe(0);
    expect(window.freeAt(0, at(end))).toBe(at(end));
  });

  test("takes back what was added today, and nothing of a day that is over", () => {
    const midnight = at("2026-03-02T00:00:00Z");
    const window = new DayWindow("UTC");
    window.add(10, midnight - MINUTE);
    window.add(-4, midnight - MINUTE, midnight - SECOND);
    expect(window.total(midnight - 1)).toBe(6);
    window.add(-6, midnight - MINUTE, midnight + 1);
    expect(window.total(midnight + 1)).toBe(0);
    window.add(5, midnight + SECOND);
    window.add(-3, midnight - MINUTE, midnight + MINUTE);
    expect(window.total(midnight + MINUTE)).toBe(5);
  });

  test("a correction never makes the total negative", () => {
    const now = at("2026-03-02T12:00:00Z");
    const window = new DayWindow("UTC");
    window.add(2, now);
    window.add(-5, now, now + 1);
    expect(window.total(now + 1)).toBe(0);
  });

  test.each([
    ["an hour", HOUR],
    ["a year", 365 * 24 * HOUR],
  ])("after the clock went back by %s the day ends within a day", (_, ms) => {
    const now = at("2027-03-02T12:00:00Z");
    const window = new DayWindow("UTC");
    window.add(2, now);
    window.rebase(now - ms);
    expect(window.total(now - ms)).toBe(2);
    expect(window.freeAt(1, now - ms)).toBeLessThanOrEqual(now - ms + 24 * HOUR);
    window.add(-1, now, now - ms);
    expect(window.total(now - ms)).toBe(1);
  });

  test("is the sum of what was added since the last midnight, for any history and zone", () => {
    const zones = fc.constantFrom("UTC", "America/Los_Angeles", "Europe/Berlin", "Asia/Kathmandu", "Pacific/Apia");
    const steps = fc.array(fc.tuple(fc.integer({ min: 0, max: 9 * HOUR }), fc.integer({ min: 1, max: 5 })), {
      maxLength: 40,
    });
    const start = fc.integer({ min: at("2026-01-01T00:00:00Z"), max: at("2026-12-31T00:00:00Z") });
    fc.assert(
      fc.property(zones, start, steps, (zone, startsAt, all) => {
        const dayOf = new Intl.DateTimeFormat("en-CA", { timeZone: zone }).format;
        const window = new DayWindow(zone);
        const added: { readonly day: string; readonly amount: number }[] = [];
        let now = startsAt;
        for (const [ms, amount] of all) {
          now += ms;
          window.add(amount, now);
          added.push({ day: dayOf(now), amount });
          const today = added.filter(({ day }) => day === dayOf(now)).reduce((sum, it) => sum + it.amount, 0);
          expect(window.total(now)).toBe(today);
          const end = window.freeAt(0, now);
          expect([dayOf(end - 1), dayOf(end) > dayOf(now)]).toEqual([dayOf(now), true]);
        }
      }),
      { numRuns: 60 },
    );
  });
});
