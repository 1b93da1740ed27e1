// One event, one penalty; one client, no outage for the others.
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { Effect } from "../../src/core/verdict.ts";
import { driverOf, HOUR, MINUTE, needOf, OK, SECOND } from "./fixtures.ts";

describe("twenty in flight on a key that dies", () => {
  test.each<[string, Effect, number]>([
    ["are one penalty of an invalid key", { kind: "key-invalid" }, 10 * MINUTE],
    ["are one penalty without credit", { kind: "key-exhausted" }, HOUR],
    ["are one penalty of a key that is refused", { kind: "key-refused" }, 5 * MINUTE],
    ["are one penalty of a key that fails", { kind: "server-error" }, MINUTE],
  ])("%s, in whatever order they end", (_, effect, ms) => {
    fc.assert(
      fc.property(
        fc.shuffledSubarray(
          Array.from({ length: 20 }, (_, i) => i),
          { minLength: 20 },
        ),
        (order) => {
          const driver = driverOf(2, { maxFailures: 3 });
          const running = order.map((i) => driver.begin("k0", needOf("p", { client: `c${i}` })));
          for (const i of order) {
            driver.attempt("k1", OK.effect);
            const attempt = running[i];
            if (attempt !== undefined) driver.judge(attempt, effect);
          }
          expect(driver.changes.filter(({ level }) => level === "key").length).toBe(1);
          expect(driver.key("k0").until).toBe(driver.now + ms);
          // The next one is a new event, and the rest grows by one step.
          driver.now += ms;
          driver.attempt("k0", effect);
          if (effect.kind === "key-invalid") expect(driver.key("k0").until).toBe(driver.now + 2 * ms);
        },
      ),
      { numRuns: 15 },
    );
  });
});

describe("one client's bad requests", () => {
  const steps = fc.array(
    fc.record({
      // Most are bad, and of one client; the others are served, and fail now and then by themselves.
      effect: fc.constantFrom<Effect>(
        { kind: "server-error" },
        { kind: "unreachable" },
        { kind: "overloaded" },
        { kind: "stream-broken" },
      ),
      bad: fc.integer({ min: 0, max: 12 }),
      good: fc.integer({ min: 1, max: 3 }),
      ms: fc.integer({ min: 0, max: 20_000 }),
    }),
    { minLength: 1, maxLength: 30 },
  );

  test("never open a breaker while others are answered", () => {
    fc.assert(
      fc.property(steps, (all) => {
        const driver = driverOf(6, { maxFailures: 0 });
        for (const { effect, bad, good, ms } of all) {
          for (let i = 0; i < good; i++)
            driver.attempt(driver.pick().keyId, OK.effect, needOf("p", { client: `g${i}` }));
          for (let i = 0; i < bad; i++) driver.attempt(driver.pick().keyId, effect, needOf("p", { client: "bad" }));
          expect(driver.pool().state).toBe("up");
          expect(driver.pool().openModels).toEqual([]);
          driver.now += ms;
        }
      }),
      { numRuns: 100 },
    );
  });

  test("of its own fault touch no key and no provider, however many", () => {
    const driver = driverOf(3);
    for (let i = 0; i < 200; i++) driver.attempt(`k${i % 3}`, { kind: "none" });
    expect(driver.changes).toEqual([]);
    expect(driver.pool().keys.map(({ state, failures }) => [state, failures])).toEqual([
      ["ready", 0],
      ["ready", 0],
      ["ready", 0],
    ]);
  });
});

test("a success ends nothing that was imposed after its attempt began", () => {
  const effects: readonly Effect[] = [
    { kind: "key-invalid" },
    { kind: "key-exhausted" },
    { kind: "rate-limited", retryAfterMs: HOUR },
    { kind: "model-missing" },
    { kind: "operation-blocked" },
  ];
  for (const effect of effects) {
    const driver = driverOf(1);
    const early = driver.begin("k0", needOf("p"));
    driver.attempt("k0", effect);
    driver.judge(early, OK.effect);
    driver.balancer.end(early, driver.now);
    expect(driver.balancer.pick(needOf("p"), [], driver.now).kind).not.toBe("candidate");
    driver.now += SECOND;
    driver.attempt("k0", OK.effect);
    driver.now += MINUTE;
    expect(driver.balancer.pick(needOf("p"), [], driver.now).kind).toBe("candidate");
  }
});
