// What has room for a request on one key: every limit by its own code, reservations, corrections, slots.

import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { Attempt, KeySpec, Limits } from "../../../src/balancer/contract.ts";
import type { Obstacle } from "../../../src/balancer/explanation.ts";
import type { LimitReading } from "../../../src/core/quota-facts.ts";
import type { Effect } from "../../../src/core/verdict.ts";
import { explainAll } from "../explain-all.ts";
import { balancerOf, Driver, keySpec, MINUTE, needOf, OK, poolSpec, SECOND, verdictOf } from "../fixtures.ts";

const LIMITED: Effect = { kind: "rate-limited", retryAfterMs: SECOND };

function driverOn(limits?: Partial<Limits>, fields: Partial<KeySpec> = {}): Driver {
  const stated = limits === undefined ? {} : { limits: { day: "UTC", ...limits } };
  return new Driver(balancerOf([poolSpec("p", [keySpec("k", { ...stated, ...fields })])]));
}

const needing = (tokens?: number) =>
  needOf("p", tokens === undefined ? {} : { estimate: () => ({ input: tokens, maxOutput: 0 }) });

/** Why the key has no room for a request of so many tokens. */
function obstacles(driver: Driver, tokens?: number): readonly Obstacle["code"][] {
  return explainAll(driver.balancer, needing(tokens), driver.now).flatMap((it) => it.obstacles.map(({ code }) => code));
}

function begin(driver: Driver, tokens?: number): Attempt {
  expect(obstacles(driver, tokens)).toEqual([]);
  return driver.begin("k", needing(tokens));
}

function stated(driver: Driver, attempt: Attempt, reading: Partial<LimitReading>): void {
  const full = { unit: "requests" as const, limit: 10, remaining: 5, resetMs: MINUTE, form: "fixed" as const };
  driver.balancer.judge(attempt, { ...OK, quota: { readings: [{ ...full, ...reading }] } }, driver.now);
}

describe("no room says why", () => {
  test("by a stated limit of requests, of the key and of the model", () => {
    const driver = driverOn({ rpm: 2 }, { modelLimits: () => ({ rpm: 1, day: "UTC" }) });
    begin(driver);
    expect(obstacles(driver)).toEqual(["limit_stated"]);
    driver.now += 2 * MINUTE;
    expect(obstacles(driver)).toEqual([]);
  });

  test("by what headers stated, less what is on its way", () => {
    const driver = driverOn();
    const first = begin(driver);
    stated(driver, first, { remaining: 2 });
    begin(driver);
    begin(driver);
    expect(obstacles(driver)).toEqual(["limit_of_headers"]);
  });

  test("by slots", () => {
    const driver = driverOn({ concurrency: 2 });
    const first = begin(driver);
    begin(driver);
    expect(obstacles(driver)).toEqual(["concurrency"]);
    expect(driver.balancer.pick(needing(), [], driver.now)).toMatchObject({
      kind: "wait",
      reason: { code: "limited" },
    });
    driver.balancer.end(first, driver.now);
    expect(obstacles(driver)).toEqual([]);
  });

  test("by the ramp after a rate limit: one at a time, twice as many with each round", () => {
    const driver = driverOn();
    driver.attempt("k", LIMITED);
    driver.now += MINUTE;
    const rounds: number[] = [];
    for (let round = 0; round < 5; round++) {
      const running: Attempt[] = [];
      while (obstacles(driver).length === 0) running.push(begin(driver));
      expect(obstacles(driver)).toEqual(["ramp"]);
      rounds.push(running.length);
      for (const attempt of running) {
        driver.balancer.judge(attempt, OK, driver.now);
        driver.balancer.end(attempt, driver.now);
      }
      driver.now += SECOND;
    }
    expect(rounds).toEqual([1, 2, 4, 8, 16]);
  });

  test("by what refusals taught", () => {
    const driver = driverOn();
    for (let i = 0; i < 5; i++) {
      driver.attempt("k", { kind: "success", complete: true, latencyMs: 1 });
      driver.now += SECOND;
    }
    driver.attempt("k", LIMITED);
    driver.now += 55 * SECOND;
    for (let i = 0; i < 5; i++) driver.attempt("k", { kind: "success", complete: true, latencyMs: 1 });
    expect(obstacles(driver)).toEqual(["limit_learnt"]);
    // What headers state counts more.
    driver.now += 2 * MINUTE;
    stated(driver, begin(driver), { remaining: 9 });
    for (let i = 0; i < 9; i++) driver.attempt("k", { kind: "success", complete: true, latencyMs: 1 });
    expect(obstacles(driver)).toEqual(["limit_of_headers"]);
  });
});

