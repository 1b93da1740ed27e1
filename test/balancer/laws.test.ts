// Laws that hold after any history of requests, verdicts, pauses and reloads.
import { expect, test } from "bun:test";
import fc from "fast-check";
import type { Tried } from "../../src/balancer/contract.ts";
import { balancerOf, Driver, driverOf, keySpec, needOf, poolSpec, seeded, verdictOf } from "./fixtures.ts";
import { EFFECTS, History, steps } from "./history.ts";

test("any history: picks are usable and change nothing, slots add up, cooldowns never shrink", () => {
  fc.assert(
    fc.property(steps, (all) => {
      const history = new History();
      for (const step of all) history.play(step);
      history.finish();
    }),
    { numRuns: 150 },
  );
});

test("no key starves: with any weights each of up to 200 keys is served within a bounded number of requests", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 10 }), { minLength: 1, maxLength: 200, size: "max" }), (weights) => {
      const keys = weights.map((weight, i) => keySpec(`k${i}`, { weight }));
      const driver = new Driver(balancerOf([poolSpec("p", keys)]));
      const served = new Set<string>();
      const sum = weights.reduce((total, weight) => total + weight, 0);
      for (let i = 0; i < 20 * sum; i++) served.add(driver.serve(needOf("p")).keyId);
      expect(served.size).toBe(weights.length);
    }),
    { numRuns: 8 },
  );
});

test("a request tries every usable key once before any again, and none again after a refusal", () => {
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 120 }), fc.constantFrom(...EFFECTS.slice(3)), (count, effect) => {
      fc.pre(verdictOf(effect).next !== "stop" && effect.kind !== "region-refused");
      // A limited key is out by its rest, and may be asked again in this request after it.
      fc.pre(effect.kind !== "rate-limited");
      const driver = driverOf(count, {}, seeded(count));
      const need = needOf("p");
      const tried: Tried[] = [];
      for (let pick = driver.balancer.pick(need, tried, driver.now); pick.kind === "candidate"; ) {
        tried.push({ candidate: pick.candidate, verdict: verdictOf(effect) });
        if (tried.length === count) break;
        pick = driver.balancer.pick(need, tried, driver.now);
      }
      expect(new Set(tried.map(({ candidate }) => candidate.keyId)).size).toBe(count);
      const next = driver.balancer.pick(need, tried, driver.now);
      expect(next.kind).toBe(verdictOf(effect).next === "rotate" ? "none" : "candidate");
    }),
    { numRuns: 60 },
  );
});
