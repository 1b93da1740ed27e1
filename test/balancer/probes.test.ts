// Half-open: one request finds out whether a key works again, the others go elsewhere, and nobody waits for ever.
import { describe, expect, test } from "bun:test";
import type { Effect } from "../../src/core/verdict.ts";
import {
  balancerOf,
  COMMITTED,
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
  tried,
  twoProviders,
} from "./fixtures.ts";

const OUT: Effect = { kind: "key-exhausted", retryAfterMs: SECOND };
const OUT_FOR_LONG: Effect = { kind: "key-exhausted", retryAfterMs: HOUR };

/** The keys are half-open, and a probe runs on each. */
function onTrial(driver: Driver, ids: readonly string[], need = () => needOf("p")) {
  for (const id of ids) driver.attempt(id, OUT, need());
  driver.now += 2 * SECOND;
  return ids.map((id) => driver.begin(id, need()));
}

describe("a half-open key", () => {
  test.each<[string, Effect]>([
    ["without credit", OUT],
    ["that is invalid", { kind: "key-invalid" }],
    ["after failures in a row", { kind: "key-refused" }],
    ["that lacks the model", { kind: "model-missing" }],
  ])("%s is probed by the next request, and by no other meanwhile", (_, effect) => {
    const driver = driverOf(3, { maxFailures: 1 });
    driver.attempt("k1", effect);
    driver.now += HOUR;
    const probe = driver.begin(driver.pick().keyId, needOf("p"));
    expect(probe.candidate.keyId).toBe("k1");
    for (let i = 0; i < 20; i++) expect(driver.begin(driver.pick().keyId, needOf("p")).candidate.keyId).not.toBe("k1");
    driver.balancer.judge(probe, COMMITTED, driver.now);
    expect(driver.key("k1").state).toBe("ready");
    expect(driver.pick().keyId).toBe("k1");
  });

  test.each<[string, Effect, object]>([
    ["a key", { kind: "key-invalid" }, { level: "key", from: "invalid", to: "ready" }],
    ["a model of a key", { kind: "model-missing" }, { level: "key-model", from: "blocked", to: "ready" }],
  ])("tells who waits for it, and the log, that it works: %s", (_, effect, change) => {
    const driver = driverOf(1);
    driver.attempt("k0", effect);
    driver.now += HOUR;
    const probe = driver.begin("k0", needOf("p"));
    expect(driver.judge(probe, { kind: "success", complete: false, latencyMs: 1 })).toMatchObject([change]);
  });

  test("is no probe after a rate limit: what is known to be over needs none", () => {
    const driver = driverOf(2);
    driver.attempt("k0", { kind: "rate-limited", retryAfterMs: SECOND });
    driver.now += 2 * SECOND;
    const need = needOf("p");
    driver.attempt("k0", { kind: "rate-limited", retryAfterMs: HOUR }, need);
    driver.attempt("k1", OUT, needOf("p"));
    driver.now += 2 * SECOND;
    expect(driver.pick(need, [tried("p", "k0", { kind: "rate-limited" })]).keyId).toBe("k1");
  });

  test.each<[string, Effect, boolean]>([
    ["a client that left", { kind: "client-gone", waitedMs: 1 }, false],
    ["a success", { kind: "success", complete: false, latencyMs: 1 }, true],
    ["a refusal", OUT, true],
  ])("its probe is over with %s or the end of the attempt", (_, effect, isDecided) => {
    const driver = driverOf(1);
    const [probe] = onTrial(driver, ["k0"]);
    if (probe === undefined) throw new Error("No probe");
    expect(driver.none()?.code).toBe("exhausted");
    driver.judge(probe, effect);
    driver.now += 2 * SECOND;
    expect(driver.none() === undefined).toBe(isDecided);
    driver.balancer.end(probe, driver.now);
    expect(driver.none()).toBeUndefined();
  });

  test("where it is the only one others wait for the probe, for ten seconds", () => {
    const driver = driverOf(1);
    onTrial(driver, ["k0"]);
    const pick = driver.balancer.pick(needOf("p"), [], driver.now);
    expect(pick).toMatchObject({ kind: "wait", until: driver.now + 10 * SECOND });
    driver.now += 10 * SECOND;
    expect(driver.pick().keyId).toBe("k0");
    driver.begin("k0", needOf("p"));
    expect(driver.balancer.pick(needOf("p"), [], driver.now).kind).toBe("wait");
  });
});

