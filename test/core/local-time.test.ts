// Local times in several time zones, and where clocks change.
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { assert, constantFrom, integer, property } from "fast-check";
import { localTime, localZone, parsePastTime } from "../../src/core/local-time.ts";

const before = process.env.TZ;
const BERLIN = "Europe/Berlin";

function inZone(zone: string): void {
  process.env.TZ = zone;
}

beforeEach(() => inZone(BERLIN));
afterEach(() => {
  // A variable that is taken away leaves the zone as it was last.
  inZone(before ?? "UTC");
  if (before === undefined) delete process.env.TZ;
});

function parsed(text: string, now = "2026-06-01T12:00:00Z", repeated: "first" | "last" = "first"): string | undefined {
  const at = parsePastTime(text, { now: Date.parse(now), repeated });
  return at === undefined ? undefined : new Date(at).toISOString();
}

describe("localTime", () => {
  test.each([
    ["UTC", "2026-01-31 11:00:05 +00:00"],
    [BERLIN, "2026-01-31 12:00:05 +01:00"],
    ["Asia/Kathmandu", "2026-01-31 16:45:05 +05:45"],
    ["America/St_Johns", "2026-01-31 07:30:05 -03:30"],
    ["Pacific/Kiritimati", "2026-02-01 01:00:05 +14:00"],
  ])("in %s", (zone, expected) => {
    inZone(zone);
    expect(localZone()).toBe(zone);
    expect(localTime(Date.parse("2026-01-31T11:00:05.070Z"))).toBe(expected);
    expect(localTime(Date.parse("2026-01-31T11:00:05.070Z"), { hasMs: true })).toContain("05.070 ");
  });

  test("tells the two hours apart that the clocks show twice", () => {
    expect(localTime(Date.parse("2026-10-25T00:30:00Z"))).toBe("2026-10-25 02:30:00 +02:00");
    expect(localTime(Date.parse("2026-10-25T01:30:00Z"))).toBe("2026-10-25 02:30:00 +01:00");
  });

  test("what it writes is read as the same moment, in every zone, at every time", () => {
    const zones = ["UTC", BERLIN, "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe", "Africa/Casablanca"];
    const last = Date.UTC(2037, 0, 1);
    assert(
      property(constantFrom(...zones), integer({ min: 2 * 86_400_000, max: last }), (zone, at) => {
        inZone(zone);
        const shown = localTime(at, { hasMs: true });
        const text = `${shown.slice(0, 23)}${shown.slice(24)}`;
        expect(parsePastTime(text, { now: last, repeated: "first" })).toBe(at);
        // Without the offset it is that moment, or where the clocks showed it twice one of the two.
        const either = (["first", "last"] as const).map((repeated) =>
          parsePastTime(shown.slice(0, 23), { now: last, repeated }),
        );
        expect(either).toContain(at);
      }),
    );
  });
});

describe("parsePastTime", () => {
  test.each([
    ["10m", "2026-06-01T11:50:00.000Z"],
    ["2d", "2026-05-30T12:00:00.000Z"],
    ["99999999d", "1970-01-01T00:00:00.000Z"],
    // Without a zone by the clocks here.
    ["2026-01-31", "2026-01-30T23:00:00.000Z"],
    ["2026-05-31", "2026-05-30T22:00:00.000Z"],
    ["2026-01-31T12:00", "2026-01-31T11:00:00.000Z"],
    ["2026-01-31 12:00:30", "2026-01-31T11:00:30.000Z"],
    ["2026-01-31T12:00:30.25", "2026-01-31T11:00:30.250Z"],
    // With one by that.
    ["2026-01-31T12:00Z", "2026-01-31T12:00:00.000Z"],
    ["2026-01-31T12:00:00-05:00", "2026-01-31T17:00:00.000Z"],
    ["1903-01-01", "1970-01-01T00:00:00.000Z"],
    ["0026-01-31", "1970-01-01T00:00:00.000Z"],
    // The last time of day that has passed: it is 14:00 here.
    ["13:30", "2026-06-01T11:30:00.000Z"],
    ["14:00", "2026-06-01T12:00:00.000Z"],
    ["14:01", "2026-05-31T12:01:00.000Z"],
    ["22:30:15", "2026-05-31T20:30:15.000Z"],
  ])("%s is %s", (text, expected) => {
    expect(parsed(text)).toBe(expected);
  });

  test.each([
    "",
    "yesterday",
    "10",
    "-10m",
    "2026-02-30",
    "2025-02-29",
    "2026-13-01",
    "2026-00-10",
    "2026-01-00",
    "2026-01-31T24:00",
    "2026-01-31T12:60",
    "2026-01-31T12",
    "24:00",
    "9:30",
    "2026-02-30T12:00Z",
    "31.01.2026",
  ])("%j is none", (text) => {
    expect(parsed(text)).toBeUndefined();
  });

  test("the 29th of February of a leap year", () => {
    expect(parsed("2024-02-29")).toBe("2024-02-28T23:00:00.000Z");
  });

  test("what the clocks skip is as long after as if they did not", () => {
    expect(parsed("2026-03-29T02:30")).toBe("2026-03-29T01:30:00.000Z");
    expect(parsed("2026-03-29T03:30")).toBe("2026-03-29T01:30:00.000Z");
  });

  test("what they show twice is the first or the last of both", () => {
    expect(parsed("2026-10-25T02:30", "2026-12-01T00:00:00Z", "first")).toBe("2026-10-25T00:30:00.000Z");
    expect(parsed("2026-10-25T02:30", "2026-12-01T00:00:00Z", "last")).toBe("2026-10-25T01:30:00.000Z");
    expect(parsed("2026-10-25T03:00", "2026-12-01T00:00:00Z", "last")).toBe("2026-10-25T02:00:00.000Z");
    // Lord Howe goes back by half an hour, at two.
    inZone("Australia/Lord_Howe");
    expect(parsed("2026-04-05T01:45", "2026-06-01T00:00:00Z", "first")).toBe("2026-04-04T14:45:00.000Z");
    expect(parsed("2026-04-05T01:45", "2026-06-01T00:00:00Z", "last")).toBe("2026-04-04T15:15:00.000Z");
  });

  test("days of 23 and of 25 hours begin at their midnights", () => {
    expect([parsed("2026-03-29"), parsed("2026-03-30")]).toEqual([
      "2026-03-28T23:00:00.000Z",
      "2026-03-29T22:00:00.000Z",
    ]);
    expect([parsed("2026-10-25"), parsed("2026-10-26")]).toEqual([
      "2026-10-24T22:00:00.000Z",
      "2026-10-25T23:00:00.000Z",
    ]);
    // A time of day of the evening before, across the change.
    expect(parsed("23:00", "2026-03-29T08:00:00Z")).toBe("2026-03-28T22:00:00.000Z");
  });

  test("a day that has no midnight begins at its first moment", () => {
    inZone("America/Santiago");
    expect(parsed("2026-09-06")).toBe("2026-09-06T04:00:00.000Z");
  });
});
