// Attempts, reloads, reports and bounds: what must hold however long the daemon runs.
import { describe, expect, test } from "bun:test";
import { admit } from "../../src/balancer/admission.ts";
import { LruMap } from "../../src/balancer/lru-map.ts";
import { Pool } from "../../src/balancer/pool.ts";
import { RequestMarks } from "../../src/balancer/request-marks.ts";
import { RunningAttempt } from "../../src/balancer/running-attempt.ts";
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
  SETTINGS,
  START,
  verdictOf,
} from "./fixtures.ts";

const SERVED: Effect = { kind: "success", complete: true, latencyMs: 1 };

describe("an attempt", () => {
  test("holds a slot from begin to end, and ends once", () => {
    const driver = driverOf(1);
    const attempt = driver.begin("k0", needOf("p"));
    expect(driver.key("k0").inFlight).toBe(1);
    driver.balancer.end(attempt, START);
    expect(driver.key("k0").inFlight).toBe(0);
    expect(() => driver.balancer.end(attempt, START)).toThrow("Cannot end an attempt twice");
    expect(driver.key("k0").inFlight).toBe(0);
  });

  test("of another balancer is refused", () => {
    const foreign = { candidate: { provider: "p", keyId: "k0", model: "known" }, need: needOf("p"), startedAt: START };
    expect(() => driverOf(1).balancer.end(foreign, START)).toThrow("did not begin");
  });
});

describe("replacePools", () => {
  test("that is free ends without giving back a slot of one that ran when a reload stated them", () => {
    const driver = driverOf(1);
    driver.begin("k0", needOf("p"));
    driver.begin("k0", needOf("p"));
    const stated = keySpec("k0", { limits: { concurrency: 2, day: "UTC" } });
    driver.balancer.replacePools([poolSpec("p", [stated])], SETTINGS, START);
    driver.balancer.end(driver.begin("k0", needOf("p", { isFree: true })), START);
    expect(driver.none()?.code).toBe("limited");
  });

  test("slots that a reload states count the attempts that run", () => {
    const driver = driverOf(1);
    const attempts = [driver.begin("k0", needOf("p")), driver.begin("k0", needOf("p"))];
    const limits = { concurrency: 2, day: "rolling" };
    driver.balancer.replacePools([poolSpec("p", [keySpec("k0", { limits })])], SETTINGS, START);
    expect(driver.none()?.code).toBe("limited");
    for (const attempt of attempts) driver.balancer.end(attempt, START);
    driver.begin("k0", needOf("p"));
    expect(driver.pick().keyId).toBe("k0");
    driver.begin("k0", needOf("p"));
    expect(driver.none()?.code).toBe("limited");
  });

  test("keeps the health of what still exists and takes the new configuration", () => {
    const driver = driverOf(3);
    driver.attempt("k0", { kind: "key-invalid" });
    driver.attempt("k1", { kind: "rate-limited", retryAfterMs: MINUTE });
    const keys = [keySpec("k0", { name: "renamed" }), keySpec("k1"), keySpec("new")];
    driver.balancer.replacePools([poolSpec("p", keys)], SETTINGS, driver.now);
    expect(driver.pool().keys.map(({ id, name, state }) => [id, name, state])).toEqual([
      ["k0", "renamed", "invalid"],
      ["k1", "name-k1", "ready"],
      ["new", "name-new", "ready"],
    ]);
    expect(driver.key("k1").parts).toHaveLength(1);
    expect(driver.pick().keyId).toBe("new");
  });

  test("leaves attempts in flight valid, also where their key or provider is gone", () => {
    const driver = driverOf(2);
    const attempts = [driver.begin("k0", needOf("p")), driver.begin("k1", needOf("p"))];
    driver.balancer.replacePools([poolSpec("p", keySpecs(1))], SETTINGS, driver.now);
    expect(driver.key("k0").inFlight).toBe(1);
    expect(attempts.map((attempt) => driver.judge(attempt, { kind: "key-invalid" }).length)).toEqual([1, 0]);
    driver.balancer.replacePools([], SETTINGS, driver.now);
    for (const attempt of attempts) {
      expect(driver.judge(attempt, { kind: "unreachable" })).toEqual([]);
      driver.balancer.end(attempt, driver.now);
    }
    expect(driver.balancer.report(driver.now)).toEqual([]);
  });

  test("a key that comes back has the health that it left with, unless an operator removed it", () => {
    const driver = driverOf(2);
    driver.attempt("k1", { kind: "key-invalid" });
    const [left] = driver.pool().keys.slice(1);
    driver.balancer.replacePools([poolSpec("p", keySpecs(1))], SETTINGS, driver.now);
    driver.balancer.replacePools([poolSpec("p", keySpecs(2))], SETTINGS, driver.now);
    expect(driver.key("k1")).toEqual(left as never);
    driver.balancer.replacePools([poolSpec("p", keySpecs(1))], SETTINGS, driver.now);
    driver.balancer.forget([{ provider: "p", keyId: "k1" }]);
    driver.balancer.replacePools([poolSpec("p", keySpecs(2))], SETTINGS, driver.now);
    expect(driver.key("k1").state).toBe("ready");
  });

  test("a provider that comes back has the health that it left with", () => {
    const driver = driverOf(2);
    for (let i = 0; i < 5; i++) driver.attempt("k0", { kind: "unreachable" });
    driver.attempt("k1", { kind: "key-invalid" });
    const left = driver.pool();
    expect(left.state).toBe("open");
    driver.balancer.replacePools([], SETTINGS, driver.now);
    driver.balancer.replacePools([poolSpec("p", keySpecs(2))], SETTINGS, driver.now);
    expect(driver.pool()).toEqual(left);
  });

  test("an attempt may begin on a key that was removed after the choice", () => {
    const driver = driverOf(2);
    const need = needOf("p");
    const candidate = driver.pick(need);
    driver.balancer.replacePools([], SETTINGS, driver.now);
    const attempt = driver.balancer.begin(candidate, need, driver.now);
    expect(driver.judge(attempt, SERVED)).toEqual([]);
    driver.balancer.end(attempt, driver.now);
  });

  test("a lowered longest rest shortens the rests that run", () => {
    const driver = driverOf(1);
    driver.attempt("k0", { kind: "key-exhausted", retryAfterMs: 20 * HOUR });
    driver.balancer.replacePools([poolSpec("p", keySpecs(1))], { ...SETTINGS, maxCooldownMs: HOUR }, driver.now);
    expect(driver.key("k0").until).toBe(START + HOUR);
  });

  test("a suspicion ends when none of the refused keys is left", () => {
    const driver = driverOf(32);
    for (let i = 0; i < 32; i++) driver.attempt(`k${i}`, { kind: "key-invalid" });
    driver.balancer.replacePools([poolSpec("p", keySpecs(1))], SETTINGS, driver.now);
    expect(driver.pool().state).toBe("suspect");
    driver.balancer.replacePools([poolSpec("p", keySpecs(3, "new"))], SETTINGS, driver.now);
    expect(driver.pool().state).toBe("up");
    expect(driver.pick().keyId).toMatch(/^new/);
  });
});

