// What an operator does to keys, and what a free call may disprove.

import { describe, expect, test } from "bun:test";
import { explainAll } from "./explain-all.ts";
import { balancerOf, Driver, driverOf, HOUR, keySpecs, MINUTE, needOf, poolSpec, SECOND, START } from "./fixtures.ts";

const K0 = [{ provider: "p", keyId: "k0" }];

describe("setDisabled", () => {
  test("keys of a large pool that are let in again serve at once", () => {
    const driver = driverOf(100);
    const all = Array.from({ length: 100 }, (_, i) => ({ provider: "p", keyId: `k${i}` }));
    driver.balancer.setDisabled(all, true, START);
    expect(driver.none()).toEqual({ code: "no-key" });
    driver.balancer.setDisabled(all.slice(7, 8), false, START);
    expect(driver.pick().keyId).toBe("k7");
  });

  test("keeps a key out until it is let in again, and says so once", () => {
    const driver = driverOf(1);
    expect(driver.balancer.setDisabled(K0, true, START)).toMatchObject([
      { level: "key", keyId: "k0", from: "ready", to: "disabled", reason: "operator_disabled", alert: false },
    ]);
    expect(driver.balancer.setDisabled(K0, true, START + SECOND)).toEqual([]);
    expect(driver.key("k0")).toMatchObject({ state: "disabled", since: START, until: undefined, reason: "operator" });
    expect(driver.none()).toEqual({ code: "no-key" });
    expect(driver.none(needOf("p", { pinnedKey: "k0" }))).toEqual({ code: "no-key" });
    expect(driver.balancer.setDisabled(K0, false, START)).toMatchObject([{ from: "disabled", to: "ready" }]);
    expect(driver.pick().keyId).toBe("k0");
  });

  test("a disabled key's rests say nothing of when something is back", () => {
    const driver = driverOf(2);
    driver.attempt("k0", { kind: "rate-limited", retryAfterMs: SECOND });
    driver.attempt("k1", { kind: "rate-limited", retryAfterMs: MINUTE });
    driver.balancer.setDisabled(K0, true, START);
    expect(driver.none()).toMatchObject({ code: "limited", retryAt: START + 63 * SECOND });
  });

  test("a disabled key keeps its rests, and goes on resting when it is let in", () => {
    const driver = driverOf(1);
    driver.attempt("k0", { kind: "key-invalid" });
    driver.balancer.setDisabled(K0, true, START);
    expect(driver.key("k0").state).toBe("disabled");
    driver.balancer.setDisabled(K0, false, START);
    expect(driver.key("k0")).toMatchObject({ state: "invalid", until: START + 10 * MINUTE });
  });

  test("a suspect provider's probe does not use a disabled key", () => {
    const driver = driverOf(33);
    for (let i = 0; i < 32; i++) driver.attempt(`k${i}`, { kind: "key-invalid" });
    expect(driver.pool().state).toBe("suspect");
    const all = keySpecs(33).map(({ id }) => ({ provider: "p", keyId: id }));
    driver.balancer.setDisabled(all, true, START);
    expect(driver.none()).toEqual({ code: "no-key" });
    driver.now += 11 * SECOND;
    expect(driver.none()).toEqual({ code: "no-key" });
  });

  test("keys that do not exist are passed over", () => {
    const driver = driverOf(1);
    expect(driver.balancer.setDisabled([{ provider: "x", keyId: "k0" }], true, START)).toEqual([]);
    expect(driver.balancer.reset([{ provider: "p", keyId: "x" }], START)).toEqual([]);
  });
});

describe("reset", () => {
  test("ends every rest of the key, its models and operations, and its failures; it stays disabled", () => {
    const driver = driverOf(1);
    for (const kind of ["key-invalid", "key-exhausted", "rate-limited", "operation-blocked", "key-refused"] as const) {
      driver.attempt("k0", { kind });
    }
    driver.balancer.setDisabled(K0, true, START);
    expect(driver.balancer.reset(K0, START)).toMatchObject([{ from: "disabled", reason: "operator_reset" }]);
    driver.balancer.setDisabled(K0, false, START);
    expect(driver.key("k0")).toMatchObject({ state: "ready", failures: 0, parts: [] });
    expect(driver.pick().keyId).toBe("k0");
  });

  test("begins the back-off anew", () => {
    const driver = driverOf(1);
    driver.attempt("k0", { kind: "key-invalid" });
    driver.now += 11 * MINUTE;
    driver.balancer.reset(K0, driver.now);
    driver.attempt("k0", { kind: "key-invalid" });
    expect(driver.key("k0").until).toBe(driver.now + 10 * MINUTE);
  });

  test("of all refused keys ends the suspicion of their provider", () => {
    const driver = driverOf(33);
    for (let i = 0; i < 32; i++) driver.attempt(`k${i}`, { kind: "key-invalid" });
    driver.balancer.reset(
      keySpecs(32).map(({ id }) => ({ provider: "p", keyId: id })),
      START,
    );
    expect(driver.pool().state).toBe("up");
  });

  test("a key like new is left alone, whatever it was used", () => {
    const driver = driverOf(1);
    driver.serve(needOf("p"));
    const { revision } = driver.balancer;
    const before = { ...revision };
    expect(driver.balancer.reset(K0, START)).toEqual([]);
    expect(driver.balancer.revision).toEqual(before);
    expect(driver.key("k0").used).toBe(1);
  });
});

