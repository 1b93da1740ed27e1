// What follows of a try, by how it ended.
import { expect, test } from "bun:test";
import fc from "fast-check";
import { MAX_AGE_MS, nextTry, type TryEnd } from "../../src/webhooks/next-try.ts";

const FIRST = { tries: 1, ageMs: 0, random: 1 };

test.each<[end: TryEnd, kind: string]>([
  [{ status: 200 }, "done"],
  [{ status: 204 }, "done"],
  [{ status: 301 }, "refused"],
  [{ status: 307 }, "refused"],
  [{ status: 400 }, "refused"],
  [{ status: 401 }, "refused"],
  [{ status: 404 }, "refused"],
  [{ status: 410 }, "gone"],
  [{ status: 408 }, "again"],
  [{ status: 425 }, "again"],
  [{ status: 429 }, "again"],
  [{ status: 500 }, "again"],
  [{ status: 503 }, "again"],
  [{ fault: "ECONNREFUSED" }, "again"],
  [{ fault: "TIMEOUT" }, "again"],
])("after %j it is %s", (end, kind) => {
  expect(nextTry(end, FIRST).kind).toBe(kind as "done");
});

test("waits double up to two minutes, half of each at random", () => {
  const waits = (random: number) =>
    Array.from({ length: 9 }, (_, i) => nextTry({ fault: "x" }, { tries: i + 1, ageMs: 0, random })).map((next) =>
      next.kind === "again" ? next.inMs / 1_000 : 0,
    );
  expect(waits(1)).toEqual([1, 2, 4, 8, 16, 32, 64, 120, 120]);
  expect(waits(0)).toEqual([0.5, 1, 2, 4, 8, 16, 32, 60, 60]);
});

test("a stated wait is heeded, unless the message would be too old then", () => {
  expect(nextTry({ status: 429, retryAfterMs: 30_000 }, FIRST)).toEqual({ kind: "again", inMs: 30_000 });
  expect(nextTry({ status: 503, retryAfterMs: 10 }, FIRST)).toEqual({ kind: "again", inMs: 1_000 });
  expect(nextTry({ status: 429, retryAfterMs: 30_000 }, { ...FIRST, ageMs: MAX_AGE_MS - 1 })).toEqual({ kind: "late" });
});

test("law: no message is tried for longer than an hour, and none without a pause", () => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: 0.999, noNaN: true }), (random) => {
      let ageMs = 0;
      let tries = 1;
      for (; ; tries++) {
        const next = nextTry({ fault: "x" }, { tries, ageMs, random });
        if (next.kind !== "again") break;
        expect(next.inMs).toBeGreaterThanOrEqual(500);
        ageMs += next.inMs;
      }
      expect(ageMs).toBeLessThanOrEqual(MAX_AGE_MS);
      expect(tries).toBeGreaterThan(30);
    }),
  );
});
