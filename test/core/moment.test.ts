// Which texts are moments, and when they are.
import { expect, test } from "bun:test";
import { parseMoment } from "../../src/core/moment.ts";

test.each([
  ["2027-01-01", "2027-01-01T00:00:00.000Z"],
  [" 2028-02-29 ", "2028-02-29T00:00:00.000Z"],
  ["2027-01-01T12:30Z", "2027-01-01T12:30:00.000Z"],
  ["2027-01-01t12:30:15.5z", "2027-01-01T12:30:15.500Z"],
  ["2027-01-01 12:30:15+02:00", "2027-01-01T10:30:15.000Z"],
])("%j is %s", (text, expected) => {
  expect(new Date(parseMoment(text) ?? Number.NaN).toISOString()).toBe(expected);
});

test.each([
  "",
  "tomorrow",
  "2027",
  "2027-1-1",
  "2027-02-29",
  "2026-02-30",
  "2026-13-01",
  "2026-00-10",
  "2027-01-01T12:30",
  "2027-01-01T25:00Z",
  "2026-02-30T10:00:00Z",
  "1798761600",
])("%j is none", (text) => {
  expect(parseMoment(text)).toBeUndefined();
});
