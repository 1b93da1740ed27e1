// What a restart remembers, what it forgets, and what a clock that jumps does to it.
import { describe, expect, test } from "bun:test";
import type { StateEntry } from "../../src/balancer/state.ts";
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
  SETTINGS,
  START,
} from "./fixtures.ts";

/** A new process at `now` that reads what the old one wrote. */
function restarted(driver: Driver, now = driver.now, keys = 2): Driver {
  const written: readonly StateEntry[] = JSON.parse(JSON.stringify([...driver.balancer.entries(driver.now)]));
  const next = driverOf(keys);
  next.now = now;
  next.balancer.restore(written, now);
  return next;
}

describe("A restart remembers", () => {
  test.each<[Effect, object]>([
    [
      { kind: "key-invalid" },
      { state: "invalid", since: START, until: START + 10 * MINUTE, reason: "invalid_api_key", status: 401 },
    ],
    [{ kind: "key-exhausted" }, { state: "exhausted", until: START + HOUR }],
    [{ kind: "rate-limited", retryAfterMs: 10 * SECOND }, { parts: [{ model: "known", state: "cooling" }] }],
    [{ kind: "operation-blocked" }, { parts: [{ operation: "chat", state: "blocked" }] }],
    [{ kind: "key-refused" }, { failures: 1 }],
    [{ kind: "none" }, { used: 1, failed: 0 }],
  ])("%j", (effect, expected) => {
    const driver = driverOf(2);
    driver.attempt("k0", effect);
    expect(restarted(driver).key("k0")).toMatchObject(expected);
    expect(restarted(driver).key("k0")).toEqual(driver.key("k0"));
  });

  test("requests without a model, and models with odd names", () => {
    const driver = driverOf(2);
    for (const model of [undefined, "__proto__", "a b/c", "modèle-é"]) {
      driver.attempt("k0", { kind: "rate-limited" }, needFor([[{ provider: "p", model }]]));
    }
    expect(driver.key("k0").parts).toHaveLength(4);
    expect(restarted(driver).key("k0")).toEqual(driver.key("k0"));
  });

  test("how far a back-off has grown, as long as nobody knows whether it is over, and a day at most", () => {
    const driver = driverOf(2);
    driver.attempt("k0", { kind: "key-invalid" });
    driver.now += 11 * MINUTE;
    const soon = restarted(driver);
    soon.attempt("k0", { kind: "key-invalid" });
    expect(soon.key("k0").until).toBe(soon.now + 20 * MINUTE);
    driver.now += 25 * HOUR;
    expect([...driver.balancer.entries(driver.now)].some(({ state }) => "rests" in state && state.rests)).toBe(false);
  });

  test("open breakers, and how far they have grown", () => {
    const driver = driverOf(2);
    for (let i = 0; i < 5; i++) driver.attempt("k0", { kind: "unreachable" });
    for (let i = 0; i < 5; i++) driver.attempt("k0", { kind: "overloaded" });
    const next = restarted(driver);
    expect(next.pool()).toEqual(driver.pool());
    expect(next.pool()).toMatchObject({ state: "open", until: START + 5 * SECOND });
    next.now += 6 * SECOND;
    for (let i = 0; i < 5; i++) next.attempt("k0", { kind: "unreachable" });
    expect(next.pool().until).toBe(next.now + 10 * SECOND);
  });

  test("a suspect provider, whose first success still undoes the rests of its keys", () => {
    const driver = driverOf(40);
    for (let i = 0; i < 32; i++) driver.attempt(`k${i}`, { kind: "key-invalid" });
    const next = restarted(driver, START + SECOND, 40);
    expect(next.pool()).toMatchObject({ state: "suspect", until: START + 10 * SECOND });
    next.now = START + 11 * SECOND;
    next.attempt("k39", { kind: "success", complete: true, latencyMs: 1 });
    expect(next.pool().state).toBe("up");
    expect(next.pool().keys.every(({ state }) => state === "ready")).toBe(true);
  });

  test("that a success of the new process disproves a rest of the old one", () => {
    const driver = driverOf(2);
    driver.attempt("k0", { kind: "key-invalid" });
    const next = restarted(driver, START + 11 * MINUTE);
    next.attempt("k0", { kind: "success", complete: true, latencyMs: 1 });
    expect(next.key("k0")).toMatchObject({ state: "ready" });
    next.attempt("k0", { kind: "key-invalid" });
    expect(next.key("k0").until).toBe(next.now + 10 * MINUTE);
  });
});

