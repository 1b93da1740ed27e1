// The gateway of a simulation: the real parts meet the simulated providers and nothing else.
import { describe, expect, test } from "bun:test";
import { arrivalsOf } from "../../simulate/arrivals.ts";
import { seededRandom } from "../../simulate/random.ts";
import { runScenario } from "../../simulate/run-scenario.ts";
import type { ProviderSpec, Scenario } from "../../simulate/scenario.ts";
import { bucket, scenario } from "../../simulate/scenarios/base.ts";
import { START } from "../../simulate/virtual-clock.ts";
import { type CreateBalancer, runGateway } from "../../simulate/world/run-gateway.ts";
import { Balancer } from "../../src/balancer/balancer.ts";
import { arrivals, small } from "./fixtures.ts";

function play(world: Scenario, requests = arrivals(4, 1_000)) {
  return runGateway({ scenario: world, arrivals: requests, random: seededRandom(1) });
}

describe("runGateway", () => {
  test("answers each request when its upstream has worked on it", () => {
    const { endings, calls } = play(small());
    expect(endings.map(({ isServed, at }) => [isServed, at - START])).toEqual([
      [true, 1_000],
      [true, 2_000],
      [true, 3_000],
      [true, 4_000],
    ]);
    expect(calls.map(({ status }) => status)).toEqual(["200", "200", "200", "200"]);
  });

  test("relays streams to their end", () => {
    const { endings } = play(small(), arrivals(4, 1_000, { isStream: true, serviceMs: 20_000 }));
    expect(endings.map(({ isServed, code, at }) => [isServed, code, at - START])).toEqual([
      [true, "complete", 20_000],
      [true, "complete", 21_000],
      [true, "complete", 22_000],
      [true, "complete", 23_000],
    ]);
  });

  test("is told of dead keys by 401 and goes on to the next", () => {
    const { endings, calls, changes } = play(small({ keys: 2, dead: 0.5 }));
    expect(endings.every(({ isServed }) => isServed)).toBe(true);
    expect(calls.filter(({ refusal }) => refusal?.cause === "dead")).toHaveLength(1);
    expect(changes.some(({ to, status }) => to === "invalid" && status === 401)).toBe(true);
  });

  test("waits for what hangs until the timeout, and gives every slot back", () => {
    const faults = [{ fromMs: 0, toMs: 1, kind: "hang" } as const];
    const { endings } = play(small({ faults, limits: [{ form: "slots", limit: 1 }] }), arrivals(1, 0));
    expect(endings[0]?.isServed).toBe(true);
    expect(endings[0]?.at).toBeGreaterThan(START + 300_000);
    expect(endings[0]?.queuedMs).toBeLessThan(1_000);
  });

  test("plays the same course for the same seed", () => {
    const world = small({ keys: 6, dead: 0.3, limits: [bucket(20)] }, { windows: 3 });
    const requests = arrivalsOf(world, seededRandom(9));
    expect(play(world, requests)).toEqual(play(world, requests));
  });
});

describe("bounds tell a bad balancer", () => {
  class Forgetful extends Balancer {
    override judge() {
      return [];
    }
  }
  class Stubborn extends Balancer {
    override pick(...[need, tried, now]: Parameters<Balancer["pick"]>) {
      const pick = super.pick(need, tried, now);
      if (pick.kind !== "candidate" || tried.length > 0) return pick;
      const [first] = this.report(now)[0]?.keys ?? [];
      return first === undefined ? pick : { ...pick, candidate: { ...pick.candidate, keyId: first.id } };
    }
  }

  const worlds: readonly (readonly [string, Partial<ProviderSpec>, number])[] = [
    ["dead keys", { keys: 6, dead: 0.34, limits: [bucket(60)] }, 0.7],
    ["small limits", { keys: 6, sizes: [1, 5], limits: [bucket(20)] }, 0.7],
    ["too much load", { keys: 6, limits: [bucket(60)] }, 1.5],
  ];
  const creators: readonly (readonly [string, CreateBalancer])[] = [
    ["that forgets", (...parts) => new Forgetful(...parts)],
    ["that always asks the first key", (...parts) => new Stubborn(...parts)],
  ];

  test.each(worlds.flatMap((world) => creators.map((creator) => [...world, ...creator] as const)))(
    "%s: one %s%s%s",
    (_world, fields, ofCapacity, _name, createBalancer) => {
      const bounds = { goodput: 0.98, wasted: 0.05 };
      const base = scenario({ name: "x", title: "x", windows: 3, traffic: { load: { ofCapacity } }, bounds });
      const world = { ...base, providers: base.providers.map((provider) => ({ ...provider, ...fields })) };
      const { broken } = runScenario(world, { seed: 1, createBalancer });
      expect(broken.join()).toContain("wasted attempts per request");
    },
  );
});
