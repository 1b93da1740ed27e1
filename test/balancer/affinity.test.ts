// The ring, and what it is used for: the same beginning meets the same key, as long as that costs nobody anything.
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { Ring } from "../../src/balancer/affinity-ring.ts";
import type { KeySpec, PoolSpec } from "../../src/balancer/contract.ts";
import { KeyHealth } from "../../src/balancer/key-health.ts";
import { balancerOf, Driver, HOUR, keySpec, keySpecs, MINUTE, needOf, poolSpec, SECOND, seeded } from "./fixtures.ts";

const TEXTS = Array.from({ length: 4_000 }, (_, i) => `conversation ${i}`);

function ringOf(specs: readonly KeySpec[]): Ring {
  return new Ring(specs.map((spec) => new KeyHealth(spec)));
}

function ownersOf(ring: Ring): readonly string[] {
  return TEXTS.map((text) => {
    for (const key of ring.from(text)) return key.spec.id;
    return "";
  });
}

describe("Ring", () => {
  test("removing a key moves its own share only, and adding it again brings that back", () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 40 }), fc.nat(39), (count, at) => {
        const specs = keySpecs(count);
        const gone = `k${at % count}`;
        const before = ownersOf(ringOf(specs));
        const after = ownersOf(ringOf(specs.filter(({ id }) => id !== gone)));
        for (const [i, owner] of before.entries()) {
          if (owner === gone) expect(after[i]).not.toBe(gone);
          else expect(after[i]).toBe(owner);
        }
      }),
      { numRuns: 15 },
    );
  });

  test.each([
    [2, 1],
    [10, 1],
    [64, 1],
    [10, 3],
    [10, 20],
    [40, 0.5],
    [100, 8],
  ])("spreads texts over %d keys, one of which has %d times the weight", (count, weight) => {
    const specs = keySpecs(count).map((spec, i) => (i === 0 ? { ...spec, weight } : spec));
    const owners = Map.groupBy(ownersOf(ringOf(specs)), (id) => id);
    const fair = TEXTS.length / (count - 1 + weight);
    expect(owners.size).toBe(count);
    for (const [id, texts] of owners) {
      const share = texts.length / (id === "k0" ? fair * weight : fair);
      const [least, most] = id === "k0" && weight > 1 ? [0.7, 1.4] : [0.25, 2.5];
      expect([id, share > least && share < most]).toEqual([id, true]);
    }
  });

  test("names every key in the order of preference, the same each time", () => {
    const ring = ringOf(keySpecs(12));
    for (const text of TEXTS.slice(0, 50)) {
      const order = Array.from(ring.from(text), ({ spec }) => spec.id);
      expect(new Set(order).size).toBe(12);
      expect(Array.from(ring.from(text), ({ spec }) => spec.id)).toEqual(order);
    }
  });
});

function driverWith(keys: readonly KeySpec[], fields: Partial<PoolSpec> = {}): Driver {
  return new Driver(balancerOf([poolSpec("p", keys, { affinity: "auto", ...fields })], seeded(1)));
}

const needWith = (text: string) => needOf("p", { affinity: () => text });

describe("affinity", () => {
  test.each([2, 10, 64, 65, 300])("a conversation stays with its key, among %d", (count) => {
    const driver = driverWith(keySpecs(count));
    const first = driver.serve(needWith("c")).keyId;
    for (let i = 0; i < 20; i++) expect(driver.serve(needWith("c")).keyId).toBe(first);
  });

  test("conversations use all keys", () => {
    const driver = driverWith(keySpecs(10));
    const served = new Set(TEXTS.slice(0, 200).map((text) => driver.serve(needWith(text)).keyId));
    expect(served.size).toBe(10);
  });

  test.each<[string, Partial<PoolSpec>, string | undefined]>([
    ["where it is off", { affinity: "off" }, "c"],
    ["for a request without a beginning", {}, undefined],
  ])("is not asked for %s", (_, fields, text) => {
    const driver = driverWith(keySpecs(5), fields);
    const need = () => needOf("p", { affinity: () => text });
    expect(new Set(Array.from({ length: 5 }, () => driver.serve(need()).keyId)).size).toBe(5);
  });

  test("yields to health, to the same other key each time, and comes back", () => {
    const driver = driverWith(keySpecs(10));
    const home = driver.serve(needWith("c")).keyId;
    driver.attempt(home, { kind: "rate-limited", retryAfterMs: MINUTE });
    const other = driver.serve(needWith("c")).keyId;
    expect(other).not.toBe(home);
    expect(driver.serve(needWith("c")).keyId).toBe(other);
    driver.now += 2 * MINUTE;
    expect(driver.serve(needWith("c")).keyId).toBe(home);
  });

  test("leaves a half-open key to whoever comes by", () => {
    const driver = driverWith(keySpecs(10));
    const home = driver.serve(needWith("c")).keyId;
    driver.attempt(home, { kind: "key-exhausted", retryAfterMs: SECOND });
    driver.now += 2 * SECOND;
    // The strategy decides then, and it sends the probe.
    expect(driver.pick(needWith("c")).keyId).toBe(home);
    const probe = driver.begin(home, needOf("p"));
    expect(driver.pick(needWith("c")).keyId).not.toBe(home);
    driver.balancer.end(probe, driver.now);
  });

  test("no key takes more than 1.25 × the mean for its caches' sake", () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 30 }), fc.integer({ min: 1, max: 200 }), (count, requests) => {
        const driver = driverWith(keySpecs(count));
        for (let i = 0; i < requests; i++) driver.begin(driver.pick(needWith("the same")).keyId, needWith("the same"));
        const loads = driver.pool().keys.map(({ inFlight }) => inFlight);
        expect(Math.max(...loads)).toBeLessThanOrEqual(Math.ceil((1.25 * requests) / count + 1e-9));
      }),
      { numRuns: 40 },
    );
  });

  test("lower priorities still go first", () => {
    const keys = [keySpec("a"), keySpec("b"), keySpec("c", { priority: 1 }), keySpec("d", { priority: 1 })];
    const driver = driverWith(keys);
    for (const text of TEXTS.slice(0, 40)) expect(["a", "b"]).toContain(driver.serve(needWith(text)).keyId);
    for (const id of ["a", "b"]) driver.attempt(id, { kind: "key-cooled", forMs: HOUR });
    for (const text of TEXTS.slice(0, 40)) expect(["c", "d"]).toContain(driver.serve(needWith(text)).keyId);
  });
});