describe("bounds", () => {
  const forModel = (model: string) => needFor([[{ provider: "p", model }]]);

  test("models that only 404 spoke of leave nothing behind", () => {
    const pool = new Pool(poolSpec("p", keySpecs(1)));
    for (let i = 0; i < 3_000; i++) pool.noteRefused(`typo-${i}`, START);
    expect(pool.isRefused("typo-1999", START)).toBe(false);
    expect(pool.isRefused("typo-2000", START)).toBe(true);
    const driver = driverOf(1);
    for (let i = 0; i < 3_000; i++) driver.attempt("k0", { kind: "model-missing" }, forModel(`typo-${i}`));
    expect(driver.key("k0").parts).toEqual([]);
  });

  test("nor do they with limits in their headers, or in a quota group", () => {
    const driver = driverOf(1);
    const readings = [{ unit: "requests", limit: 100, remaining: 50 }] as const;
    const quota = { organization: "o", readings };
    for (let i = 0; i < 50; i++) {
      const attempt = driver.begin("k0", forModel(`typo-${i}`));
      driver.balancer.judge(attempt, { ...verdictOf({ kind: "model-missing" }), quota }, driver.now);
      driver.balancer.end(attempt, driver.now);
    }
    expect(driver.key("k0")).toMatchObject({ groups: ["organization o"], limits: [] });
    const pool = new Pool(poolSpec("p", [keySpec("k0", { quotaGroup: "g" })]));
    const key = pool.keys.get("k0");
    if (key === undefined) throw new Error("No key");
    const candidate = { provider: "p", keyId: "k0", model: "typo" };
    const place = { pool, key };
    const start = { candidate, need: forModel("typo"), startedAt: START, order: 1, place };
    admit(new RunningAttempt(start), place, new RequestMarks());
    expect(key.groups.flatMap((group) => [...group.parts()])).toEqual([]);
  });

  test("at most 10,000 key×model rests are kept for a provider, the newest ones", () => {
    const driver = driverOf(2);
    for (let i = 0; i < 10_010; i++)
      driver.attempt(`k${i % 2}`, { kind: "rate-limited", retryAfterMs: HOUR }, forModel(`m${i}`));
    const parts = driver.pool().keys.flatMap((key) => key.parts);
    expect(parts).toHaveLength(10_000);
    expect(driver.none(needFor([[{ provider: "p", model: "m10009" }]]))).toBeUndefined();
    expect(driver.key("k1").parts.some(({ model }) => model === "m10009")).toBe(true);
    expect(driver.key("k1").parts.some(({ model }) => model === "m1")).toBe(false);
  });

  test("entries that are over are dropped as others come", () => {
    const pool = new Pool(poolSpec("p", keySpecs(1)));
    const key = pool.keys.get("k0");
    if (key === undefined) throw new Error("No key");
    for (let i = 0; i < 1_000; i++) {
      pool.touchPart(key, `old${i}`, START);
      pool.touchModel(`old${i}`, START);
    }
    for (let i = 0; i < 1_000; i++) {
      pool.touchPart(key, `new${i % 10}`, START + 2 * HOUR);
      pool.touchModel(`new${i % 10}`, START + 2 * HOUR);
    }
    expect(key.models.size).toBeLessThanOrEqual(10);
    expect([...pool.models()].length).toBeLessThanOrEqual(10);
  });

  test("a very long model name is kept short", () => {
    const driver = driverOf(1);
    driver.attempt("k0", { kind: "rate-limited", retryAfterMs: HOUR }, forModel("x".repeat(1_000_000)));
    expect(driver.key("k0").parts[0]?.model).toHaveLength(256);
    expect(driver.none(forModel("x".repeat(1_000_000)))?.code).toBe("limited");
  });

  test("LruMap drops what was written longest ago and says so", () => {
    const evicted: number[] = [];
    const map = new LruMap<string, number>(2, (value) => evicted.push(value));
    map.set("a", 1);
    map.set("b", 2);
    map.set("a", 3);
    map.set("c", 4);
    expect([map.size, map.get("a"), map.get("b"), map.get("c")]).toEqual([2, 3, undefined, 4]);
    expect(evicted).toEqual([2]);
  });

  test("LruMap keeps the order of writing when one entry is written again and again, or was dropped", () => {
    const evicted: number[] = [];
    const map = new LruMap<string, number>(2, (value) => evicted.push(value));
    map.set("a", 1);
    map.set("b", 2);
    map.set("b", 3);
    map.set("c", 4);
    map.delete("c");
    map.set("c", 5);
    map.set("d", 6);
    expect(evicted).toEqual([1, 3]);
    expect([map.get("c"), map.get("d")]).toEqual([5, 6]);
  });
});

