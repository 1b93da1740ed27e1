// Durations: every unit, what is refused, and how people read them.

import { expect, test } from "bun:test";
import { parseDuration, roughDuration } from "../../src/core/durations.ts";

test.each([
  ["250ms", 250],
  ["10s", 10_000],
  ["5m", 300_000],
  ["24h", 86_400_000],
  ["7d", 604_800_000],
  ["1.5s", 1_500],
  ["0s", 0],
  [" 3s ", 3_000],
] as const)("parseDuration reads %p", (text, ms) => {
  expect(parseDuration(text)).toBe(ms);
});

test.each(["", "5", "s", "-1s", "1S", "1 s", "1s2s", "1e3s", "5x", ".5s", "1.s", "Infinitys", "99999999999999d"])(
  "parseDuration refuses %p",
  (text) => {
    expect(parseDuration(text)).toBeUndefined();
  },
);

test.each([
  [0, "0ms"],
  [585.4, "585ms"],
  [1_000, "1s"],
  [20_585, "21s"],
  [59_001, "1m"],
  [600_000, "10m"],
  [551_200, "9m12s"],
  [3_840_000, "1h4m"],
  [3_605_000, "1h"],
  [86_400_000, "1d"],
  [97_200_000, "1d3h"],
] as const)("roughDuration writes %p as %p", (ms, text) => {
  expect(roughDuration(ms)).toBe(text);
});
