// Sizes and counts: every unit, and what is refused.

import { expect, test } from "bun:test";
import { parseCount, parseSize } from "../../src/core/sizes.ts";

test.each([
  ["512", 512],
  ["0", 0],
  ["512B", 512],
  ["10MB", 10_000_000],
  ["10kB", 10_000],
  ["2GB", 2_000_000_000],
  ["1KiB", 1024],
  ["64MiB", 67_108_864],
  ["64mib", 67_108_864],
  ["1 GiB", 1_073_741_824],
  ["1.5KiB", 1536],
  ["1.1kB", 1100],
] as const)("parseSize reads %p", (text, bytes) => {
  expect(parseSize(text)).toBe(bytes);
});

test.each(["", "MiB", "-1MB", "1TB", "1e3", "64 M iB", "0.5", "1/2", "99999999999GiB", "1constructor"])(
  "parseSize refuses %p",
  (text) => {
    expect(parseSize(text)).toBeUndefined();
  },
);

test.each([
  ["500", 500],
  ["0", 0],
  ["200k", 200_000],
  ["2M", 2_000_000],
  ["2 m", 2_000_000],
  ["1.5K", 1_500],
] as const)("parseCount reads %p", (text, count) => {
  expect(parseCount(text)).toBe(count);
});

test.each(["", "k", "-1k", "1kb", "1e3", "1.5", "1.0001k", "99999999999M", "1constructor"])(
  "parseCount refuses %p",
  (text) => {
    expect(parseCount(text)).toBeUndefined();
  },
);
