// What is told to whoever cannot be served now: until when, and why.
import { describe, expect, test } from "bun:test";
import type { KeySpec, NoneReason } from "../../src/balancer/contract.ts";
import type { Effect } from "../../src/core/verdict.ts";
import {
  balancerOf,
  Driver,
  driverOf,
  HOUR,
  keySpec,
  keySpecs,
  MINUTE,
  needOf,
  poolSpec,
  SECOND,
  tried,
} from "./fixtures.ts";

const MANY = 70;

function all(driver: Driver, count: number, effect: Effect): void {
  for (let i = 0; i < count; i++) driver.attempt(`k${i}`, effect, needOf("p", { client: `c${i}` }));
}

describe.each([2, MANY])("among %d keys", (count) => {
  test.each<[string, Effect, NoneReason["code"], number]>([
    ["a rate limit", { kind: "rate-limited", retryAfterMs: 10 * SECOND }, "limited", 10.5 * SECOND],
    ["a limit of the day", { kind: "rate-limited", retryAfterMs: HOUR, daily: true }, "limited", HOUR],
  ])("%s is waited for until it is over", (_, effect, code, ms) => {
    const driver = driverOf(count);
    all(driver, count, effect);
    const expected = { kind: "wait", until: driver.now + ms, reason: { code, retryAt: driver.now + ms } };
    expect(driver.balancer.pick(needOf("p"), [], driver.now)).toEqual(expected as never);
    // Asked again it says the same, though a large pool is not asked key by key.
    expect(driver.balancer.pick(needOf("p"), [], driver.now)).toEqual(expected as never);
    expect(driver.balancer.pick(needOf("p"), [], driver.now + ms - 1).kind).toBe("wait");
    expect(driver.balancer.pick(needOf("p"), [], driver.now + ms).kind).toBe("candidate");
  });

  test("the earliest of all counts", () => {
    const driver = driverOf(count);
    for (let i = 0; i < count; i++)
      driver.attempt(`k${i}`, { kind: "rate-limited", retryAfterMs: (count - i) * SECOND });
    expect(driver.balancer.pick(needOf("p"), [], driver.now)).toMatchObject({ until: driver.now + 1_050 });
  });

  test("keys that refused this request for good are not waited for", () => {
    const driver = driverOf(count);
    const effect: Effect = { kind: "key-cooled", forMs: 2 * SECOND };
    all(driver, count, effect);
    const past = keySpecs(count).map(({ id }) => tried("p", id, effect));
    expect(driver.balancer.pick(needOf("p"), past, driver.now)).toMatchObject({
      kind: "none",
      reason: { code: "no-key" },
    });
    expect(driver.balancer.pick(needOf("p"), past.slice(1), driver.now).kind).toBe("wait");
  });

  test("a key that is out for good is not waited for", () => {
    const driver = driverOf(count);
    const keys = keySpecs(count).map(({ id }) => ({ provider: "p", keyId: id }));
    driver.balancer.setDisabled(keys, true, driver.now);
    expect(driver.balancer.pick(needOf("p"), [], driver.now)).toEqual({ kind: "none", reason: { code: "no-key" } });
  });

  test("a model that every key was refused is missing", () => {
    const driver = driverOf(count);
    all(driver, count, { kind: "model-missing" });
    expect(driver.none()).toEqual({ code: "model-missing" });
  });

  test("a slot in use is waited for, and served as soon as it is free", () => {
    const slots = { concurrency: 1, day: "UTC" };
    const keys = keySpecs(count).map((spec) => ({ ...spec, limits: slots }));
    const driver = new Driver(balancerOf([poolSpec("p", keys)]));
    const running = keys.map(({ id }) => driver.begin(id, needOf("p")));
    const pick = driver.balancer.pick(needOf("p"), [], driver.now);
    expect(pick).toMatchObject({ kind: "wait", reason: { code: "limited" } });
    const [last] = running.slice(-1);
    if (last !== undefined) driver.balancer.end(last, driver.now);
    expect(driver.pick().keyId).toBe(`k${count - 1}`);
  });

  test("a key whose probe is due, and which has no free slot, is waited for like any other", () => {
    const slots = { concurrency: 2, day: "UTC" };
    const keys = keySpecs(count).map((spec) => ({ ...spec, limits: slots }));
    const driver = new Driver(balancerOf([poolSpec("p", keys)]));
    const running = keys.flatMap(({ id }) => [driver.begin(id, needOf("p")), driver.begin(id, needOf("p"))]);
    for (const [i, { id }] of keys.entries())
      driver.attempt(id, { kind: i % 2 === 0 ? "key-invalid" : "key-exhausted" });
    driver.now += HOUR;
    const pick = driver.balancer.pick(needOf("p"), [], driver.now);
    expect(pick).toMatchObject({ kind: "wait", until: driver.now + SECOND, reason: { code: "limited" } });
    const [first] = running;
    if (first !== undefined) driver.balancer.end(first, driver.now);
    expect(driver.pick().keyId).toBe("k0");
  });

  test("who was forbidden by a key that others may use waits for the rest", () => {
    const driver = driverOf(count);
    all(driver, count - 1, { kind: "rate-limited", retryAfterMs: 10 * SECOND });
    const last = `k${count - 1}`;
    driver.attempt(last, { kind: "key-refused" });
    const forbidden = [tried("p", last, { kind: "key-refused" })];
    const until = driver.now + 10.5 * SECOND;
    expect(driver.balancer.pick(needOf("p"), forbidden, driver.now)).toMatchObject({ kind: "wait", until });
    const unclear = forbidden.map((each) => ({ ...each, verdict: { ...each.verdict, blame: "none" as const } }));
    expect(driver.balancer.pick(needOf("p"), unclear, driver.now).kind).toBe("none");
  });

  test("who has tried all of them does not wait", () => {
    const driver = driverOf(count);
    const past = keySpecs(count).map(({ id }) => tried("p", id, { kind: "operation-blocked" }));
    expect(driver.balancer.pick(needOf("p"), past, driver.now)).toEqual({
      kind: "none",
      reason: { code: "all-tried" },
    });
  });
});

