// Which candidate a request gets: rotation, weights, priorities, tiers, and what was tried before.
import { describe, expect, test } from "bun:test";
import type { Need } from "../../src/balancer/contract.ts";
import type { Effect } from "../../src/core/verdict.ts";
import {
  balancerOf,
  Driver,
  driverOf,
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
} from "./fixtures.ts";

const FALLBACK = [[{ provider: "p", model: "known" }], [{ provider: "q", model: "known" }]];

function twoProviders(): Driver {
  return new Driver(balancerOf([poolSpec("p", keySpecs(2)), poolSpec("q", keySpecs(2, "q"))]));
}

function countServed(driver: Driver, need: () => Need, requests: number): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (let i = 0; i < requests; i++) {
    const { keyId } = driver.serve(need());
    counts.set(keyId, (counts.get(keyId) ?? 0) + 1);
  }
  return counts;
}

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
    expect(driver.balancer.pick(need, all, START)).toEqual({ kind: "none", reason: { code: "all-tried" } });
  });

  test("an open provider goes after the others, and before those that failed in this request", () => {
    const driver = twoProviders();
    for (let i = 0; i < 5; i++) driver.attempt("k0", { kind: "unreachable" }, needOf("p", { client: `c${i}` }));
    const need = needFor(FALLBACK);
    expect(driver.pick(need).provider).toBe("q");
    const failed = [tried("q", "q0", { kind: "server-error" })];
    expect(driver.balancer.pick(need, failed, START)).toMatchObject({ candidate: { provider: "p" }, again: false });
    expect(driver.pick(needOf("p")).provider).toBe("p");
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

describe("pick: what was tried", () => {
  test("a verdict on a key excludes the key, one on key×model only that model", () => {
    const driver = driverOf(1);
    const route = [[{ provider: "p", model: "known" }], [{ provider: "p", model: "other" }]];
    const limited = [tried("p", "k0", { kind: "rate-limited", retryAfterMs: 1 })];
    expect(driver.pick(needFor(route), limited).model).toBe("other");
    const refused = [tried("p", "k0", { kind: "key-refused" })];
    expect(driver.none(needFor(route), refused)).toEqual({ code: "all-tried" });
  });

  test("a lone candidate is tried again after a transient fault, as a retry", () => {
    const driver = driverOf(1);
    const past = [tried("p", "k0", { kind: "server-error" })];
    expect(driver.balancer.pick(needOf("p"), past, START)).toMatchObject({ candidate: { keyId: "k0" }, again: true });
    const twice = [...past, tried("p", "k0", { kind: "overloaded" })];
    expect(driver.balancer.pick(needOf("p"), twice, START)).toMatchObject({ candidate: { keyId: "k0" }, again: true });
  });

  test("the last usable candidate is a lone one while all others rest", () => {
    const driver = driverOf(3);
    driver.attempt("k1", { kind: "key-invalid" });
    driver.attempt("k2", { kind: "rate-limited", retryAfterMs: MINUTE });
    const past = [tried("p", "k1", { kind: "key-invalid" }), tried("p", "k0", { kind: "unreachable" })];
    expect(driver.balancer.pick(needOf("p"), past, START)).toMatchObject({ candidate: { keyId: "k0" }, again: true });
  });

  test("two candidates that both failed are not tried again", () => {
    const driver = driverOf(2);
    const past = [tried("p", "k0", { kind: "server-error" }), tried("p", "k1", { kind: "server-error" })];
    expect(driver.none(needOf("p"), past)).toEqual({ code: "all-tried" });
  });

  test("a lone candidate that refused is not tried again", () => {
    const driver = driverOf(1);
    expect(driver.none(needOf("p"), [tried("p", "k0", { kind: "key-refused" })])).toEqual({ code: "all-tried" });
  });

  test("hasOther says whether a candidate is left besides those tried, with or without a verdict", () => {
    const { balancer } = driverOf(2);
    const candidate = { provider: "p", keyId: "k0", model: "known" };
    expect(balancer.hasOther(needOf("p"), [{ candidate }], START)).toBe(true);
    expect(balancer.hasOther(needOf("p"), [{ candidate }, tried("p", "k1", { kind: "server-error" })], START)).toBe(
      false,
    );
  });
});

describe("pick: a pinned key", () => {
  const need = () => needFor(FALLBACK, { pinnedKey: "k1" });

  test("serves alone, whatever its priority or turn", () => {
    const driver = new Driver(
      balancerOf([poolSpec("p", [keySpec("k0"), keySpec("k1", { priority: 5 })]), poolSpec("q", keySpecs(1, "q"))]),
    );
    expect(countServed(driver, need, 5)).toEqual(new Map([["k1", 5]]));
  });

  test("is asked again after a transient fault, and its rests count", () => {
    const driver = twoProviders();
    const past = [tried("p", "k1", { kind: "server-error" })];
    expect(driver.balancer.pick(need(), past, START)).toMatchObject({ candidate: { keyId: "k1" }, again: true });
    driver.attempt("k1", { kind: "rate-limited", retryAfterMs: 20 * SECOND });
    expect(driver.none(need())).toEqual({ code: "limited", retryAt: START + 21 * SECOND });
    driver.attempt("k1", { kind: "key-invalid" });
    expect(driver.none(need())).toEqual({ code: "no-key" });
  });

  test("that does not exist serves nothing", () => {
    expect(twoProviders().none(needFor(FALLBACK, { pinnedKey: "gone" }))).toEqual({ code: "no-key" });
  });
});

describe("pick: the reason for none", () => {
  const limited: Effect = { kind: "rate-limited", retryAfterMs: 20 * SECOND };

  test.each<[string, readonly [string, Effect][], object]>([
    [
      "no key at all",
      [
        ["k0", { kind: "key-invalid" }],
        ["k1", { kind: "key-invalid" }],
      ],
      { code: "no-key" },
    ],
    [
      "limited, at the earliest time back",
      [
        ["k0", limited],
        ["k1", { kind: "rate-limited", retryAfterMs: 10 * SECOND }],
      ],
      { code: "limited", retryAt: START + 10.5 * SECOND },
    ],
    [
      "limited before exhausted",
      [
        ["k0", { kind: "key-exhausted" }],
        ["k1", limited],
      ],
      { code: "limited", retryAt: START + 21 * SECOND },
    ],
    [
      "exhausted before no key",
      [
        ["k0", { kind: "key-exhausted" }],
        ["k1", { kind: "key-invalid" }],
      ],
      { code: "exhausted", retryAt: START + HOUR },
    ],
    [
      "a limit on a dead key is none",
      [
        ["k0", limited],
        ["k0", { kind: "key-invalid" }],
        ["k1", { kind: "key-invalid" }],
      ],
      { code: "no-key" },
    ],
  ])("%s", (_name, events, reason) => {
    const driver = driverOf(2);
    for (const [keyId, effect] of events) driver.attempt(keyId, effect);
    expect(driver.none()).toEqual(reason as never);
  });

  test.each<[string, Effect, string]>([
    ["a transient fault of a usable key says more than the limits of others", { kind: "server-error" }, "all-tried"],
    ["a refusal of a usable key says less than the limits of others", { kind: "key-refused" }, "limited"],
  ])("%s", (_name, effect, code) => {
    const driver = driverOf(3);
    driver.attempt("k0", limited);
    expect(driver.none(needOf("p"), [tried("p", "k1", effect), tried("p", "k2", effect)])?.code).toBe(code as never);
  });

  test.each([
    ["an unknown provider", needOf("nobody")],
    ["an empty route", needFor([])],
  ])("%s is no key", (_name, need) => {
    expect(driverOf(1).none(need)).toEqual({ code: "no-key" });
  });
});

test("pick consumes no state, whatever it is asked", () => {
  const driver = driverOf(100, {}, seeded(1));
  const before = JSON.stringify(driver.balancer.report(START));
  const first = driver.pick();
  for (let i = 0; i < 10; i++) expect(driver.pick()).toEqual(first);
  expect(JSON.stringify(driver.balancer.report(START))).toBe(before);
});
