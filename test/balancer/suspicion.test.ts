// Doubt about a provider that refuses one key after another.
import { describe, expect, test } from "bun:test";
import type { Effect } from "../../src/core/verdict.ts";
import {
  balancerOf,
  Driver,
  driverOf,
  keySpecs,
  MINUTE,
  needFor,
  needOf,
  poolSpec,
  SECOND,
  START,
} from "./fixtures.ts";

const SERVED: Effect = { kind: "success", complete: true, latencyMs: 1 };
const COMMITTED: Effect = { kind: "success", complete: false, latencyMs: 1 };

describe("suspicion", () => {
  const refuse = (
    driver: ReturnType<typeof driverOf>,
    from: number,
    to: number,
    effect: Effect = { kind: "key-invalid" },
  ) => {
    for (let i = from; i < to; i++) driver.attempt(`k${i}`, effect);
  };

  test("one request that every key forbids makes no provider suspect, and blames five keys", () => {
    const driver = driverOf(40, { maxFailures: 2 });
    for (let i = 0; i < 3; i++) {
      const need = needOf("p");
      for (let key = 0; key < 33; key++) driver.attempt(`k${(i * 13 + key) % 40}`, { kind: "key-refused" }, need);
    }
    expect(driver.pool().state).toBe("up");
    expect(driver.pool().keys.filter(({ failures }) => failures > 0)).toHaveLength(15);
    expect(driver.pool().keys.every(({ state }) => state === "ready")).toBe(true);
  });

  test("five refused keys in a row let others go first for 60 s, and untried keys before tried ones", () => {
    const driver = driverOf(10);
    refuse(driver, 0, 5, { kind: "key-refused" });
    expect(driver.pool().state).toBe("up");
    const picks = new Set<string>();
    for (let i = 5; i < 10; i++) {
      const { keyId } = driver.pick();
      picks.add(keyId);
      driver.attempt(keyId, { kind: "key-refused" });
    }
    expect([...picks].toSorted()).toEqual(["k5", "k6", "k7", "k8", "k9"]);
    expect(driver.pick().keyId).toMatch(/^k/);
  });

  test("a doubted provider goes after the others of the route for 60 s", () => {
    const driver = new Driver(balancerOf([poolSpec("p", keySpecs(10)), poolSpec("q", keySpecs(1, "q"))]));
    const need = needFor([[{ provider: "p", model: "known" }], [{ provider: "q", model: "known" }]]);
    refuse(driver, 0, 4);
    expect(driver.pick(need).provider).toBe("p");
    refuse(driver, 4, 5);
    expect(driver.pick(need).provider).toBe("q");
    driver.now += MINUTE;
    expect(driver.pick(need).provider).toBe("p");
  });

  test("failures that counted towards max_failures are undone with the suspicion", () => {
    const driver = driverOf(40);
    refuse(driver, 0, 32, { kind: "key-refused" });
    driver.now += 10 * SECOND;
    driver.attempt("k39", SERVED);
    expect(driver.pool().keys.filter((key) => key.failures > 0)).toEqual([]);
  });

  test("32 refused keys in a row make a provider suspect: short rests, one probe every 10 s", () => {
    const driver = driverOf(40);
    refuse(driver, 0, 32);
    expect(driver.pool()).toMatchObject({ state: "suspect", until: START + 10 * SECOND });
    expect(driver.key("k3")).toMatchObject({ state: "invalid", until: START + MINUTE });
    expect(driver.none()).toEqual({ code: "open", retryAt: START + 10 * SECOND });
    driver.now += 10 * SECOND;
    const probe = driver.pick();
    expect(driver.pick()).toEqual(probe);
    driver.attempt(probe.keyId, { kind: "key-invalid" });
    expect(driver.none()).toEqual({ code: "open", retryAt: START + 20 * SECOND });
    expect(driver.key(probe.keyId).until).toBe(driver.now + MINUTE);
    expect(driver.changes.filter(({ level }) => level === "provider")).toHaveLength(1);
    expect(driver.changes.at(-1)).toMatchObject({ level: "key", alert: false });
  });

  test("the first success undoes all of it and forgets the steps", () => {
    const driver = driverOf(40);
    refuse(driver, 0, 35);
    driver.now += 10 * SECOND;
    const changes = driver.attempt("k39", COMMITTED);
    expect(changes[0]).toMatchObject({ level: "provider", from: "suspect", to: "up", alert: false });
    expect(changes.filter(({ level, to }) => level === "key" && to === "ready")).toHaveLength(35);
    expect(driver.pool().keys.every((key) => key.state === "ready")).toBe(true);
    refuse(driver, 0, 1);
    expect(driver.key("k0").until).toBe(driver.now + 10 * MINUTE);
  });

  test("a success of an attempt from before the incident lifts nothing", () => {
    const driver = driverOf(40);
    const early = driver.begin("k39", needOf("p"));
    refuse(driver, 0, 32);
    driver.judge(early, SERVED);
    expect(driver.pool().state).toBe("suspect");
  });

  test("a late refusal of the incident does not outlive it", () => {
    const driver = driverOf(40);
    const late = driver.begin("k38", needOf("p"));
    refuse(driver, 0, 32);
    driver.now += 10 * SECOND;
    driver.attempt("k39", SERVED);
    expect(driver.judge(late, { kind: "key-invalid" })).toEqual([]);
    expect(driver.key("k38").state).toBe("ready");
  });

  test.each<[string, (driver: ReturnType<typeof driverOf>) => void]>([
    ["a success between", (driver) => void driver.attempt("k39", SERVED)],
    ["another verdict between", (driver) => void driver.attempt("k39", { kind: "key-exhausted" })],
  ])("%s starts the row anew", (_name, between) => {
    const driver = driverOf(40);
    refuse(driver, 0, 20);
    between(driver);
    refuse(driver, 20, 39);
    expect(driver.pool().state).toBe("up");
  });

  test("one key refused many times is no row", () => {
    const driver = driverOf(40);
    for (let i = 0; i < 100; i++) driver.attempt("k0", { kind: "key-refused" });
    expect(driver.pool().state).toBe("up");
  });

  test("a rest that began before the row is not capped or undone", () => {
    const driver = driverOf(40);
    driver.attempt("k39", { kind: "key-exhausted" });
    refuse(driver, 0, 32);
    expect(driver.key("k39")).toMatchObject({ state: "exhausted", until: START + 60 * MINUTE });
    driver.now += 10 * SECOND;
    driver.attempt("k38", SERVED);
    expect(driver.key("k39").state).toBe("exhausted");
  });
});
