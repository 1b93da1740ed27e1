// Pools of more than 64 keys, where keys sleep until they can serve: nobody who could serve may be asleep.
import { describe, expect, test } from "bun:test";
import type { KeySpec, Need, Tried } from "../../src/balancer/contract.ts";
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
  OK,
  poolSpec,
  SECOND,
  SETTINGS,
  seeded,
  tried,
  verdictOf,
} from "./fixtures.ts";

const MANY = 65;

function poolOf(fields: Partial<KeySpec> | ((i: number) => Partial<KeySpec>)): Driver {
  const of = typeof fields === "function" ? fields : () => fields;
  const keys = Array.from({ length: MANY }, (_, i) => keySpec(`k${i}`, of(i)));
  return new Driver(balancerOf([poolSpec("p", keys)], seeded(1)));
}

/** Refuses every key with one effect, and looks, so that all of them sleep. */
function refuseAll(driver: Driver, effect: Effect, need: Need = needOf("p")): void {
  for (let i = 0; i < MANY; i++) driver.attempt(`k${i}`, effect, need);
  expect(driver.balancer.pick(need, [], driver.now).kind).not.toBe("candidate");
}

describe("a key that sleeps wakes", () => {
  test("when its probe has answered, though its stream goes on", () => {
    const driver = driverOf(MANY);
    refuseAll(driver, { kind: "key-cooled", forMs: HOUR });
    driver.now += SECOND;
    driver.balancer.reset([{ provider: "p", keyId: "k7" }], driver.now);
    driver.attempt("k7", { kind: "key-exhausted", retryAfterMs: SECOND });
    driver.now += 2 * SECOND;
    const probe = driver.begin("k7", needOf("p"));
    expect(driver.none()?.code).toBe("exhausted");
    driver.balancer.judge(probe, OK, driver.now);
    expect(driver.pick().keyId).toBe("k7");
  });

  test("when the suspicion that it was refused for is lifted", () => {
    const driver = driverOf(MANY);
    driver.attempt("k0", { kind: "key-exhausted" });
    expect(driver.pick().keyId).not.toBe("k0");
    for (let i = 1; i < MANY; i++) driver.attempt(`k${i}`, { kind: "key-exhausted" });
    driver.now += 11 * SECOND;
    const { keyId } = driver.pick();
    driver.attempt(keyId, { kind: "success", complete: true, latencyMs: 1 });
    expect(countServed(driver, () => needOf("p"), 10 * MANY).size).toBe(MANY);
  });

  test("when its rest is capped because the provider became suspect", () => {
    const driver = driverOf(MANY);
    const need = needOf("p");
    for (let i = 0; i < 31; i++) {
      driver.attempt(`k${i}`, { kind: "key-invalid" });
      driver.balancer.hasOther(need, [tried("p", `k${MANY - 1}`, { kind: "key-invalid" })], driver.now);
    }
    for (let i = 31; i < MANY; i++) driver.attempt(`k${i}`, { kind: "key-invalid" });
    driver.now += 61 * SECOND;
    const asked: Tried[] = [];
    for (let i = 0; i < MANY; i++) {
      const pick = driver.balancer.pick(need, asked, driver.now);
      if (pick.kind !== "candidate") break;
      asked.push({ candidate: pick.candidate, verdict: verdictOf({ kind: "key-invalid" }) });
    }
    expect(asked.length).toBe(MANY);
  });

  test("when an operator lets it in again", () => {
    const driver = driverOf(MANY);
    const all = Array.from({ length: MANY }, (_, i) => ({ provider: "p", keyId: `k${i}` }));
    driver.balancer.setDisabled(all, true, driver.now);
    expect(driver.none()?.code).toBe("no-key");
    driver.balancer.setDisabled(all.slice(3, 4), false, driver.now);
    expect(driver.pick().keyId).toBe("k3");
  });

  test("when the answer of another key of its quota group states more room", () => {
    const driver = poolOf({ quotaGroup: "g" });
    const reading = { unit: "requests", limit: 100, form: "fixed", resetMs: MINUTE } as const;
    const first = driver.begin("k0", needOf("p"));
    const second = driver.begin("k1", needOf("p"));
    const quota = (remaining: number) => ({ ...OK, quota: { readings: [{ ...reading, remaining }] } });
    driver.balancer.judge(first, quota(0), driver.now);
    expect(driver.none()).toEqual({ code: "limited", retryAt: driver.now + MINUTE });
    driver.now += SECOND;
    driver.balancer.judge(second, quota(50), driver.now);
    driver.now += SECOND;
    expect(driver.balancer.pick(needOf("p"), [], driver.now).kind).toBe("candidate");
  });
});

test("a provider that lets nobody in asks only until one key could serve", () => {
  let asked = 0;
  const serves = () => {
    asked += 1;
    return true;
  };
  const driver = poolOf({ serves });
  for (let i = 0; i < 5; i++) driver.attempt("k0", { kind: "unreachable" }, needOf("p", { client: `client-${i}` }));
  asked = 0;
  expect(driver.none()).toEqual({ code: "open", retryAt: driver.now + 5 * SECOND });
  expect(asked).toBeLessThan(5);
});

