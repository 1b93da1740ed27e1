// Waits as providers write them.
import { expect, test } from "bun:test";
import { parseWait, plausibleWait } from "../../src/upstream/parse-wait.ts";

test.each([
  ["6m0s", 360_000],
  ["12ms", 12],
  ["1.2s", 1_200],
  ["2m59.56s", 179_560],
  ["1h2m3s", 3_723_000],
  ["250ms", 250],
  ["0s", 0],
  ["1.984999999s", 1_985],
  ["30 seconds", 30_000],
  ["1 day", 86_400_000],
  ["800µs", 1],
  [" 7.66s ", 7_660],
])("parseWait reads %j whole", (text, expected) => {
  expect(parseWait(text, "all")).toBe(expected);
});

test.each(["", "60", "s", "-5s", "1x", "1s later", "NaN", "1e9s", "400d", "99999999999999h"])(
  "parseWait refuses %j",
  (text) => {
    expect(parseWait(text, "all")).toBeUndefined();
  },
);

test.each([
  ["8.64s. Visit the page", 8_640],
  ["7m12s. Visit", 432_000],
  ["30 seconds.", 30_000],
  ["20s 5 requests", 20_000],
])("parseWait takes the start of %j", (text, expected) => {
  expect(parseWait(text, "start")).toBe(expected);
});

test("parseWait finds no wait in a number without a unit", () => {
  expect(parseWait("5 requests", "start")).toBeUndefined();
});

test.each([
  [0, 0],
  [0.2, 1],
  [Number.NaN, undefined],
  [-1, undefined],
  [Number.POSITIVE_INFINITY, undefined],
])("plausibleWait(%p) is %p", (ms, expected) => {
  expect(plausibleWait(ms)).toBe(expected);
});
