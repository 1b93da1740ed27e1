// The words for times, causes and amounts.
import { expect, test } from "bun:test";
import { cause, countOf, timeAgo, timeLeft } from "../../src/cli/words.ts";

const NOW = Date.parse("2026-03-01T12:00:00Z");
const at = (ms: number) => new Date(NOW + ms).toISOString();

test.each([
  [undefined, ""],
  [at(-1), "now"],
  [at(0), "now"],
  [at(450), "450ms"],
  [at(552_000), "9m12s"],
  [at(86_400_000), "1d"],
])("timeLeft of %p is %p", (time, expected) => {
  expect(timeLeft(time, NOW)).toBe(expected);
});

test.each([
  [at(-61_000), "1m1s ago"],
  [at(5_000), "0ms ago"],
])("timeAgo of %p is %p", (time, expected) => {
  expect(timeAgo(time, NOW)).toBe(expected);
});

test.each([
  [{}, ""],
  [{ status: 401 }, "401"],
  [{ reason: "timeout" }, "timeout"],
  [{ message: "Wrong" }, "Wrong"],
  [{ status: 401, reason: "invalid_api_key", message: "Wrong" }, "401 invalid_api_key: Wrong"],
])("cause of %j is %p", (facts, expected) => {
  expect(cause(facts)).toBe(expected);
});

test.each([
  [0, "no key"],
  [1, "1 key"],
  [2, "2 keys"],
])("countOf %d", (amount, expected) => {
  expect(countOf(amount, "key")).toBe(expected);
});
