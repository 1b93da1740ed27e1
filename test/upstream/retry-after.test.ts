// Every place in an answer that says how long to wait, and every malformed form of it.
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { bucketResetMs, statedRetryMs } from "../../src/upstream/retry-after.ts";

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

describe("bucketResetMs", () => {
  test.each<[string, Header[], number | undefined]>([
    [
      "OpenAI, empty",
      [
        ["x-ratelimit-remaining-requests", "0"],
        ["x-ratelimit-reset-requests", "6m0s"],
      ],
      360_000,
    ],
    [
      "OpenAI, not empty",
      [
        ["x-ratelimit-remaining-requests", "3"],
        ["x-ratelimit-reset-requests", "6m0s"],
      ],
      undefined,
    ],
    [
      "the longest of the empty ones",
      [
        ["x-ratelimit-remaining-requests", "0"],
        ["x-ratelimit-reset-requests", "12ms"],
        ["x-ratelimit-remaining-tokens", "0"],
        ["x-ratelimit-reset-tokens", "7.66s"],
      ],
      7_660,
    ],
    [
      "without a unit",
      [
        ["x-ratelimit-remaining-tokens", "0"],
        ["x-ratelimit-reset-tokens", "60"],
      ],
      undefined,
    ],
    ["without remaining", [["x-ratelimit-reset-tokens", "60s"]], undefined],
    [
      "Anthropic, empty",
      [
        ["anthropic-ratelimit-input-tokens-remaining", "0"],
        ["anthropic-ratelimit-input-tokens-reset", "2026-03-01T12:00:30Z"],
      ],
      30_000,
    ],
    [
      "Anthropic, in the past",
      [
        ["anthropic-ratelimit-requests-remaining", "0"],
        ["anthropic-ratelimit-requests-reset", "2026-03-01T11:00:00Z"],
      ],
      0,
    ],
    [
      "Anthropic, malformed",
      [
        ["anthropic-ratelimit-requests-remaining", "0"],
        ["anthropic-ratelimit-requests-reset", "30"],
      ],
      undefined,
    ],
    [
      "another provider's",
      [
        ["x-ratelimit-remaining", "0"],
        ["x-ratelimit-reset", "30s"],
      ],
      undefined,
    ],
  ])("%s", (_name, headers, expected) => {
    expect(bucketResetMs(headers, NOW)).toBe(expected);
  });
});

test("law: whatever the headers say, the wait is absent or a whole number that is not negative", () => {
  const name = fc.constantFrom(
    "retry-after",
    "retry-after-ms",
    "x-ms-retry-after-ms",
    "x-ratelimit-remaining-tokens",
    "x-ratelimit-reset-tokens",
    "anthropic-ratelimit-tokens-remaining",
    "anthropic-ratelimit-tokens-reset",
  );
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
        for (const wait of [statedRetryMs(headers, undefined, now), bucketResetMs(headers, now)]) {
          expect(wait === undefined || (Number.isInteger(wait) && wait >= 0)).toBe(true);
        }
      },
    ),
    { numRuns: 500 },
  );
});
