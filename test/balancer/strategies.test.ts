// Every strategy: who is next, in what proportion, in small pools and in those that are sampled.
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { KeySpec, Strategy } from "../../src/balancer/contract.ts";
import {
  balancerOf,
  countServed,
  Driver,
  HOUR,
  keySpec,
  keySpecs,
  MINUTE,
  needOf,
  OK,
  poolSpec,
  SECOND,
  seeded,
} from "./fixtures.ts";

function driverWith(strategy: Strategy, keys: readonly KeySpec[], seed = 1): Driver {
  return new Driver(balancerOf([poolSpec("p", keys, { strategy })], seeded(seed)));
}

const need = () => needOf("p");

/** Keys of which every third has three times the weight. */
function unequal(count: number): readonly KeySpec[] {
  return Array.from({ length: count }, (_, i) => keySpec(`k${i}`, { weight: i % 3 === 0 ? 3 : 1 }));
}

function expectShares(served: ReadonlyMap<string, number>, keys: readonly KeySpec[], tolerance: number): void {
  const weights = keys.reduce((sum, { weight }) => sum + weight, 0);
  const requests = [...served.values()].reduce((sum, count) => sum + count, 0);
  for (const { id, weight } of keys) {
    const share = (served.get(id) ?? 0) / ((requests * weight) / weights);
    expect([id, share > 1 - tolerance && share < 1 + tolerance]).toEqual([id, true]);
  }
}

describe("weights", () => {
  test.each<[Strategy, number, number]>([
    ["balanced", 9, 0.02],
    ["balanced", 90, 0.35],
    ["round_robin", 9, 0.02],
    ["round_robin", 90, 0.35],
    ["least_used", 9, 0.02],
    ["least_used", 90, 0.35],
    ["random", 9, 0.15],
    ["random", 90, 0.35],
  ])("%s keeps to them among %d keys", (strategy, count, tolerance) => {
    const keys = unequal(count);
    expectShares(countServed(driverWith(strategy, keys), need, 200 * count), keys, tolerance);
  });

  test("balanced counts what is in flight by weight", () => {
    const driver = driverWith("balanced", unequal(6));
    for (let i = 0; i < 30; i++) driver.begin(driver.pick().keyId, need());
    expect(driver.pool().keys.map(({ inFlight }) => inFlight)).toEqual([9, 3, 3, 9, 3, 3]);
  });
});

describe("fill_first", () => {
  test.each([5, 100])("takes the first of %d that can serve", (count) => {
    const driver = driverWith("fill_first", keySpecs(count));
    for (let i = 0; i < 5; i++) expect(driver.serve(need()).keyId).toBe("k0");
    driver.attempt("k0", { kind: "rate-limited", retryAfterMs: MINUTE });
    driver.attempt("k1", { kind: "key-cooled", forMs: HOUR });
    expect(driver.serve(need()).keyId).toBe("k2");
    driver.now += 2 * MINUTE;
    expect(driver.serve(need()).keyId).toBe("k0");
  });

  test("fills a key up to its limit before it takes the next", () => {
    const keys = keySpecs(3).map((spec) => ({ ...spec, limits: { concurrency: 2, day: "UTC" } }));
    const driver = driverWith("fill_first", keys);
    const order = Array.from({ length: 6 }, () => driver.begin(driver.pick().keyId, need()).candidate.keyId);
    expect(order).toEqual(["k0", "k0", "k1", "k1", "k2", "k2"]);
    expect(driver.none()?.code).toBe("limited");
  });
});

describe("least_used", () => {
  test("takes whoever was used least within 24 hours", () => {
    const driver = driverWith("least_used", keySpecs(3));
    for (const [id, uses] of [
      ["k0", 5],
      ["k1", 2],
      ["k2", 4],
    ] as const) {
      for (let i = 0; i < uses; i++) driver.attempt(id, { kind: "success", complete: true, latencyMs: 1 });
    }
    expect(driver.pick().keyId).toBe("k1");
    for (let i = 0; i < 4; i++) driver.serve(need());
    expect(driver.pool().keys.map(({ used }) => used)).toEqual([5, 5, 5]);
    driver.now += 25 * HOUR;
    expectShares(countServed(driver, need, 9), keySpecs(3), 0.01);
  });
});