describe("who has another way takes it, however long a probe runs", () => {
  test("a key of the next priority", () => {
    const driver = new Driver(balancerOf([poolSpec("p", [keySpec("a"), keySpec("b", { priority: 1 })])]));
    onTrial(driver, ["a"]);
    expect(driver.pick().keyId).toBe("b");
    driver.now += MINUTE;
    expect(driver.pick().keyId).toBe("b");
    driver.attempt("b", OUT_FOR_LONG);
    expect(driver.pick().keyId).toBe("a");
  });

  test("the next provider of the route", () => {
    const driver = twoProviders();
    const need = () => needFor(FALLBACK);
    onTrial(driver, ["k0", "k1"], need);
    driver.now += MINUTE;
    expect(driver.pick(need()).provider).toBe("q");
  });

  test("among 100 keys, one that is known to work", () => {
    const driver = new Driver(balancerOf([poolSpec("p", [...keySpecs(100), keySpec("z", { priority: 1 })])]));
    const ids = keySpecs(100).map(({ id }) => id);
    for (const id of ids) {
      driver.attempt(id, OUT);
      driver.attempt("z", { kind: "success", complete: true, latencyMs: 1 });
    }
    driver.now += 2 * SECOND;
    const need = needOf("p");
    const first = driver.pick(need).keyId;
    expect(ids).toContain(first);
    driver.attempt(first, OUT_FOR_LONG, need);
    expect(driver.pick(need, [tried("p", first, OUT)]).keyId).toBe("z");
  });
});

describe("a request is a probe once at most", () => {
  test("if another priority has a key that is known to work", () => {
    const keys = [keySpec("a"), keySpec("b"), keySpec("c", { priority: 1 })];
    const driver = new Driver(balancerOf([poolSpec("p", keys)]));
    for (const id of ["a", "b"]) driver.attempt(id, OUT);
    driver.now += 2 * SECOND;
    const need = needOf("p");
    const first = driver.pick(need).keyId;
    driver.attempt(first, OUT_FOR_LONG, need);
    expect(driver.pick(need, [tried("p", first, OUT)]).keyId).toBe("c");
    // Another request is the next probe.
    expect(["a", "b"]).toContain(driver.pick(needOf("p")).keyId);
  });

  test("but goes on where nothing else is usable", () => {
    const driver = driverOf(3);
    for (const { id } of keySpecs(3)) driver.attempt(id, OUT);
    driver.now += 2 * SECOND;
    const need = needOf("p");
    const asked = new Set<string>();
    const past = [];
    for (let i = 0; i < 3; i++) {
      const { keyId } = driver.pick(need, past);
      driver.attempt(keyId, OUT_FOR_LONG, need);
      past.push(tried("p", keyId, OUT));
      asked.add(keyId);
    }
    expect(asked.size).toBe(3);
  });
});

test("a half-open provider is probed by one request, the others wait where they have no other way", () => {
  const driver = driverOf(4);
  for (let i = 0; i < 5; i++) driver.attempt(`k${i % 4}`, { kind: "unreachable" }, needOf("p", { client: `c${i}` }));
  driver.now += 5 * SECOND;
  const probe = driver.begin(driver.pick().keyId, needOf("p"));
  for (let i = 0; i < 20; i++) {
    expect(driver.balancer.pick(needOf("p"), [], driver.now)).toMatchObject({
      kind: "wait",
      until: driver.now + 10 * SECOND,
      reason: { code: "open" },
    });
  }
  driver.balancer.judge(probe, OK, driver.now);
  for (let i = 0; i < 20; i++) expect(driver.balancer.pick(needOf("p"), [], driver.now).kind).toBe("candidate");
});

test("who waits for a probe is told so also where the probe has the only slot", () => {
  const keys = [keySpec("a", { limits: { concurrency: 1, day: "UTC" } })];
  const driver = new Driver(balancerOf([poolSpec("p", keys)]));
  for (let i = 0; i < 5; i++) driver.attempt("a", { kind: "unreachable" }, needOf("p", { client: `c${i}` }));
  driver.now += 5 * SECOND;
  driver.begin("a", needOf("p"));
  const pick = driver.balancer.pick(needOf("p"), [], driver.now);
  expect(pick).toMatchObject({ kind: "wait", reason: { code: "open" } });
});
