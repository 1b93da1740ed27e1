// A clock that jumps, and times that providers state: no harm lasts.

import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { KeySpec } from "../../src/balancer/contract.ts";
import type { Effect } from "../../src/core/verdict.ts";
import { explainAll } from "./explain-all.ts";
import {
  balancerOf,
  Driver,
  HOUR,
  keySpec,
  MINUTE,
  needOf,
  OK,
  poolSpec,
  SECOND,
  seeded,
  verdictOf,
} from "./fixtures.ts";

const DAY = 24 * HOUR;

const EFFECTS: readonly Effect[] = [
  { kind: "key-invalid" },
  { kind: "key-exhausted", retryAfterMs: 3 * HOUR },
  { kind: "rate-limited" },
  { kind: "rate-limited", retryAfterMs: MINUTE },
  { kind: "rate-limited", retryAfterMs: 5 * HOUR, daily: true },
  { kind: "model-missing" },
  { kind: "operation-blocked" },
  { kind: "key-refused" },
  { kind: "server-error" },
  { kind: "overloaded", retryAfterMs: MINUTE },
  { kind: "unreachable" },
  OK.effect,
];

describe("a time that a provider states", () => {
  test.each<[string, Effect]>([
    ["for a limit", { kind: "rate-limited", retryAfterMs: 9 * DAY }],
    ["for a limit of a day", { kind: "rate-limited", retryAfterMs: 9 * DAY, daily: true }],
    ["for credit", { kind: "key-exhausted", retryAfterMs: 9 * DAY }],
    ["for the credit of an organisation", { kind: "key-exhausted", retryAfterMs: 9 * DAY, scope: "organization" }],
    ["by a rule", { kind: "key-cooled", forMs: 9 * DAY }],
  ])("of nine days %s is kept for one", (_, effect) => {
    const driver = new Driver(balancerOf([poolSpec("p", [keySpec("k", { quotaGroup: "g" })])]));
    driver.attempt("k", effect);
    expect(driver.balancer.pick(needOf("p"), [], driver.now + DAY - 1).kind).not.toBe("candidate");
    expect(driver.balancer.pick(needOf("p"), [], driver.now + DAY).kind).toBe("candidate");
  });

  test("of nine days in a header is kept until the next answer, and others serve meanwhile", () => {
    const driver = new Driver(balancerOf([poolSpec("p", [keySpec("a"), keySpec("b")])]));
    const attempt = driver.begin("a", needOf("p"));
    const readings = [{ unit: "requests" as const, limit: 10, remaining: 0, resetMs: 9 * DAY }];
    driver.balancer.judge(attempt, { ...OK, quota: { readings } }, driver.now);
    expect(driver.pick().keyId).toBe("b");
  });
});

const keys: readonly KeySpec[] = [
  keySpec("a", { limits: { rpm: 5, rpd: 20, concurrency: 3, day: "UTC" } }),
  keySpec("b", { limits: { rpm: 5, rpd: 20, tpm: 100, day: "rolling" } }),
  keySpec("c", { quotaGroup: "g" }),
  keySpec("d", { quotaGroup: "g" }),
];

function play(all: readonly { readonly at: number; readonly effect: Effect; readonly ms: number }[]): Driver {
  const driver = new Driver(balancerOf([poolSpec("p", keys, { maxFailures: 1 })], seeded(1)));
  for (const { at, effect, ms } of all) {
    const id = keys[at % keys.length]?.id ?? "a";
    const attempt = driver.begin(id, needOf("p", { estimate: () => ({ input: 9, maxOutput: 0 }) }));
    driver.now += ms;
    const readings = at % 3 === 0 ? [{ unit: "requests" as const, limit: 10, remaining: at % 4, resetMs: MINUTE }] : [];
    driver.balancer.judge(attempt, { ...verdictOf(effect), quota: { readings } }, driver.now);
    driver.balancer.end(attempt, driver.now);
  }
  return driver;
}

const histories = fc.array(
  fc.record({
    at: fc.nat(20),
    effect: fc.constantFrom(...EFFECTS),
    ms: fc.constantFrom(0, SECOND, 20 * SECOND, 10 * MINUTE),
  }),
  { maxLength: 40, size: "max" },
);

test.each([
  ["back by a minute", -MINUTE],
  ["back by a day", -DAY],
  ["back by a year", -365 * DAY],
  ["forward by a year", 365 * DAY],
])("a clock that goes %s does no harm that lasts longer than a day", (_, jumpMs) => {
  fc.assert(
    fc.property(histories, (all) => {
      const driver = play(all);
      driver.now += jumpMs;
      if (jumpMs < 0) driver.balancer.clockWentBack(driver.now);
      for (const { until } of driver.pool().keys) expect((until ?? 0) - driver.now).toBeLessThanOrEqual(DAY);
      expect((driver.pool().until ?? 0) - driver.now).toBeLessThanOrEqual(5 * MINUTE);
      driver.now += DAY + HOUR;
      const explained = explainAll(driver.balancer, needOf("p"), driver.now);
      expect(explained.filter(({ isUsable }) => !isUsable)).toEqual([]);
    }),
    { numRuns: 60 },
  );
});

test("a clock that trembles by seconds loses no limit", () => {
  const limited = [keySpec("a", { limits: { rpm: 5, day: "UTC" } })];
  const driver = new Driver(balancerOf([poolSpec("p", limited)]));
  const start = driver.now;
  let admitted = 0;
  for (let i = 0; i < 50; i++) {
    driver.now = start + i * 500 + (i % 2 === 0 ? 2_000 : -2_000);
    if (driver.none() !== undefined) continue;
    driver.attempt("a", OK.effect);
    admitted += 1;
  }
  expect(admitted).toBe(5);
});
