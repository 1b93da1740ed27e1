// Which candidate a request gets: rotation, weights, priorities, tiers, and what was tried before.
import { describe, expect, test } from "bun:test";
import type { Effect } from "../../src/core/verdict.ts";
import {
  balancerOf,
  countServed,
  Driver,
  driverOf,
  FALLBACK,
  HOUR,
  keySpec,
  keySpecs,
  MINUTE,
  needFor,
  needOf,
  poolSpec,
  SECOND,
  START,
  seeded,
  tried,
  twoProviders,
} from "./fixtures.ts";

describe("pick: within a tier", () => {
  test.each([1, 2, 5, 64])("serial requests rotate through %d keys", (keys) => {
    const driver = driverOf(keys);
    const turn = () => Array.from({ length: keys }, () => driver.serve(needOf("p")).keyId);
    const first = turn();
    expect(new Set(first).size).toBe(keys);
    expect(turn()).toEqual(first);
  });

  test("serial requests rotate through 1,000 keys too", () => {
    const driver = driverOf(1_000);
    const counts = countServed(driver, () => needOf("p"), 3_000);
    expect([...counts.values()]).toEqual(Array.from({ length: 1_000 }, () => 3));
  });

  test("unequal weights are spread smoothly", () => {
    const keys = [keySpec("a", { weight: 5 }), keySpec("b"), keySpec("c")];
    const driver = new Driver(balancerOf([poolSpec("p", keys)]));
    const order = Array.from({ length: 14 }, () => driver.serve(needOf("p")).keyId).join("");
    expect(order.slice(0, 7).split("a").length - 1).toBe(5);
    expect(order.slice(7).split("a").length - 1).toBe(5);
    expect(order).not.toMatch(/a{7}/);
  });

  test.each([
    ["3 keys", 3],
    ["300 keys", 300],
  ])("weights are respected over many serial requests (%s)", (_name, count) => {
    const keys = keySpecs(count).map((key, i) => ({ ...key, weight: 1 + (i % 3) }));
    const driver = new Driver(balancerOf([poolSpec("p", keys)]));
    const counts = countServed(driver, () => needOf("p"), count * 200);
    const shares = [0, 1, 2].map((rest) =>
      keys.filter((_, i) => i % 3 === rest).reduce((sum, key) => sum + (counts.get(key.id) ?? 0), 0),
    );
    const total = count * 200;
    for (const [i, share] of shares.entries()) expect(Math.abs(share / total - (i + 1) / 6)).toBeLessThan(0.02);
    expect(counts.size).toBe(count);
  });

  test("a heavy key among many light ones gets its share", () => {
    const keys = keySpecs(100).map((key, i) => (i === 7 ? { ...key, weight: 50 } : key));
    const driver = new Driver(balancerOf([poolSpec("p", keys)]));
    const counts = countServed(driver, () => needOf("p"), 14_900);
    expect(Math.abs((counts.get("k7") ?? 0) - 5_000)).toBeLessThan(250);
  });

  test("the key with the fewest requests in flight per weight is next", () => {
    const keys = [keySpec("a", { weight: 3 }), keySpec("b", { weight: 1 })];
    const driver = new Driver(balancerOf([poolSpec("p", keys)]));
    const picks = Array.from({ length: 8 }, () => {
      const need = needOf("p");
      const candidate = driver.pick(need);
      driver.balancer.begin(candidate, need, driver.now);
      return candidate.keyId;
    });
    expect(picks.filter((id) => id === "a")).toHaveLength(6);
  });

  test("a key that returns from a rest is not given all the turns that it missed", () => {
    const driver = driverOf(3);
    driver.attempt("k0", { kind: "rate-limited", retryAfterMs: MINUTE });
    for (let i = 0; i < 50; i++) driver.serve(needOf("p"));
    driver.now += 2 * MINUTE;
    const counts = countServed(driver, () => needOf("p"), 9);
    expect(counts.get("k0") ?? 0).toBeLessThanOrEqual(5);
  });

  test("keys are found among 10,000 of which all but one rest", () => {
    const driver = driverOf(10_000);
    for (let i = 0; i < 10_000; i++) {
      if (i !== 4_321) driver.attempt(`k${i}`, { kind: "rate-limited", retryAfterMs: HOUR }, needOf("p"));
    }
    expect(driver.pick().keyId).toBe("k4321");
  });
});

