// The time of ours is what is left of a request.
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { overheadMs } from "../../src/proxy/overhead.ts";
import { ATTEMPT, traced } from "../metrics/lab.ts";

describe("overheadMs counts", () => {
  test.each([
    ["what is before and after an attempt", {}, 3],
    ["nothing after the beginning of a stream", { committedAt: 10_103, isStream: true }, 3],
    ["up to the end where no answer began", { committedAt: undefined }, 5],
    ["no wait for a key", { waitedMs: 2 }, 1],
    ["no wait before a further attempt", { backoffMs: 1 }, 2],
    ["no wait for the client's body", { bodyMs: 3 }, 0],
    ["all of a request that was never sent", { attempts: [], committedAt: undefined }, 505],
    [
      "what is between two attempts",
      {
        attempts: [
          { ...ATTEMPT, endedAt: 10_100 },
          { ...ATTEMPT, startedAt: 10_110 },
        ],
      },
      13,
    ],
  ])("%s", (_, facts, ms) => {
    expect(overheadMs(traced(facts))).toBe(ms);
  });
});

test("overheadMs is never below 0 or above the request, however the clock jumps", () => {
  const time = fc.integer({ min: 0, max: 100_000 });
  const attempts = fc.array(fc.record({ startedAt: time, endedAt: time }), { maxLength: 4 });
  fc.assert(
    fc.property(time, time, time, attempts, (receivedAt, committedAt, endedAt, times) => {
      const facts = { committedAt, endedAt, attempts: times.map((at) => ({ ...ATTEMPT, ...at })) };
      const ms = overheadMs({ ...traced(facts), receivedAt });
      expect(ms).toBeGreaterThanOrEqual(0);
      expect(ms).toBeLessThanOrEqual(Math.max(0, committedAt - receivedAt));
    }),
  );
});
