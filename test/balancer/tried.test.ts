// What a request gets after attempts: what was tried, a pinned key, and the reason when nothing is left.
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
  tried,
  twoProviders,
} from "./fixtures.ts";

describe("pick: what was tried", () => {
  test("a verdict on a key excludes the key, one on key×model only that model", () => {
    const driver = driverOf(1);
    const route = [[{ provider: "p", model: "known" }], [{ provider: "p", model: "other" }]];
    const missing = [tried("p", "k0", { kind: "model-missing" })];
    expect(driver.pick(needFor(route), missing).model).toBe("other");
    const refused = [tried("p", "k0", { kind: "key-refused" })];
    expect(driver.none(needFor(route), refused)).toEqual({ code: "all-tried" });
    const scope = [tried("p", "k0", { kind: "operation-blocked" })];
    expect(driver.none(needFor(route), scope)).toEqual({ code: "all-tried" });
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

  test("when all have failed for a transient fault, the one whose fault is the longest ago goes again", () => {
    const driver = driverOf(2);
    const fault = { kind: "server-error" } as const;
    const past = [tried("p", "k0", fault), tried("p", "k1", fault)];
    expect(driver.balancer.pick(needOf("p"), past, START)).toMatchObject({ candidate: { keyId: "k0" }, again: true });
    const more = [...past, tried("p", "k0", fault)];
    expect(driver.balancer.pick(needOf("p"), more, START)).toMatchObject({ candidate: { keyId: "k1" }, again: true });
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
      "a model that every live key was refused",
      [
        ["k0", { kind: "model-missing" }],
        ["k1", { kind: "model-missing" }],
      ],
      { code: "model-missing" },
    ],
    [
      "a limit before a refused model",
      [
        ["k0", { kind: "model-missing" }],
        ["k1", limited],
      ],
      { code: "limited", retryAt: START + 21 * SECOND },
    ],
    [
      "a refused model of a dead key says nothing",
      [
        ["k0", { kind: "model-missing" }],
        ["k0", { kind: "key-invalid" }],
        ["k1", { kind: "key-invalid" }],
      ],
      { code: "no-key" },
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

  test("a refusal of a usable key says less than the limits of others", () => {
    const driver = driverOf(3);
    driver.attempt("k0", limited);
    const refused = [tried("p", "k1", { kind: "key-refused" }), tried("p", "k2", { kind: "key-refused" })];
    expect(driver.none(needOf("p"), refused)?.code).toBe("limited");
  });

  test.each([
    ["an unknown provider", needOf("nobody")],
    ["an empty route", needFor([])],
  ])("%s is no key", (_name, need) => {
    expect(driverOf(1).none(need)).toEqual({ code: "no-key" });
  });
});