test("where all keys of all providers sleep, nobody asks them one by one", () => {
  let asked = 0;
  const serves = () => {
    asked += 1;
    return true;
  };
  const pools = ["p", "q"].map((name) =>
    poolSpec(
      name,
      keySpecs(MANY, name).map((spec) => ({ ...spec, serves })),
    ),
  );
  const driver = new Driver(balancerOf(pools));
  const effects: readonly Effect[] = [{ kind: "rate-limited", retryAfterMs: 10 * SECOND }, { kind: "key-invalid" }];
  for (const [place, { provider, keys }] of pools.entries()) {
    for (const { id } of keys.slice(0, -1)) driver.attempt(id, effects[place] as Effect, needOf(provider));
    driver.balancer.setDisabled([{ provider, keyId: `${provider}${MANY - 1}` }], true, driver.now);
  }
  driver.balancer.resetProvider("q", undefined, driver.now);
  const need = needFor(FALLBACK);
  const past = [tried("p", "p0", { kind: "rate-limited" }), tried("q", "q0", { kind: "key-invalid" })];
  const first = driver.balancer.pick(need, [], driver.now);
  expect(first).toMatchObject({ kind: "wait", reason: { code: "limited" } });
  asked = 0;
  for (let i = 0; i < 100; i++) expect(driver.balancer.pick(need, i % 2 === 0 ? [] : past, driver.now)).toEqual(first);
  expect(asked).toBe(0);
});

describe("a request that spends less", () => {
  test("that is free finds keys whose limit is used up", () => {
    const driver = poolOf({ limits: { rpm: 1, day: "UTC" } });
    const route = [[{ provider: "p", model: undefined }]];
    for (let i = 0; i < MANY; i++) driver.serve(needFor(route));
    expect(driver.none(needFor(route))?.code).toBe("limited");
    expect(driver.balancer.pick(needFor(route, { isFree: true }), [], driver.now).kind).toBe("candidate");
    expect(driver.none(needFor(route))?.code).toBe("limited");
  });

  test("that spends no tokens finds keys whose tokens are used up", () => {
    const driver = poolOf({ limits: { tpm: 10, day: "UTC" } });
    const costly = () => needOf("p", { estimate: () => ({ input: 10, maxOutput: 0 }) });
    for (let i = 0; i < MANY; i++) driver.serve(costly());
    expect(driver.none(costly())?.code).toBe("limited");
    expect(driver.balancer.pick(needOf("p"), [], driver.now).kind).toBe("candidate");
  });
});

test("a request that was a probe already takes a key that is known to work, however few they are", () => {
  const driver = driverOf(200, {}, seeded(1));
  for (let i = 0; i < 195; i++) {
    driver.attempt(`k${i}`, { kind: "key-exhausted", retryAfterMs: SECOND });
    if (i % 4 === 0) driver.attempt("k199", { kind: "success", complete: true, latencyMs: 1 });
  }
  driver.now += MINUTE;
  for (let i = 0; i < 30; i++) {
    const need = needOf("p");
    const probe = driver.pick(need);
    driver.attempt(probe.keyId, { kind: "key-exhausted", retryAfterMs: HOUR }, need);
    driver.attempt("k199", { kind: "success", complete: true, latencyMs: 1 });
    const next = driver.pick(need, [tried("p", probe.keyId, { kind: "key-exhausted" })]);
    expect(Number(next.keyId.slice(1))).toBeGreaterThanOrEqual(195);
  }
});

test("keys of unequal weights are drawn in proportion", () => {
  const keys = Array.from({ length: 100 }, (_, i) => keySpec(`k${i}`, { weight: i === 50 ? 11 : 1 }));
  const driver = new Driver(balancerOf([poolSpec("p", keys, { strategy: "random" })], seeded(3)));
  const served = countServed(driver, () => needOf("p"), 4_400);
  expect(served.size).toBe(100);
  expect(served.get("k50")).toBeGreaterThan(440 * 0.8);
  expect(served.get("k50")).toBeLessThan(440 * 1.2);
});

test.each([
  [100, 10, 1],
  [100, 100, 1],
  [10, 100, 4],
])("random draws in proportion over a tier of %d and of %d keys, these of weight %d", (few, many, weight) => {
  const specs = [
    poolSpec("p", keySpecs(few)),
    poolSpec(
      "q",
      keySpecs(many, "q").map((spec) => ({ ...spec, weight })),
    ),
  ];
  const driver = new Driver(balancerOf(specs, seeded(5), { ...SETTINGS, strategy: "random" }));
  const route = [["p", "q"].map((provider) => ({ provider, model: "known" }))];
  const served = countServed(driver, () => needFor(route), 2_000);
  const ofMany = [...served].reduce((sum, [id, count]) => sum + (id.startsWith("q") ? count : 0), 0);
  const share = ofMany / 2_000 / ((many * weight) / (few + many * weight));
  expect(share).toBeGreaterThan(0.8);
  expect(share).toBeLessThan(1.25);
});

test("what blocks one operation on every key keeps the others in", () => {
  const driver = poolOf({});
  for (let i = 0; i < MANY; i++) driver.attempt(`k${i}`, { kind: "operation-blocked" });
  expect(driver.balancer.pick(needOf("p"), [], driver.now).kind).not.toBe("candidate");
  expect(driver.balancer.pick(needOf("p", { operation: "embeddings" }), [], driver.now).kind).toBe("candidate");
});

test("a smaller request finds the room that a larger one does not", () => {
  const driver = poolOf({ limits: { tpm: 1_000, day: "rolling" } });
  const of = (input: number) => needOf("p", { estimate: () => ({ input, maxOutput: 0 }) });
  for (let i = 0; i < MANY; i++) driver.balancer.begin(driver.pick(of(600)), of(600), driver.now);
  for (const input of [500, 600, 700]) {
    expect(driver.balancer.pick(of(input), [], driver.now).kind).not.toBe("candidate");
  }
  for (let i = 0; i < MANY; i++) driver.balancer.begin(driver.pick(of(350)), of(350), driver.now);
  expect(driver.balancer.pick(of(350), [], driver.now).kind).not.toBe("candidate");
});
