// Hours of the local clock, in zones with half hours and over changes of the clocks.
import { describe, expect, test } from "bun:test";
import { hourOf, localOffset, minuteOf } from "../../src/records/hour-bucket.ts";

/** The offset of an IANA zone. */
function offsetIn(zone: string): (at: number) => number {
  const format = new Intl.DateTimeFormat("en-US", { timeZone: zone, timeZoneName: "longOffset" });
  return (at) => {
    const name = format.formatToParts(at).find(({ type }) => type === "timeZoneName")?.value ?? "";
    const [, sign = "+", hours = "0", minutes = "0"] = /GMT([+-])(\d+):(\d+)/.exec(name) ?? [];
    return (sign === "-" ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000;
  };
}

const at = (text: string) => Date.parse(text);

describe("hourOf", () => {
  test.each([
    ["UTC", "2026-11-26T20:59:59.999Z", "2026-11-26T20:00:00Z"],
    ["Asia/Kolkata", "2026-11-26T20:29:59Z", "2026-11-26T19:30:00Z"],
    ["Asia/Kolkata", "2026-11-26T20:30:00Z", "2026-11-26T20:30:00Z"],
    ["Asia/Kathmandu", "2026-11-26T20:20:00Z", "2026-11-26T20:15:00Z"],
    ["America/St_Johns", "2026-11-26T20:20:00Z", "2026-11-26T19:30:00Z"],
    // 25 October 2026, 3:00 becomes 2:00: the two hours from 2:00 are two buckets.
    ["Europe/Berlin", "2026-10-25T00:59:59Z", "2026-10-25T00:00:00Z"],
    ["Europe/Berlin", "2026-10-25T01:00:00Z", "2026-10-25T01:00:00Z"],
    // 29 March 2026, 2:00 becomes 3:00.
    ["Europe/Berlin", "2026-03-29T01:00:00Z", "2026-03-29T01:00:00Z"],
    // 5 April 2026, 2:00 becomes 1:30 at 15:00 UTC: what came before has its own bucket.
    ["Australia/Lord_Howe", "2026-04-04T14:59:00Z", "2026-04-04T14:00:00Z"],
    ["Australia/Lord_Howe", "2026-04-04T15:00:00Z", "2026-04-04T14:30:00Z"],
    ["Australia/Lord_Howe", "2026-04-04T15:30:00Z", "2026-04-04T15:30:00Z"],
  ])("in %s of %s is %s", (zone, moment, expected) => {
    expect(new Date(hourOf(at(moment), offsetIn(zone))).toISOString()).toBe(new Date(expected).toISOString());
  });

  test("begins at local midnight on the first of each month, in every zone", () => {
    for (const zone of ["Asia/Kolkata", "America/New_York", "Australia/Lord_Howe", "Pacific/Chatham"]) {
      const offsetOf = offsetIn(zone);
      for (let month = 0; month < 12; month += 1) {
        const guess = Date.UTC(2026, month, 1);
        const midnight = guess - offsetOf(guess - offsetOf(guess));
        expect([zone, month, hourOf(midnight, offsetOf)]).toEqual([zone, month, midnight]);
      }
    }
  });

  test("never begins after its moment, nor an hour before it or more", () => {
    const offsetOf = offsetIn("Australia/Lord_Howe");
    for (let moment = at("2026-04-04T10:00:00Z"); moment < at("2026-04-04T20:00:00Z"); moment += 60_000) {
      const begin = hourOf(moment, offsetOf);
      expect(moment - begin).toBeGreaterThanOrEqual(0);
      expect(moment - begin).toBeLessThan(3_600_000);
    }
  });
});

test("minuteOf is the begin of the minute", () => {
  expect(minuteOf(at("2026-11-26T20:59:59.999Z"))).toBe(at("2026-11-26T20:59:00Z"));
});

test("localOffset is that of the process", () => {
  const moment = at("2026-07-01T12:00:00Z");
  expect(localOffset(moment)).toBe(-new Date(moment).getTimezoneOffset() * 60_000);
});