describe("an attempt", () => {
  test("reserves its tokens, and gives back what it did not use", () => {
    const driver = driverOn({ tpm: 100 });
    const attempt = begin(driver, 80);
    expect(obstacles(driver, 30)).toEqual(["limit_stated"]);
    driver.balancer.settle(attempt, { promptTokens: 10, completionTokens: 5 }, true, driver.now);
    expect(obstacles(driver, 85)).toEqual([]);
    expect(obstacles(driver, 86)).toEqual(["limit_stated"]);
    // Only once.
    driver.balancer.settle(attempt, { promptTokens: 90 }, true, driver.now);
    expect(obstacles(driver, 85)).toEqual([]);
  });

  test("that asks for more than a number can hold beside others leaves their sum as it is", () => {
    const driver = driverOn({ tpm: 100 });
    driver.balancer.settle(begin(driver, 40), { promptTokens: 40 }, true, driver.now);
    driver.balancer.settle(driver.begin("k", needing(1e300)), { promptTokens: 0 }, true, driver.now);
    expect(obstacles(driver, 60)).toEqual([]);
    expect(obstacles(driver, 61)).toEqual(["limit_stated"]);
  });

  test("that was never sent spends nothing", () => {
    const driver = driverOn({ rpm: 1, tpm: 10 });
    const attempt = begin(driver, 10);
    driver.balancer.settle(attempt, undefined, false, driver.now);
    driver.balancer.end(attempt, driver.now);
    expect(obstacles(driver, 10)).toEqual([]);
  });

  test("without a report of its usage costs what was reserved", () => {
    const driver = driverOn({ tpm: 100 });
    driver.balancer.settle(begin(driver, 60), undefined, true, driver.now);
    expect(obstacles(driver, 41)).toEqual(["limit_stated"]);
    expect(obstacles(driver, 40)).toEqual([]);
  });

  test("that is larger than the limit is admitted by an idle key", () => {
    const driver = driverOn({ tpm: 100 });
    begin(driver, 5_000);
    expect(obstacles(driver, 1)).toEqual(["limit_stated"]);
  });

  test("that is free takes part in no limit", () => {
    const driver = driverOn({ rpm: 1, concurrency: 1 });
    begin(driver);
    const free = needOf("p", { isFree: true });
    expect(driver.balancer.pick(free, [], driver.now).kind).toBe("candidate");
    driver.begin("k", free);
    driver.now += 2 * MINUTE;
    expect(obstacles(driver)).toEqual(["concurrency"]);
  });

  test("that ran when the headers were first met counts from then on", () => {
    const driver = driverOn();
    const [first, second] = [begin(driver), begin(driver)];
    stated(driver, first, { remaining: 3 });
    stated(driver, second, { remaining: 3 });
    for (let i = 0; i < 3; i++) begin(driver);
    expect(obstacles(driver)).toEqual(["limit_of_headers"]);
  });
});

test("twenty in flight on a key that is limited are one event: one rest, one ramp", () => {
  const driver = driverOn();
  const running = Array.from({ length: 20 }, () => begin(driver));
  const untils = running.map((attempt) => {
    driver.judge(attempt, { kind: "rate-limited" });
    return driver.key("k").parts[0]?.until;
  });
  expect(new Set(untils).size).toBe(1);
  driver.now += 10 * SECOND;
  for (const attempt of running) driver.balancer.end(attempt, driver.now);
  expect(driver.changes.length).toBe(1);
  driver.now += MINUTE;
  const probe = begin(driver);
  expect(obstacles(driver)).toEqual(["ramp"]);
  driver.judge(probe, { kind: "success", complete: true, latencyMs: 1 });
  driver.balancer.end(probe, driver.now);
  begin(driver);
  begin(driver);
  expect(obstacles(driver)).toEqual(["ramp"]);
});

test("a daily refusal says nothing of the pace", () => {
  const driver = driverOn();
  driver.attempt("k", { kind: "rate-limited", retryAfterMs: SECOND, daily: true });
  driver.now += 2 * SECOND;
  for (let i = 0; i < 10; i++) begin(driver);
});

test("slots never leak: whatever is judged, settled and ended in any order, all are free at rest", () => {
  const steps = fc.array(
    fc.record({
      kind: fc.constantFrom("begin", "begin", "judge", "settle", "end"),
      at: fc.nat(20),
      effect: fc.constantFrom<Effect>(LIMITED, { kind: "rate-limited" }, { kind: "none" }, OK.effect),
      isSent: fc.boolean(),
      ms: fc.constantFrom(0, SECOND, MINUTE),
    }),
    { maxLength: 80, size: "max" },
  );
  fc.assert(
    fc.property(steps, (all) => {
      const driver = driverOn({ concurrency: 3, rpm: 50 }, { quotaGroup: "g" });
      const running: Attempt[] = [];
      for (const { kind, at, effect, isSent, ms } of all) {
        driver.now += ms;
        const attempt = running[at % Math.max(1, running.length)];
        if (kind === "begin" && obstacles(driver).length === 0) running.push(driver.begin("k", needing()));
        if (attempt === undefined) continue;
        if (kind === "judge") driver.balancer.judge(attempt, verdictOf(effect), driver.now);
        if (kind === "settle") driver.balancer.settle(attempt, { promptTokens: at }, isSent, driver.now);
        if (kind !== "end") continue;
        driver.balancer.end(attempt, driver.now);
        running.splice(running.indexOf(attempt), 1);
      }
      for (const attempt of running) driver.balancer.end(attempt, driver.now);
      driver.now += 100 * MINUTE;
      expect(obstacles(driver)).toEqual([]);
      const first = begin(driver);
      driver.balancer.judge(first, OK, driver.now);
      driver.balancer.end(first, driver.now);
      expect(driver.key("k").inFlight).toBe(0);
      for (const { name, used } of driver.key("k").limits) if (name === "concurrency") expect(used).toBe(0);
    }),
    { numRuns: 100 },
  );
});
