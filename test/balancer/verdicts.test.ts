// Each row of the verdict table: what one verdict does to health.
import { describe, expect, test } from "bun:test";
import type { Effect } from "../../src/core/verdict.ts";
import { driverOf, HOUR, MINUTE, needFor, needOf, SECOND, START } from "./fixtures.ts";

describe("judge: effects on a key", () => {
  test.each<[string, Effect, string, number]>([
    ["a dead credential", { kind: "key-invalid" }, "invalid", 10 * MINUTE],
    ["no credit", { kind: "key-exhausted" }, "exhausted", HOUR],
    [
      "no credit until a stated reset",
      { kind: "key-exhausted", retryAfterMs: 4 * HOUR },
      "exhausted",
      4 * HOUR + 15 * SECOND,
    ],
    [
      "no credit until a reset beyond the cap",
      { kind: "key-exhausted", retryAfterMs: 99 * HOUR },
      "exhausted",
      24 * HOUR,
    ],
  ])("%s rests the key", (_name, effect, state, lengthMs) => {
    const driver = driverOf(2);
    const changes = driver.attempt("k0", effect);
    expect(driver.key("k0")).toMatchObject({ state, since: START, until: START + lengthMs });
    expect(changes).toMatchObject([
      { level: "key", keyId: "k0", keyName: "name-k0", from: "ready", to: state, alert: true },
    ]);
    expect(driver.pick().keyId).toBe("k1");
    driver.now += lengthMs;
    expect(driver.key("k0").state).toBe("half_open");
  });

  test.each<[string, Effect, readonly number[]]>([
    ["key-invalid", { kind: "key-invalid" }, [10, 20, 40, 80, 160, 320, 640, 1280, 1440, 1440]],
    ["key-exhausted", { kind: "key-exhausted" }, [60, 120, 240, 480, 960, 1440, 1440]],
  ])("%s doubles up to a day while it repeats", (_name, effect, minutes) => {
    const driver = driverOf(2);
    for (const length of minutes) {
      driver.attempt("k0", effect);
      expect(driver.key("k0").until).toBe(driver.now + length * MINUTE);
      driver.now += length * MINUTE;
    }
  });

  test("a success forgets the step of the back-off", () => {
    const driver = driverOf(2);
    driver.attempt("k0", { kind: "key-invalid" });
    driver.now += 10 * MINUTE;
    const changes = driver.attempt("k0", { kind: "success", complete: false, latencyMs: 1 });
    expect(changes).toMatchObject([{ level: "key", from: "invalid", to: "ready", alert: false }]);
    driver.attempt("k0", { kind: "key-invalid" });
    expect(driver.key("k0").until).toBe(driver.now + 10 * MINUTE);
  });

  test("a short rest never hides a long one", () => {
    const driver = driverOf(2, { maxFailures: 1 });
    const early = driver.begin("k0", needOf("p"));
    driver.attempt("k0", { kind: "key-invalid" });
    driver.judge(early, { kind: "key-refused" });
    driver.now += 5 * MINUTE;
    expect(driver.key("k0")).toMatchObject({ state: "invalid", until: START + 10 * MINUTE });
    driver.now = START + 10 * MINUTE;
    expect(driver.key("k0").state).toBe("half_open");
  });

  test.each<[string, Effect, number]>([
    ["key-refused", { kind: "key-refused" }, 5 * MINUTE],
    ["server-error", { kind: "server-error" }, MINUTE],
    ["client-gone after a long wait", { kind: "client-gone", waitedMs: 41 * SECOND }, MINUTE],
  ])("%s rests a key at max_failures in a row, and again at once afterwards", (_name, effect, lengthMs) => {
    const driver = driverOf(2);
    driver.attempt("k1", { kind: "success", complete: true, latencyMs: 1 });
    driver.attempt("k0", effect);
    driver.attempt("k0", effect);
    expect(driver.key("k0")).toMatchObject({ state: "ready", failures: 2 });
    driver.attempt("k0", effect);
    expect(driver.key("k0")).toMatchObject({ state: "cooling", until: START + lengthMs });
    driver.now += lengthMs;
    expect(driver.key("k0").state).toBe("half_open");
    driver.attempt("k1", { kind: "success", complete: true, latencyMs: 1 });
    driver.attempt("k0", effect);
    expect(driver.key("k0").state).toBe("cooling");
  });

  test("server-error rests double to an hour", () => {
    const driver = driverOf(2, { maxFailures: 1 });
    for (const minutes of [1, 2, 4, 8, 16, 32, 60, 60]) {
      driver.attempt("k1", { kind: "success", complete: true, latencyMs: 1 });
      driver.attempt("k0", { kind: "server-error" });
      expect(driver.key("k0").until).toBe(driver.now + minutes * MINUTE);
      driver.now += minutes * MINUTE;
    }
  });

  test("max_failures counts failures in a row only", () => {
    const driver = driverOf(2);
    for (let i = 0; i < 5; i++) {
      driver.attempt("k0", { kind: "key-refused" });
      driver.attempt("k0", { kind: "key-refused" });
      driver.attempt("k0", { kind: "success", complete: false, latencyMs: 1 });
    }
    expect(driver.key("k0")).toMatchObject({ state: "ready", failures: 0 });
  });

  test("max_failures of 0 never rests a key", () => {
    const driver = driverOf(2, { maxFailures: 0 });
    for (let i = 0; i < 50; i++) driver.attempt("k0", { kind: "key-refused" });
    expect(driver.key("k0").state).toBe("ready");
  });

  test.each<[string, Effect]>([
    ["server-error", { kind: "server-error" }],
    ["client-gone", { kind: "client-gone", waitedMs: HOUR }],
  ])("%s blames no key while no sibling answers", (_name, effect) => {
    const driver = driverOf(2);
    driver.attempt("k0", { kind: "success", complete: true, latencyMs: 1 });
    driver.attempt("k1", { kind: "success", complete: true, latencyMs: 1 });
    driver.now += MINUTE;
    driver.attempt("k0", { kind: "success", complete: true, latencyMs: 1 });
    for (let i = 0; i < 5; i++) driver.attempt("k0", effect);
    expect(driver.key("k0")).toMatchObject({ state: "ready", failures: 0 });
  });

  test.each([
    ["40 s while the model's latency is not learnt", 0, 100, 40 * SECOND],
    ["10 s where answers are fast", 20, 100, 10 * SECOND],
    ["4 x p95 where answers are slow", 20, 5 * SECOND, 20 * SECOND],
  ])("client-gone counts only after %s", (_name, successes, latencyMs, patienceMs) => {
    const driver = driverOf(2);
    driver.attempt("k1", { kind: "success", complete: true, latencyMs });
    for (let i = 1; i < successes; i++) driver.attempt("k1", { kind: "success", complete: true, latencyMs });
    driver.attempt("k0", { kind: "client-gone", waitedMs: patienceMs });
    expect(driver.key("k0").failures).toBe(0);
    driver.attempt("k0", { kind: "client-gone", waitedMs: patienceMs + 1 });
    expect(driver.key("k0").failures).toBe(1);
  });

  test.each<[string, Effect]>([
    ["none", { kind: "none" }],
    ["overloaded", { kind: "overloaded" }],
    ["unreachable", { kind: "unreachable" }],
    ["region-refused", { kind: "region-refused" }],
    ["stream-broken", { kind: "stream-broken" }],
  ])("%s never touches a key", (_name, effect) => {
    const driver = driverOf(2);
    driver.attempt("k1", { kind: "success", complete: true, latencyMs: 1 });
    for (let i = 0; i < 40; i++) driver.attempt("k0", effect);
    expect(driver.key("k0")).toMatchObject({ state: "ready", failures: 0, parts: [] });
  });
});

