// Numbers and times as people read them, at the places where units and digits change.
import { expect, test } from "bun:test";
import {
  formatBytes,
  formatDuration,
  formatNumber,
  formatRelative,
  formatShare,
} from "../../../src/page/format/format.ts";
import { formatClock } from "../../../src/page/format/format-clock.ts";

const [SECOND, MINUTE, HOUR, DAY] = [1_000, 60_000, 3_600_000, 86_400_000];

test.each([
  [0, "0 ms"],
  [999.4, "999 ms"],
  [999.6, "1 sec"],
  [1_240, "1.2 sec"],
  [59.4 * SECOND, "59 sec"],
  [59.6 * SECOND, "1 min"],
  [59.4 * MINUTE, "59 min"],
  [59.6 * MINUTE, "1 hr"],
  [1.5 * HOUR, "1.5 hr"],
  [23.4 * HOUR, "23 hr"],
  [23.6 * HOUR, "1 day"],
  [40 * DAY, "40 days"],
])("%p milliseconds are %s", (ms, text) => {
  expect(formatDuration(ms)).toBe(text);
});

test.each([
  [1, "100%"],
  [0.99999, "99.99%"],
  [0.994, "99.4%"],
  [0.5, "50%"],
  [0, "0%"],
])("a share of %p is %s: nothing short of all is 100 %%", (share, text) => {
  expect(formatShare(share)).toBe(text);
});

test("a moment after midnight is of hour 0, and one of another day has its date", () => {
  const at = new Date(2026, 10, 27, 0, 5, 9);
  const noon = new Date(2026, 10, 27, 12).getTime();
  expect(formatClock(at.toISOString(), noon)).toBe("00:05:09");
  expect(formatClock(at.toISOString(), noon + DAY)).toBe("11/27/2026 00:05:09");
});

test.each([
  [400, "now"],
  [-5_000, "5 sec. ago"],
  [90_000, "in 1 min."],
  [-3 * DAY, "3 days ago"],
])("%p milliseconds from now are %s", (ms, text) => {
  const now = Date.parse("2026-11-27T10:00:00Z");
  expect(formatRelative(new Date(now + ms).toISOString(), now)).toBe(text);
});

test("sizes are in powers of 1024, large numbers short where that is wanted", () => {
  expect([formatBytes(1_023), formatBytes(1_536), formatBytes(5 * 1024 ** 3)]).toEqual(["1,023 B", "1.5 KiB", "5 GiB"]);
  expect([formatNumber(12_345), formatNumber(12_345, { isShort: true })]).toEqual(["12,345", "12.3K"]);
});