describe("pick: tiers", () => {
  test("lower priorities go first and are used up before the next", () => {
    const keys = [keySpec("c", { priority: 2 }), keySpec("a", { priority: 0 }), keySpec("b", { priority: 1 })];
    const driver = new Driver(balancerOf([poolSpec("p", keys)]));
    const order: string[] = [];
    for (let i = 0; i < 3; i++) {
      const { keyId } = driver.serve(needOf("p"));
      order.push(keyId);
      driver.attempt(keyId, { kind: "rate-limited", retryAfterMs: HOUR });
    }
    expect(order).toEqual(["a", "b", "c"]);
  });

  test("the position in the route counts before priority", () => {
    const pools = [poolSpec("p", [keySpec("k0", { priority: 9 })]), poolSpec("q", [keySpec("q0", { priority: 0 })])];
    expect(new Driver(balancerOf(pools)).pick(needFor(FALLBACK)).keyId).toBe("k0");
  });

  test("a tier of several providers is one rotation over all their keys", () => {
    const driver = new Driver(balancerOf([poolSpec("p", keySpecs(2)), poolSpec("q", keySpecs(4, "q"))]));
    const route = [
      [
        { provider: "p", model: "a" },
        { provider: "q", model: "b" },
      ],
    ];
    const counts = countServed(driver, () => needFor(route), 60);
    expect([...counts.values()]).toEqual([10, 10, 10, 10, 10, 10]);
  });

  test("two models of one provider in a tier take turns", () => {
    const driver = driverOf(2);
    const route = [
      [
        { provider: "p", model: "a" },
        { provider: "p", model: "b" },
      ],
    ];
    const models = Array.from({ length: 40 }, () => driver.serve(needFor(route)).model);
    expect(models.filter((model) => model === "a")).toHaveLength(20);
  });

  test("a key serves only its models, and any request without one", () => {
    const keys = [
      keySpec("a", { serves: (model) => model === "x" }),
      keySpec("b", { serves: (model) => model === "y" }),
    ];
    const driver = new Driver(balancerOf([poolSpec("p", keys)]));
    const forModel = (model: string | undefined) => needFor([[{ provider: "p", model }]]);
    expect(driver.pick(forModel("x")).keyId).toBe("a");
    expect(driver.pick(forModel("y")).keyId).toBe("b");
    expect(driver.none(forModel("z"))).toEqual({ code: "no-key" });
    expect(countServed(driver, () => forModel(undefined), 4).size).toBe(2);
  });
});

describe("pick: preference between providers", () => {
  test.each<[string, Effect]>([
    ["unreachable", { kind: "unreachable" }],
    ["overloaded", { kind: "overloaded" }],
    ["server-error", { kind: "server-error" }],
  ])("after %s another provider goes first, then the failed one again", (_name, effect) => {
    const driver = twoProviders();
    const need = needFor(FALLBACK);
    const first = [tried("p", "k0", effect)];
    expect(driver.balancer.pick(need, first, START)).toMatchObject({
      kind: "candidate",
      candidate: { provider: "q" },
      again: false,
    });
    const both = [...first, tried("q", "q0", effect)];
    expect(driver.balancer.pick(need, both, START)).toMatchObject({ candidate: { keyId: "k1" }, again: true });
    const three = [...both, tried("p", "k1", effect)];
    expect(driver.balancer.pick(need, three, START)).toMatchObject({ candidate: { keyId: "q1" }, again: true });
    const all = [...three, tried("q", "q1", effect)];
    expect(driver.balancer.pick(need, all, START)).toMatchObject({ candidate: { keyId: "k0" }, again: true });
  });

  test("an open provider is left to the others, and waited for where there are none", () => {
    const driver = twoProviders();
    for (let i = 0; i < 5; i++) driver.attempt("k0", { kind: "unreachable" }, needOf("p", { client: `c${i}` }));
    const need = needFor(FALLBACK);
    expect(driver.pick(need).provider).toBe("q");
    const failed = [tried("q", "q0", { kind: "server-error" })];
    expect(driver.balancer.pick(need, failed, START)).toMatchObject({ candidate: { provider: "q" }, again: true });
    const until = START + 5 * SECOND;
    const reason = { code: "open", retryAt: until } as const;
    expect(driver.balancer.pick(needOf("p"), [], START)).toEqual({ kind: "wait", until, reason });
  });

  test("a key-blamed refusal rotates within the provider and is no retry", () => {
    const driver = twoProviders();
    const past = [tried("p", "k0", { kind: "key-refused" })];
    expect(driver.balancer.pick(needFor(FALLBACK), past, START)).toMatchObject({
      candidate: { keyId: "k1" },
      again: false,
    });
  });

  test("a refused region is left for this request, also when nothing else remains", () => {
    const driver = twoProviders();
    const past = [tried("p", "k0", { kind: "region-refused" })];
    expect(driver.pick(needFor(FALLBACK), past).provider).toBe("q");
    expect(driver.none(needOf("p"), past)).toEqual({ code: "all-tried" });
  });
});

test("pick consumes no state, whatever it is asked", () => {
  const driver = driverOf(100, {}, seeded(1));
  const before = JSON.stringify(driver.balancer.report(START));
  const first = driver.pick();
  for (let i = 0; i < 10; i++) expect(driver.pick()).toEqual(first);
  expect(JSON.stringify(driver.balancer.report(START))).toBe(before);
});