test("an operation that is blocked on one key is back before the credit of another", () => {
  const driver = driverOf(2);
  driver.attempt("k0", { kind: "operation-blocked" });
  driver.attempt("k1", { kind: "key-exhausted" });
  expect(driver.balancer.pick(needOf("p"), [], driver.now)).toMatchObject({
    kind: "wait",
    until: driver.now + 10 * MINUTE,
    reason: { code: "exhausted" },
  });
});

test("many tokens wait longer than few, in a large pool too", () => {
  for (const count of [1, MANY]) {
    const limits = { tpm: 60, day: "UTC" };
    const keys: readonly KeySpec[] = Array.from({ length: count }, (_, i) => keySpec(`k${i}`, { limits }));
    const driver = new Driver(balancerOf([poolSpec("p", keys)]));
    const need = (input: number) => needOf("p", { estimate: () => ({ input, maxOutput: 0 }) });
    for (const { id } of keys) driver.begin(id, need(30));
    driver.now += 30 * SECOND;
    for (const { id } of keys) driver.begin(id, need(30));
    const untilOf = (input: number) => {
      const pick = driver.balancer.pick(need(input), [], driver.now);
      return pick.kind === "wait" ? pick.until - driver.now : 0;
    };
    expect(untilOf(20)).toBeLessThanOrEqual(31 * SECOND);
    const long = untilOf(50);
    // A large pool may look again in between.
    expect(long).toBeGreaterThan(0);
    driver.now += long;
    if (driver.balancer.pick(need(50), [], driver.now).kind === "wait") driver.now += untilOf(50);
    expect(driver.balancer.pick(need(50), [], driver.now).kind).toBe("candidate");
  }
});

test("what is told is when the first is back, for whatever reason it is out", () => {
  const driver = new Driver(balancerOf([poolSpec("p", keySpecs(1)), poolSpec("q", [keySpec("q0")])]));
  driver.attempt("k0", { kind: "rate-limited", retryAfterMs: MINUTE });
  const route = [["p", "q"].map((provider) => ({ provider, model: "known" }))];
  for (let i = 0; i < 5; i++) driver.attempt("q0", { kind: "server-error" }, needOf("q", { client: `c${i}` }));
  const reason = { code: "limited", retryAt: driver.now + 5 * SECOND } as const;
  expect(driver.none({ ...needOf("p"), route })).toEqual(reason);
});