describe("The success of a free call", () => {
  const FREE = needOf("p", { isFree: true, route: [[{ provider: "p", model: undefined }]], operation: "models" });
  const SUCCESS = { kind: "success", complete: true, latencyMs: 5 } as const;

  test("disproves that the key is invalid or refused, and nothing else", () => {
    const driver = driverOf(1);
    driver.attempt("k0", { kind: "key-exhausted" });
    driver.attempt("k0", { kind: "rate-limited", retryAfterMs: HOUR });
    driver.attempt("k0", { kind: "key-invalid" });
    for (let i = 0; i < 3; i++) driver.attempt("k0", { kind: "key-refused" });
    driver.attempt("k0", SUCCESS, FREE);
    expect(driver.key("k0")).toMatchObject({ state: "exhausted", parts: [{ model: "known", state: "cooling" }] });
  });

  test("revives a key that was only invalid", () => {
    const driver = driverOf(1);
    driver.attempt("k0", { kind: "key-invalid" });
    expect(driver.attempt("k0", SUCCESS, FREE)).toMatchObject([
      { level: "key", from: "invalid", to: "ready", reason: "answers_again" },
    ]);
  });

  test("says nothing of a refusal that came after it began", () => {
    const driver = driverOf(1);
    const probe = driver.begin("k0", FREE);
    driver.attempt("k0", { kind: "key-invalid" });
    driver.judge(probe, SUCCESS);
    expect(driver.key("k0").state).toBe("invalid");
  });

  test("clears a suspect provider and closes its breaker", () => {
    const driver = driverOf(40);
    for (let i = 0; i < 5; i++) driver.attempt("k39", { kind: "unreachable" });
    for (let i = 0; i < 32; i++) driver.attempt(`k${i}`, { kind: "key-invalid" });
    expect(driver.pool().state).toBe("suspect");
    driver.attempt("k0", SUCCESS, FREE);
    expect(driver.pool()).toMatchObject({ state: "up" });
    expect(driver.pool().keys.every(({ state }) => state === "ready")).toBe(true);
  });

  test.each(["key-exhausted", "key-invalid"] as const)("leaves a provider suspect for no credit: %s", (kind) => {
    const driver = driverOf(40);
    for (let i = 0; i < 32; i++) driver.attempt(`k${i}`, { kind });
    driver.attempt("k33", SUCCESS, FREE);
    expect(driver.pool().state).toBe(kind === "key-exhausted" ? "suspect" : "up");
    driver.attempt("k34", SUCCESS);
    expect(driver.pool().state).toBe("up");
  });

  test("that lacks a scope proves the credential as well, and blocks its operation", () => {
    const driver = driverOf(1);
    driver.attempt("k0", { kind: "key-invalid" });
    driver.attempt("k0", { kind: "operation-blocked" }, FREE);
    expect(driver.key("k0")).toMatchObject({ state: "ready", parts: [{ operation: "models", state: "blocked" }] });
    driver.attempt("k0", SUCCESS, FREE);
    expect(driver.key("k0").parts).toEqual([]);
  });

  test("ends the rest of its own kind of requests", () => {
    const driver = driverOf(1);
    driver.attempt("k0", { kind: "rate-limited", retryAfterMs: HOUR }, FREE);
    expect(driver.key("k0").parts).toHaveLength(1);
    driver.attempt("k0", SUCCESS, FREE);
    expect(driver.key("k0").parts).toEqual([]);
  });

  test("counts for no model", () => {
    const driver = driverOf(2);
    driver.attempt("k0", SUCCESS, FREE);
    for (let i = 0; i < 3; i++) driver.attempt("k1", { kind: "server-error" });
    expect(driver.key("k1")).toMatchObject({ state: "ready", failures: 0 });
  });
});

test("an operator's action counts as lasting; questions change nothing", () => {
  const driver = new Driver(balancerOf([poolSpec("p", keySpecs(2))]));
  const before = { ...driver.balancer.revision };
  driver.balancer.report(START);
  explainAll(driver.balancer, needOf("p"), START);
  expect([...driver.balancer.entries(START)]).toEqual([]);
  expect(driver.balancer.revision).toEqual(before);
  driver.balancer.setDisabled(K0, true, START);
  expect(driver.balancer.revision.lasting).toBe(before.lasting + 1);
});