describe("judge: effects on key×model and key×operation", () => {
  test("a rate limit rests the key for that model only, for the stated time with up to +10 %", () => {
    const driver = driverOf(1, {}, () => 0.999);
    const changes = driver.attempt("k0", { kind: "rate-limited", retryAfterMs: 20 * SECOND });
    const until = driver.key("k0").parts[0]?.until ?? 0;
    expect(until).toBeGreaterThanOrEqual(START + 20 * SECOND);
    expect(until).toBeLessThanOrEqual(START + 22 * SECOND);
    expect(driver.key("k0")).toMatchObject({ state: "ready", parts: [{ model: "known", state: "cooling" }] });
    expect(changes).toMatchObject([{ level: "key-model", model: "known", from: "ready", to: "cooling", alert: false }]);
    expect(driver.none()).toEqual({ code: "limited", retryAt: until });
    expect(driver.pick(needFor([[{ provider: "p", model: "other" }]])).keyId).toBe("k0");
    driver.now = until;
    expect(driver.key("k0").parts).toEqual([]);
    expect(driver.pick().keyId).toBe("k0");
  });

  test("own back-off of a rate limit doubles to a minute and a success takes one step back", () => {
    const driver = driverOf(1);
    const rest = () => {
      driver.attempt("k0", { kind: "rate-limited" });
      const lengthMs = (driver.key("k0").parts[0]?.until ?? 0) - driver.now;
      driver.now += lengthMs;
      return lengthMs / SECOND;
    };
    expect([rest(), rest(), rest()]).toEqual([1, 2, 4]);
    driver.attempt("k0", { kind: "success", complete: false, latencyMs: 1 });
    expect(rest()).toBe(4);
    expect([rest(), rest(), rest(), rest()]).toEqual([8, 16, 32, 60]);
  });

  test("one success counts once, though it is judged at commit and at the end", () => {
    const driver = driverOf(1);
    for (const seconds of [1, 2, 4]) {
      driver.attempt("k0", { kind: "rate-limited" });
      driver.now += seconds * SECOND;
    }
    const attempt = driver.begin("k0", needOf("p"));
    driver.judge(attempt, { kind: "success", complete: false, latencyMs: 1 });
    driver.judge(attempt, { kind: "success", complete: true, latencyMs: 1 });
    driver.attempt("k0", { kind: "rate-limited" });
    expect(driver.key("k0").parts[0]?.until).toBe(driver.now + 4 * SECOND);
  });

  test.each([
    ["lowest", 0, 0.9],
    ["highest", 0.999_999, 1.1],
  ])("own back-off has ±10 %% jitter (%s)", (_name, random, factor) => {
    const driver = driverOf(1, {}, () => random);
    driver.attempt("k0", { kind: "rate-limited" });
    expect(driver.key("k0").parts[0]?.until).toBeCloseTo(START + SECOND * factor, 0);
  });

  test("a daily limit rests until the stated time, whatever is stated later for a minute", () => {
    const driver = driverOf(1);
    const slow = driver.begin("k0", needOf("p"));
    driver.attempt("k0", { kind: "rate-limited", retryAfterMs: 3 * HOUR, daily: true });
    driver.judge(slow, { kind: "rate-limited", retryAfterMs: SECOND });
    expect(driver.none()).toEqual({ code: "limited", retryAt: START + 3 * HOUR });
  });

  test.each([0, -5])("a stated time of %p ms is no statement", (retryAfterMs) => {
    const driver = driverOf(1);
    driver.attempt("k0", { kind: "rate-limited", retryAfterMs });
    expect(driver.key("k0").parts[0]?.until).toBe(START + SECOND);
  });

  test("a known model that a key lacks is blocked there for 10 min", () => {
    const driver = driverOf(2);
    const changes = driver.attempt("k0", { kind: "model-missing" });
    expect(changes).toMatchObject([{ level: "key-model", to: "blocked", until: START + 10 * MINUTE }]);
    expect([driver.pick().keyId, driver.key("k0").state]).toEqual(["k1", "ready"]);
    driver.attempt("k1", { kind: "model-missing" });
    expect(driver.none()).toEqual({ code: "model-missing" });
  });

  test("a missing scope blocks the operation on that key for 10 min", () => {
    const driver = driverOf(1);
    const changes = driver.attempt("k0", { kind: "operation-blocked" });
    expect(changes).toMatchObject([{ level: "key-operation", operation: "chat", from: "ready", to: "blocked" }]);
    expect(driver.key("k0").parts).toMatchObject([{ operation: "chat", state: "blocked", until: START + 10 * MINUTE }]);
    expect(driver.none()).toEqual({ code: "no-key" });
    expect(driver.pick(needOf("p", { operation: "embeddings" })).keyId).toBe("k0");
    driver.now += 10 * MINUTE;
    expect(driver.pick().keyId).toBe("k0");
  });
});