describe("headroom", () => {
  const stated = (remaining: number) => ({
    ...OK,
    quota: {
      readings: [{ unit: "requests" as const, limit: 100, remaining, resetMs: MINUTE, form: "fixed" as const }],
    },
  });

  test.each([3, 100])("takes whoever has the largest share left of %d", (count) => {
    const driver = driverWith("headroom", keySpecs(count));
    for (let i = 0; i < count; i++) {
      const attempt = driver.begin(`k${i}`, need());
      driver.balancer.judge(attempt, stated(i === 1 ? 90 : 50), driver.now);
      driver.balancer.end(attempt, driver.now);
    }
    // Of a large pool eight are looked at, others each time.
    const served = countServed(driver, need, 100).get("k1") ?? 0;
    expect(served).toBeGreaterThanOrEqual(count < 64 ? 40 : 8);
  });

  test("reads limits of every level, the tightest counts", () => {
    const day = "UTC";
    const keys = [
      keySpec("a", { limits: { rpm: 10, day } }),
      keySpec("b", { limits: { rpm: 100, day }, modelLimits: () => ({ rpm: 5, day }) }),
      keySpec("c", { limits: { rpm: 100, tpm: 1_000, day } }),
    ];
    const driver = driverWith("headroom", keys);
    const costly = () => needOf("p", { estimate: () => ({ input: 500, maxOutput: 0 }) });
    for (const id of ["a", "b", "c"]) driver.attempt(id, { kind: "success", complete: true, latencyMs: 1 }, costly());
    // Left: a 9 of 10, b 4 of 5, c 500 of 1,000.
    expect(driver.pick().keyId).toBe("a");
    driver.attempt("a", { kind: "success", complete: true, latencyMs: 1 });
    driver.attempt("a", { kind: "success", complete: true, latencyMs: 1 });
    expect(driver.pick().keyId).toBe("b");
  });

  test("without known limits it takes turns", () => {
    expectShares(countServed(driverWith("headroom", keySpecs(7)), need, 70), keySpecs(7), 0.01);
  });
});

describe("no key starves", () => {
  const strategies = fc.constantFrom<Strategy>("balanced", "round_robin", "random", "least_used");
  const weights = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 150, size: "max" });

  test("each usable key is served within a bounded number of requests, whatever rests beside it", () => {
    fc.assert(
      fc.property(strategies, weights, fc.integer(), (strategy, all, seed) => {
        const keys = all.map((weight, i) => keySpec(`k${i}`, { weight }));
        const driver = driverWith(strategy, keys, seed);
        for (let i = 0; i < all.length; i += 5) driver.attempt(`k${i}`, { kind: "key-cooled", forMs: HOUR });
        const usable = keys.filter((_, i) => i % 5 > 0);
        const sum = all.reduce((total, weight) => total + weight, 0);
        const served = new Set<string>();
        let requests = 0;
        for (; served.size < usable.length && requests < 40 * sum; requests++) served.add(driver.serve(need()).keyId);
        expect(served.size).toBe(usable.length);
      }),
      { numRuns: 20 },
    );
  });

  test("nor is one that returns from a rest given all requests, or none", () => {
    for (const strategy of ["balanced", "round_robin", "random", "least_used"] as const) {
      for (const count of [8, 100]) {
        const driver = driverWith(strategy, keySpecs(count));
        driver.attempt("k3", { kind: "rate-limited", retryAfterMs: 10 * SECOND });
        countServed(driver, need, 10 * count);
        driver.now += 20 * SECOND;
        const served = countServed(driver, need, 30 * count).get("k3") ?? 0;
        expect(served).toBeGreaterThanOrEqual(5);
        expect(served).toBeLessThanOrEqual(60);
      }
    }
  });
});
