// Times in names of files.
import { expect, test } from "bun:test";
import fc from "fast-check";
import { fileStamp } from "../../src/core/file-stamp.ts";

test("fileStamp is UTC to the millisecond", () => {
  expect(fileStamp(Date.UTC(2026, 0, 2, 3, 4, 5, 67))).toBe("2026-01-02T03-04-05-067Z");
});

test("fileStamp tells times apart, in their order, with characters that every file system takes", () => {
  const times = fc.integer({ min: 0, max: Date.UTC(9999, 11, 31) });
  fc.assert(
    fc.property(times, times, (a, b) => {
      expect(fileStamp(a)).toMatch(/^[\dTZ-]+$/);
      expect(fileStamp(a) < fileStamp(b)).toBe(a < b);
    }),
  );
});
