// Every place in an answer that says how long to wait, and every malformed form of it.
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { statedRetryMs } from "../../src/upstream/retry-after.ts";

const NOW = Date.UTC(2026, 2, 1, 12, 0, 0);
type Header = readonly [string, string];

describe("statedRetryMs", () => {
  test.each<[string, Header[], number | undefined]>([
    ["seconds", [["retry-after", "20"]], 20_000],
    ["zero", [["retry-after", "0"]], 0],
    ["decimal seconds", [["retry-after", "1.5"]], 1_500],
    ["blanks around", [["retry-after", " 3 "]], 3_000],
    ["milliseconds", [["retry-after-ms", "1234"]], 1_234],
    ["Azure's milliseconds", [["x-ms-retry-after-ms", "888"]], 888],
    [
      "milliseconds before seconds",
      [
        ["retry-after", "2"],
        ["retry-after-ms", "1500"],
      ],
      1_500,
    ],
    [
      "seconds when the milliseconds are malformed",
      [
        ["retry-after", "2"],
        ["retry-after-ms", "soon"],
      ],
      2_000,
    ],
    ["a date", [["retry-after", "Sun, 01 Mar 2026 12:01:00 GMT"]], 60_000],
    ["an RFC 850 date", [["retry-after", "Sunday, 01-Mar-26 12:01:00 GMT"]], 60_000],
    ["an asctime date", [["retry-after", "Sun Mar  1 12:01:00 2026"]], 60_000],
    ["a date in the past", [["retry-after", "Sun, 01 Mar 2026 11:00:00 GMT"]], 0],
    ["an RFC 850 date of the past century", [["retry-after", "Sunday, 06-Nov-94 08:49:37 GMT"]], 0],
    ["negative", [["retry-after", "-5"]], undefined],
    ["empty", [["retry-after", ""]], undefined],
    ["a word", [["retry-after", "soon"]], undefined],
    ["NaN", [["retry-after", "NaN"]], undefined],
    ["infinite", [["retry-after", "9".repeat(400)]], undefined],
    ["hexadecimal", [["retry-after", "0x10"]], undefined],
    ["seconds since the epoch", [["retry-after", "1772366400"]], undefined],
    ["an impossible date", [["retry-after", "Xxx, 99 Yyy 2026 99:99:99 GMT"]], undefined],
    ["nothing", [["content-type", "application/json"]], undefined],
  ])("%s", (_name, headers, expected) => {
    expect(statedRetryMs(headers, undefined, NOW)).toBe(expected);
  });

  test("a header goes before the body, the body before nothing", () => {
    expect(statedRetryMs([["retry-after", "1"]], { retryAfterMs: 9_000 }, NOW)).toBe(1_000);
    expect(statedRetryMs([], { retryAfterMs: 9_000 }, NOW)).toBe(9_000);
    expect(statedRetryMs([], { retryAt: NOW + 5_000 }, NOW)).toBe(5_000);
    expect(statedRetryMs([], { retryAt: NOW - 5_000 }, NOW)).toBe(0);
  });
});

test("law: whatever the headers say, the wait is absent or a whole number that is not negative", () => {
  const name = fc.constantFrom("retry-after", "retry-after-ms", "x-ms-retry-after-ms");
  const value = fc.oneof(
    fc.string(),
    fc.double().map(String),
    fc.date({ noInvalidDate: true }).map((date) => date.toUTCString()),
    fc.constant("0"),
  );
  fc.assert(
    fc.property(
      fc.array(fc.tuple(name, value), { maxLength: 6 }),
      fc.integer({ min: 0, max: 4e12 }),
      (headers, now) => {
        const wait = statedRetryMs(headers, undefined, now);
        expect(wait === undefined || (Number.isInteger(wait) && wait >= 0)).toBe(true);
      },
    ),
    { numRuns: 500 },
  );
});
