// Sizes: every unit, and what is refused.

import { expect, test } from "bun:test";
import { parseSize } from "../../src/core/sizes.ts";

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
