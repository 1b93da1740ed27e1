// Why a request would get its key, and why the others are not chosen.

import { expect, test } from "bun:test";
import fc from "fast-check";
import type { Obstacle } from "../../src/balancer/explanation.ts";
import { explainAll } from "./explain-all.ts";
import {
  balancerOf,
  Driver,
  driverOf,
  FALLBACK,
  keySpec,
  MINUTE,
  needFor,
  needOf,
  poolSpec,
  SECOND,
  START,
  twoProviders,
} from "./fixtures.ts";
import { History, POOLS, steps } from "./history.ts";

/** What stands in the way of each key, by id; an empty list is the one that is picked. */
function why(driver: Driver, need = needOf("p")): Readonly<Record<string, readonly Obstacle[]>> {
  return Object.fromEntries(
    explainAll(driver.balancer, need, driver.now).map(({ keyId, obstacles }) => [keyId, obstacles]),
  );
}

test("keys that could serve say why another goes first", () => {
  const keys = [keySpec("k0"), keySpec("k1"), keySpec("k2"), keySpec("k3", { priority: 1 })];
  const driver = new Driver(balancerOf([poolSpec("p", keys)]));
  driver.begin("k1", needOf("p"));
  expect(why(driver)).toEqual({
    k0: [],
    k1: [{ code: "busier" }],
    k2: [{ code: "other_turn" }],
    k3: [{ code: "lower_priority" }],
  });
});

test("keys that are out say what stands in the way, until when and why", () => {
  const driver = driverOf(7);
  driver.attempt("k0", { kind: "key-invalid" });
  driver.attempt("k1", { kind: "key-exhausted" });
  driver.attempt("k2", { kind: "rate-limited", retryAfterMs: 20 * SECOND });
  driver.attempt("k3", { kind: "model-missing" });
  driver.attempt("k4", { kind: "operation-blocked" });
  driver.balancer.setDisabled([{ provider: "p", keyId: "k5" }], true, START);
  expect(why(driver)).toMatchObject({
    k0: [{ code: "invalid", until: START + 10 * MINUTE, reason: "invalid_api_key", status: 401 }],
    k1: [{ code: "exhausted", until: START + 60 * MINUTE }],
    k2: [{ code: "model_cooling", until: START + 21 * SECOND }],
    k3: [{ code: "model_blocked", until: START + 10 * MINUTE }],
    k4: [{ code: "operation_blocked" }],
    k5: [{ code: "disabled" }],
    k6: [],
  });
});

test("everything in the way of a key is told", () => {
  const driver = driverOf(1);
  driver.attempt("k0", { kind: "rate-limited", retryAfterMs: SECOND });
  driver.attempt("k0", { kind: "key-invalid" });
  driver.balancer.setDisabled([{ provider: "p", keyId: "k0" }], true, START);
  expect(why(driver).k0?.map(({ code }) => code)).toEqual(["disabled", "invalid", "model_cooling"]);
});

test("a key that does not serve the model, and one that is not the pinned one", () => {
  const keys = [keySpec("k0", { serves: () => false }), keySpec("k1"), keySpec("k2")];
  const driver = new Driver(balancerOf([poolSpec("p", keys)]));
  expect(why(driver, needOf("p", { pinnedKey: "k2" }))).toEqual({
    k0: [{ code: "model_not_served" }, { code: "other_key_pinned" }],
    k1: [{ code: "other_key_pinned" }],
    k2: [],
  });
});

test("a fallback waits for its turn in the route, and goes first while the provider before it fails", () => {
  const driver = twoProviders();
  const need = needFor(FALLBACK);
  expect(why(driver, need).q0).toEqual([{ code: "later_in_route" }]);
  for (let i = 0; i < 5; i++) driver.attempt("k0", { kind: "unreachable" }, needFor(FALLBACK));
  const reasons = why(driver, need);
  expect(reasons.q0).toEqual([]);
  expect(reasons.k0).toEqual([{ code: "provider_open", until: START + 5 * SECOND }]);
  expect(reasons.k1).toEqual([{ code: "provider_open", until: START + 5 * SECOND }]);
});

test("a suspect provider is shut until its probe", () => {
  const driver = driverOf(33);
  for (let i = 0; i < 32; i++) driver.attempt(`k${i}`, { kind: "key-invalid" });
  expect(why(driver).k32).toEqual([{ code: "provider_suspect", until: START + 10 * SECOND }]);
});

test("providers that are not configured have nothing to explain", () => {
  expect(explainAll(driverOf(1).balancer, needOf("x"), START)).toEqual([]);
});

test("in any history the picked one is what a pick finds, and every other key has a reason", () => {
  fc.assert(
    fc.property(steps, fc.constantFrom("known", "other"), (all, model) => {
      const history = new History();
      for (const step of all) history.play(step);
      const { balancer, now } = history.driver;
      const need = needFor([[{ provider: "p", model }], [{ provider: "q", model }]]);
      const pick = balancer.pick(need, [], now);
      const explanations = explainAll(balancer, need, now);
      expect(explanations).toHaveLength(POOLS.reduce((sum, { keys }) => sum + keys.length, 0));
      const picked = explanations.filter(({ isPicked }) => isPicked);
      const candidates = picked.map(({ target, keyId }) => ({ ...target, keyId }));
      expect(candidates).toEqual(pick.kind === "candidate" ? [pick.candidate] : []);
      for (const { isPicked, obstacles } of explanations) expect(obstacles.length > 0).toBe(!isPicked);
    }),
    { numRuns: 150 },
  );
});
