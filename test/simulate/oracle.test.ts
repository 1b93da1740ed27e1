// The oracle: as good as the limits allow, never better, and no wiser about faults than the rules are.
import { describe, expect, test } from "bun:test";
import type { Arrival } from "../../simulate/arrivals.ts";
import { arrivalsOf } from "../../simulate/arrivals.ts";
import { capacityPerMs } from "../../simulate/capacity.ts";
import { type OracleRun, runOracle } from "../../simulate/oracle/run-oracle.ts";
import { seededRandom } from "../../simulate/random.ts";
import type { ProviderSpec, Scenario } from "../../simulate/scenario.ts";
import { SCENARIOS } from "../../simulate/scenarios/all.ts";
import { bucket, fixed, provider, scenario } from "../../simulate/scenarios/base.ts";
import { START } from "../../simulate/virtual-clock.ts";
import { arrivals, MODEL, small } from "./fixtures.ts";

function play(world: Scenario, requests: readonly Arrival[]): OracleRun {
  return runOracle({ scenario: world, arrivals: requests, random: seededRandom(1) });
}

/** When each request began to be served, from the start; undefined for those that were not. */
function startsOf(run: OracleRun, requests: readonly Arrival[]): readonly (number | undefined)[] {
  return requests.map(({ index, serviceMs }) => {
    const ending = run.endings[index];
    return ending?.isServed === true ? ending.at - serviceMs - START : undefined;
  });
}

describe("limits", () => {
  test("are used to the last request, and no further", () => {
    const requests = arrivals(7, 1_000);
    // Two keys with three calls each: the seventh waits for the next minute, and that is too late.
    expect(startsOf(play(small({ limits: [fixed(3)] }), requests), requests).slice(5)).toEqual([5_000, undefined]);
  });

  test("let a request wait for its turn, first come first served, as long as the queue allows", () => {
    const requests = arrivals(5, 1_000);
    const run = play(small({ keys: 1, limits: [bucket(2)] }), requests);
    // One more each 30 s: the third is served at 30 s, the fourth would be at 60 s.
    expect(startsOf(run, requests)).toEqual([0, 1_000, 30_000, undefined, undefined]);
    expect(run.turnedAwayAt).toEqual([START + 3_000, START + 4_000]);
    expect(run.endings[3]?.at).toBe(START + 33_000);
  });

  test("of slots are taken again the moment a call ends", () => {
    const requests = arrivals(3, 100);
    const run = play(small({ keys: 1, limits: [{ form: "slots", limit: 1 }] }), requests);
    expect(startsOf(run, requests)).toEqual([0, 1_000, 2_000]);
  });

  test("of dead keys are not counted on, and no call goes to one", () => {
    const requests = arrivals(4, 10);
    const run = play(small({ keys: 2, dead: 0.5, limits: [fixed(3)] }), requests);
    expect(run.endings.filter(({ isServed }) => isServed)).toHaveLength(3);
  });

  test("of keys that die are used until then", () => {
    const requests = arrivals(6, 10_000);
    const run = play(small({ keys: 1, dead: 1, deadFromMs: 25_000, limits: [fixed(9)] }), requests);
    expect(run.endings.map(({ isServed }) => isServed)).toEqual([true, true, true, false, false, false]);
  });

  test("of a group are opened by any of its living keys", () => {
    const requests = arrivals(4, 10);
    const run = play(small({ keys: 2, groupSize: 2, dead: 0.5, limits: [fixed(3)] }), requests);
    expect(run.endings.filter(({ isServed }) => isServed)).toHaveLength(3);
  });

  test("of tokens are shared by what each request spends", () => {
    const requests = arrivals(4, 10, { inputTokens: 300, maxOutput: 100 });
    const limits = [{ form: "fixed", unit: "tokens", limit: 1_000, per: "minute" } as const];
    const run = play(small({ keys: 1, limits }), requests);
    expect(run.endings.map(({ isServed }) => isServed)).toEqual([true, true, false, false]);
  });
});

test.each(["overload", "overload-windows", "unequal", "hidden-groups-overload"])(
  "%s: what the limits allow is served, and no more",
  (name) => {
    const world = SCENARIOS.find((one) => one.name === name) as Scenario;
    const requests = arrivalsOf(world, seededRandom(5));
    const run = play(world, requests);
    const served = run.endings.filter(({ isServed }) => isServed).length;
    const totalMs = world.windows * world.windowMs;
    const isBucket = world.providers[0]?.limits[0]?.form === "bucket";
    // What waits at the end is served from full buckets and in the time that it may wait, or by the next window.
    const [leastMs, mostMs] = isBucket ? [totalMs + 89_000, totalMs + 90_000] : [totalMs, totalMs + 60_000];
    const [least, most] = [leastMs, mostMs].map((ms) => Math.min(requests.length, capacityPerMs(world) * ms));
    expect(served).toBeGreaterThanOrEqual(Math.floor((least ?? 0) * 0.99));
    expect(served).toBeLessThanOrEqual((most ?? 0) + 1);
  },
);

describe("faults", () => {
  const down = (kind: "500" | "refused" | "hang", toMs = 10_000): Partial<ProviderSpec> => {
    return { limits: [], faults: [{ fromMs: 0, toMs, kind }] };
  };
  const routed = { ...MODEL, route: [["a"], ["b"]] };
  const pair = (first: Partial<ProviderSpec>): Scenario => ({
    ...small(first),
    providers: [provider({ keys: 2, ...first }), provider({ name: "b", keys: 2, limits: [] })],
    models: [routed],
  });

  test("send a request to the next provider at once", () => {
    const requests = arrivals(3, 100, { model: routed });
    expect(startsOf(play(pair(down("500")), requests), requests)).toEqual([40, 140, 240]);
    expect(startsOf(play(pair(down("refused")), requests), requests)).toEqual([2, 102, 202]);
  });

  test("are not known before: the first provider is asked by every request", () => {
    const requests = arrivals(3, 6_000, { model: routed });
    expect(startsOf(play(pair(down("500")), requests), requests)).toEqual([40, 6_040, 12_000]);
  });

  test("that hang cost the time of the timeout", () => {
    const requests = arrivals(1, 0, { model: routed });
    expect(startsOf(play(pair(down("hang")), requests), requests)).toEqual([300_000]);
  });

  test("of a lone provider are retried three times, with back-off", () => {
    const requests = arrivals(1, 0);
    expect(play(small(down("500")), requests).endings[0]).toMatchObject({ isServed: false, code: "fault" });
    const short = play(small(down("500", 100)), requests).endings[0];
    expect(short?.isServed).toBe(true);
    expect(short?.at).toBeGreaterThan(START + 1_100);
  });

  test("cost the budget of retries: an outage is not multiplied", () => {
    const requests = arrivals(300, 10);
    const run = play(small(down("500")), requests);
    // A retry ends later than the 40 ms of a first attempt: some ten, or a fifth of the requests, get one.
    const retried = requests.filter(({ index, at }) => (run.endings[index]?.at ?? 0) - at > 40);
    expect(retried.length).toBeGreaterThan(5);
    expect(retried.length).toBeLessThan(61);
  });
});

test("two runs of one seed are the same", () => {
  const world = scenario({ name: "x", title: "x", traffic: { load: { ofCapacity: 1.2 } }, bounds: { goodput: 1 } });
  const requests = arrivalsOf(world, seededRandom(3));
  expect(play(world, requests)).toEqual(play(world, requests));
});