describe("What is not configured now", () => {
  test("is kept while it matters, through the process that does not know it", () => {
    const driver = driverOf(3);
    driver.balancer.setDisabled([{ provider: "p", keyId: "k2" }], true, START);
    driver.attempt("k1", { kind: "key-invalid" });
    const without = restarted(driver, START, 1);
    const again = restarted(without, START, 3);
    expect(again.key("k2").state).toBe("disabled");
    expect(again.key("k1").state).toBe("invalid");
    const later = restarted(restarted(driver, START + 48 * HOUR, 1), START + 48 * HOUR, 3);
    expect(later.key("k2").state).toBe("disabled");
  });

  test.each<[string, Effect, number]>([
    ["a day after the rest of what may still be so", { kind: "key-invalid" }, 24 * HOUR + 10 * MINUTE],
    ["an hour after a rest that the clock ends", { kind: "rate-limited", retryAfterMs: SECOND }, HOUR + 2 * SECOND],
  ])("is forgotten %s", (_, effect, ms) => {
    const driver = driverOf(2);
    driver.attempt("k1", effect);
    const without = restarted(driver, START, 1);
    expect([...without.balancer.entries(START + ms - 2 * SECOND)]).toHaveLength(1);
    expect([...without.balancer.entries(START + ms)]).toEqual([]);
  });

  test("still needs a probe, and has spent of the limit of its day what it spent", () => {
    const specs = [keySpec("k0"), keySpec("k1", { limits: { rpd: 10, day: "UTC" } })];
    const driver = new Driver(balancerOf([poolSpec("p", specs)]));
    for (let i = 0; i < 4; i++) driver.attempt("k1", { kind: "success", complete: true, latencyMs: 1 });
    driver.attempt("k1", { kind: "key-invalid" });
    driver.now += HOUR;
    for (const keys of [specs.slice(0, 1), specs]) {
      driver.balancer.replacePools([poolSpec("p", keys)], SETTINGS, driver.now);
      Array.from(driver.balancer.entries(driver.now));
    }
    expect(driver.key("k1")).toMatchObject({ state: "half_open", limits: [{ name: "rpd", used: 5 }] });
    driver.balancer.replacePools([poolSpec("p", specs.slice(0, 1))], SETTINGS, driver.now);
    driver.now += 25 * HOUR;
    expect([...driver.balancer.entries(driver.now)].filter(({ kind }) => kind === "key")).toEqual([]);
  });
});

describe("A clock that went back", () => {
  test.each([HOUR, 24 * HOUR, 1000 * 24 * HOUR])("%d ms over a restart makes no rest longer than it was", (backMs) => {
    const driver = driverOf(2);
    driver.attempt("k0", { kind: "key-invalid" });
    driver.attempt("k1", { kind: "rate-limited", retryAfterMs: 10 * SECOND });
    const next = restarted(driver, START - backMs);
    expect(next.key("k0").until).toBe(next.now + 10 * MINUTE);
    expect(next.key("k1").parts[0]?.until).toBe(next.now + 10.5 * SECOND);
  });

  test("while it runs makes no rest, breaker or wait for a probe longer than it was", () => {
    const driver = driverOf(40);
    driver.attempt("k38", { kind: "key-exhausted" });
    for (let i = 0; i < 5; i++) driver.attempt("k39", { kind: "unreachable" });
    for (let i = 0; i < 32; i++) driver.attempt(`k${i}`, { kind: "key-invalid" });
    driver.now -= 24 * HOUR;
    driver.balancer.clockWentBack(driver.now);
    expect(driver.key("k38").until).toBe(driver.now + HOUR);
    expect(driver.pool()).toMatchObject({ state: "suspect", until: driver.now + 10 * SECOND });
    driver.now += 6 * MINUTE;
    driver.attempt("k39", { kind: "success", complete: true, latencyMs: 1 });
    expect(driver.pool().state).toBe("up");
  });

  test("leaves a retry budget that is not frozen", () => {
    const driver = driverOf(2);
    const failed = { provider: "p", keyId: "k0", model: "known" };
    for (let i = 0; i < 10; i++) expect(driver.balancer.takeRetry(failed, driver.now)).toBe("paid");
    expect(driver.balancer.takeRetry(failed, driver.now)).toBe("denied");
    expect(driver.balancer.takeRetry(failed, driver.now - HOUR)).toBe("paid");
  });
});

describe("A revision tells", () => {
  const revisionAfter = (act: (driver: Driver) => void) => {
    const driver = driverOf(2);
    act(driver);
    return driver.balancer.revision;
  };

  test.each<[string, Effect, { lasting: boolean; passing: boolean }]>([
    [
      "a success of a healthy key",
      { kind: "success", complete: true, latencyMs: 1 },
      { lasting: false, passing: false },
    ],
    ["a client's mistake", { kind: "none" }, { lasting: false, passing: false }],
    ["a short rest", { kind: "rate-limited", retryAfterMs: SECOND }, { lasting: false, passing: true }],
    ["a rest of a minute", { kind: "rate-limited", retryAfterMs: MINUTE }, { lasting: true, passing: true }],
    ["a dead key", { kind: "key-invalid" }, { lasting: true, passing: true }],
    ["no credit, for a short time", { kind: "key-exhausted", retryAfterMs: SECOND }, { lasting: true, passing: true }],
    ["a first failure", { kind: "key-refused" }, { lasting: false, passing: true }],
  ])("%s", (_name, effect, expected) => {
    const { lasting, passing, tallies } = revisionAfter((driver) => void driver.attempt("k0", effect));
    expect({ lasting: lasting > 0, passing: passing > 0 || lasting > 0 }).toEqual(expected);
    expect(tallies).toBe(1);
  });

  test("a revival as lasting", () => {
    const driver = driverOf(2);
    driver.attempt("k0", { kind: "key-invalid" });
    const before = driver.balancer.revision.lasting;
    driver.attempt("k0", { kind: "success", complete: true, latencyMs: 1 });
    expect(driver.balancer.revision.lasting).toBeGreaterThan(before);
  });
});

test("entries hold only what differs from new, in pieces by key", () => {
  const driver = new Driver(balancerOf([poolSpec("p", keySpecs(1000))]));
  driver.attempt("k7", { kind: "key-invalid" }, needOf("p", { isFree: true }));
  expect([...driver.balancer.entries(START)]).toEqual([
    {
      kind: "key",
      provider: "p",
      keyId: "k7",
      state: {
        rests: [
          {
            cause: "invalid",
            since: START,
            until: START + 10 * MINUTE,
            step: 1,
            reason: "invalid_api_key",
            status: 401,
          },
        ],
      },
    },
  ]);
});