test("report shows a key as it is now, and leaves out what is over", () => {
  const driver = new Driver(balancerOf([poolSpec("p", keySpecs(1)), poolSpec("q", [])]));
  driver.attempt("k0", { kind: "key-refused" });
  driver.attempt("k0", { kind: "operation-blocked" });
  const attempt = driver.begin("k0", needOf("p"));
  expect(driver.balancer.report(START)).toEqual([
    {
      provider: "p",
      state: "up",
      until: undefined,
      openModels: [],
      keys: [
        {
          id: "k0",
          name: "name-k0",
          state: "ready",
          since: undefined,
          until: undefined,
          reason: undefined,
          status: undefined,
          message: undefined,
          failures: 1,
          inFlight: 1,
          used: 2,
          failed: 2,
          lastUsed: START,
          limits: [],
          groups: [],
          parts: [
            {
              operation: "chat",
              state: "blocked",
              since: START,
              until: START + 10 * MINUTE,
              reason: "missing_scope",
              status: 403,
              message: undefined,
            },
          ],
        },
      ],
    },
    { provider: "q", state: "up", until: undefined, openModels: [], keys: [] },
  ]);
  driver.balancer.end(attempt, START);
  driver.now += 10 * MINUTE;
  expect(driver.key("k0").parts).toEqual([]);
});
