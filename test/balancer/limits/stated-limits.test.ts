// Limits that an operator states: what fits, when, and what a reload or a clock that jumps makes of them.
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { StatedLimits } from "../../../src/balancer/limits/stated-limits.ts";
import { HOUR, MINUTE, SECOND, START } from "../fixtures.ts";

const DAY = 24 * HOUR;
const one = { requests: 1, tokens: 0 };

/** The most that was admitted within any span of this length. */
function mostWithin(spans: readonly { readonly at: number; readonly amount: number }[], lengthMs: number): number {
  const sums = spans.map(({ at }) =>
    spans.reduce((sum, it) => sum + (it.at > at - lengthMs && it.at <= at ? it.amount : 0), 0),
  );
  return Math.max(0, ...sums);
}

describe("StatedLimits", () => {
  test.each([
    ["rpm", { rpm: 2 }, MINUTE, MINUTE / 60],
    ["rpd, rolling", { rpd: 2 }, DAY, DAY / 96],
  ] as const)("%s frees what is older than its time, at most a step late", (_, limits, lengthMs, stepMs) => {
    const stated = new StatedLimits({ ...limits, day: "rolling" });
    stated.add(one, START, START);
    stated.add(one, START + stepMs, START + stepMs);
    const at = stated.freeAt(one, START + stepMs);
    expect(at).toBeGreaterThanOrEqual(START + lengthMs);
    expect(at).toBeLessThanOrEqual(START + lengthMs + stepMs);
    expect(stated.freeAt(one, at - 1)).toBe(at);
    expect(stated.freeAt(one, at)).toBe(at);
  });

  test("the limit that is free last counts", () => {
    const stated = new StatedLimits({ rpm: 1, rpd: 1, tpm: 10, tpd: 10, day: "UTC" });
    stated.add({ requests: 1, tokens: 10 }, START, START);
    const midnight = Math.ceil(START / DAY) * DAY;
    expect(stated.freeAt(one, START)).toBe(midnight);
    expect(stated.freeAt({ requests: 0, tokens: 1 }, START)).toBe(midnight);
    expect(stated.freeAt({ requests: 0, tokens: 0 }, START)).toBe(START);
  });

  test("what is larger than a limit fits once all of it is free", () => {
    const stated = new StatedLimits({ tpm: 10, day: "UTC" });
    const huge = { requests: 1, tokens: 1_000 };
    expect(stated.freeAt(huge, START)).toBe(START);
    stated.add({ requests: 1, tokens: 1 }, START, START);
    expect(stated.freeAt(huge, START)).toBeGreaterThan(START);
    expect(stated.freeAt({ requests: 1, tokens: 9 }, START)).toBe(START);
  });

  test("a reload keeps what was spent of limits that it still states", () => {
    const stated = new StatedLimits({ rpm: 5, rpd: 5, day: "UTC" });
    stated.add({ requests: 3, tokens: 7 }, START, START);
    const used = () => stated.rows.map(({ name, most, window }) => [name, most, window.total(START)]);
    stated.replace({ rpm: 4, rpd: 9, tpm: 100, day: "UTC" });
    expect(used()).toEqual([
      ["rpm", 4, 3],
      ["rpd", 9, 3],
      ["tpm", 100, 0],
    ]);
    // Another day begins at another moment; a minute is the same everywhere.
    stated.replace({ rpm: 4, rpd: 9, day: "Asia/Tokyo" });
    expect(used()).toEqual([
      ["rpm", 4, 3],
      ["rpd", 9, 0],
    ]);
  });

  test("after the clock went back by a year no day is longer than a day", () => {
    for (const day of ["UTC", "America/Los_Angeles", "rolling"]) {
      const stated = new StatedLimits({ rpd: 1, rpm: 1, day });
      stated.add(one, START + 365 * DAY, START + 365 * DAY);
      stated.rebase(START);
      expect(stated.freeAt(one, START)).toBeLessThanOrEqual(START + DAY + DAY / 96);
    }
  });

  test.each(["rolling", "UTC", "America/Los_Angeles"])(
    "no admitted history exceeds a limit within any minute or day (%s)",
    (day) => {
      const requests = fc.array(
        fc.tuple(fc.constantFrom(0, 1, 400, SECOND, 17 * SECOND, MINUTE, 5 * HOUR), fc.integer({ min: 1, max: 4 })),
        { maxLength: 80, size: "max" },
      );
      fc.assert(
        fc.property(requests, fc.integer({ min: 0, max: DAY }), (all, offset) => {
          const stated = new StatedLimits({ rpm: 3, rpd: 9, tpm: 6, tpd: 20, day });
          const admitted: { readonly at: number; readonly tokens: number }[] = [];
          let now = START + offset;
          for (const [ms, tokens] of all) {
            now += ms;
            const cost = { requests: 1, tokens };
            if (stated.freeAt(cost, now) > now) continue;
            stated.add(cost, now, now);
            admitted.push({ at: now, tokens });
          }
          const requestsOf = admitted.map(({ at }) => ({ at, amount: 1 }));
          const tokensOf = admitted.map(({ at, tokens }) => ({ at, amount: tokens }));
          expect(mostWithin(requestsOf, MINUTE)).toBeLessThanOrEqual(3);
          expect(mostWithin(tokensOf, MINUTE)).toBeLessThanOrEqual(6);
          const dayOf = new Intl.DateTimeFormat("en-CA", { timeZone: day === "rolling" ? "UTC" : day }).format;
          const mostOfDay = (spans: typeof requestsOf) =>
            day === "rolling"
              ? mostWithin(spans, DAY)
              : Math.max(
                  0,
                  ...[...Map.groupBy(spans, ({ at }) => dayOf(at)).values()].map((it) =>
                    it.reduce((sum, { amount }) => sum + amount, 0),
                  ),
                );
          expect(mostOfDay(requestsOf)).toBeLessThanOrEqual(9);
          expect(mostOfDay(tokensOf)).toBeLessThanOrEqual(20);
        }),
        { numRuns: 80 },
      );
    },
  );

  test("waiting until the stated time always admits", () => {
    const limits = fc.record({
      rpm: fc.integer({ min: 1, max: 5 }),
      tpm: fc.integer({ min: 1, max: 50 }),
      rpd: fc.integer({ min: 1, max: 30 }),
      day: fc.constantFrom("UTC", "Europe/Berlin", "rolling"),
    });
    fc.assert(
      fc.property(limits, fc.array(fc.integer({ min: 0, max: 60 }), { maxLength: 30 }), (stated, costs) => {
        const kept = new StatedLimits(stated);
        let now = START;
        for (const tokens of costs) {
          const cost = { requests: 1, tokens };
          // Each limit that frees later than the first that was told costs one look more.
          for (let looks = 0; kept.freeAt(cost, now) > now; looks++) {
            now = kept.freeAt(cost, now);
            expect(looks).toBeLessThan(4);
          }
          kept.add(cost, now, now);
        }
      }),
      { numRuns: 80 },
    );
  });
});
