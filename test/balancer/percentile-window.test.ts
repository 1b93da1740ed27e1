// The learnt 95th percentile, against sorting.
import { expect, test } from "bun:test";
import fc from "fast-check";
import { PercentileWindow } from "../../src/balancer/percentile-window.ts";

test("PercentileWindow answers what it was told until 20 values are known", () => {
  const window = new PercentileWindow(7);
  for (let i = 0; i < 19; i++) window.note(1);
  expect(window.p95).toBe(7);
  window.note(1);
  expect(window.p95).toBe(1);
});

test("PercentileWindow is the 95th percentile of the last 100 values, however often it is asked", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(1_000), { minLength: 20, maxLength: 250, size: "max" }), (values) => {
      const window = new PercentileWindow(0);
      for (const [i, value] of values.entries()) {
        window.note(value);
        if (i % 7 === 0) void window.p95;
      }
      const last = values.slice(-100).sort((a, b) => a - b);
      expect(window.p95).toBe(last[Math.ceil(last.length * 0.95) - 1] ?? -1);
    }),
    { numRuns: 50 },
  );
});
