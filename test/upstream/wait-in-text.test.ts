// Waits that error messages state in words.
import { expect, test } from "bun:test";
import { waitInText } from "../../src/upstream/wait-in-text.ts";

test.each([
  ["Rate limit reached … Limit 200, Used 200, Requested 1. Please try again in 7m12s. Visit https://…", 432_000],
  ["Please try again in 1.2s", 1_200],
  ["Please try again in 250ms.", 250],
  ["Try again in 30 seconds.", 30_000],
  ["Please retry after 6 seconds. Please go here", 6_000],
  ["Please retry in 36.527s.", 36_527],
  ["please try again after 1 seconds", 1_000],
])("waitInText reads %j", (text, retryAfterMs) => {
  expect(waitInText(text)).toEqual({ retryAfterMs });
});

test("waitInText reads when access comes back", () => {
  const text = "You have reached your specified API usage limits. You will regain access on 2026-04-01 at 00:00 UTC.";
  expect(waitInText(text)).toEqual({ retryAt: Date.UTC(2026, 3, 1) });
});

test.each([
  "",
  "Please try again later",
  "try again in a while",
  "try again in 5",
  "regain access on 2026-99-99 at 00:00 UTC",
])("waitInText finds nothing in %j", (text) => {
  expect(waitInText(text)).toEqual({});
});

test("waitInText reads a megabyte of digits at once", () => {
  expect(waitInText(`try again in ${"1".repeat(1_000_000)}`)).toEqual({});
});
