// The requests of a run, and the smaller versions of scenarios.
import { describe, expect, test } from "bun:test";
import { type Arrival, arrivalsOf } from "../../simulate/arrivals.ts";
import { capacityPerMs } from "../../simulate/capacity.ts";
import { seededRandom } from "../../simulate/random.ts";
import { reduce } from "../../simulate/reduce.ts";
import type { Scenario, Traffic } from "../../simulate/scenario.ts";
import { SCENARIOS } from "../../simulate/scenarios/all.ts";
import { bucket, provider, scenario } from "../../simulate/scenarios/base.ts";
import { durationText } from "../../simulate/upstream/durations.ts";
import { START } from "../../simulate/virtual-clock.ts";

const MODELS = [
  { name: "m", route: [["a"]], share: 1 },
  { name: "n", route: [["a"]], share: 3 },
];

function worldOf(traffic: Partial<Traffic> = {}, fields: Partial<Scenario> = {}): Scenario {
  return { ...scenario({ name: "x", title: "x", traffic, bounds: { goodput: 1 } }), ...fields };
}

function drawn(traffic: Partial<Traffic> = {}, fields: Partial<Scenario> = {}): readonly Arrival[] {
  return arrivalsOf(worldOf(traffic, fields), seededRandom(4));
}

describe("arrivalsOf", () => {
  test("comes at the rate that is asked for", () => {
    // 20 keys with 60 a minute: 20 a second for 600 s.
    expect(drawn({ load: { ofCapacity: 1 } }).length / 12_000).toBeCloseTo(1, 1);
    expect(drawn({ load: { perSecond: 5 } }).length / 3_000).toBeCloseTo(1, 1);
  });

  test("is in order, numbered, and within the run", () => {
    const all = drawn();
    expect(all.map(({ index }) => index)).toEqual([...all.keys()]);
    expect(all.every(({ at }, i) => at >= (all[i - 1]?.at ?? START) && at <= START + 600_000)).toBe(true);
    expect(all.every(({ at, serviceMs }) => Number.isInteger(at) && Number.isInteger(serviceMs))).toBe(true);
  });

  test("comes in bursts at the end of each period, in order", () => {
    const all = drawn({ burst: { everyMs: 60_000, withinMs: 5_000 } });
    expect(all.every(({ at }) => (at - START - 1) % 60_000 >= 54_999)).toBe(true);
    expect(all.every(({ at }, i) => at >= (all[i - 1]?.at ?? START))).toBe(true);
  });

  test("spreads over clients and models by their shares", () => {
    const all = drawn({ clients: 4 }, { models: MODELS });
    const share = (isIt: (one: Arrival) => boolean) => all.filter(isIt).length / all.length;
    expect(share(({ client }) => client === 3)).toBeCloseTo(0.25, 1);
    expect(share(({ model }) => model.name === "n")).toBeCloseTo(0.75, 1);
  });

  test("has the service time and tokens that are asked for, and says how long answers may be in half", () => {
    const all = drawn({ service: { medianMs: 300, spread: 0.5 }, tokens: { input: [1, 9], output: [10, 20] } });
    const median = all.map(({ serviceMs }) => serviceMs).toSorted((a, b) => a - b)[all.length >> 1] ?? 0;
    expect(median / 300).toBeCloseTo(1, 1);
    expect(all.every(({ inputTokens: i, outputTokens: o }) => i >= 1 && i <= 9 && o >= 10 && o <= 20)).toBe(true);
    const stated = all.flatMap(({ maxOutput, outputTokens }) =>
      maxOutput === undefined ? [] : [maxOutput / outputTokens],
    );
    expect(stated.length / all.length).toBeCloseTo(0.5, 1);
    expect(stated.every((ratio) => ratio >= 1 && ratio <= 2.1)).toBe(true);
  });

  test("is another one with another seed only", () => {
    expect(drawn()).toEqual(drawn());
    expect(arrivalsOf(worldOf(), seededRandom(5))).not.toEqual(drawn());
  });
});

test("the capacity of tokens is that of what requests spend in the mean", () => {
  const limits = [{ form: "bucket", unit: "tokens", limit: 600_000, per: "minute" } as const];
  const world = worldOf({ load: { ofCapacity: 1 } }, { providers: [provider({ keys: 1, limits })] });
  const all = arrivalsOf(world, seededRandom(2));
  const spent = all.reduce((sum, { inputTokens, maxOutput = 0 }) => sum + inputTokens + maxOutput, 0);
  expect(spent / 6_000_000).toBeCloseTo(1, 1);
  expect(capacityPerMs(world)).toBeGreaterThan(0);
});

describe("reduce", () => {
  test("keeps groups and sizes whole, and the load", () => {
    const world = worldOf(
      {},
      { providers: [provider({ keys: 48, groupSize: 4, sizes: [1, 3], limits: [bucket(30)] })] },
    );
    const reduced = reduce(world);
    expect(reduced.providers[0]?.keys).toBe(16);
    expect(capacityPerMs(reduced) / capacityPerMs(world)).toBeCloseTo(1 / 3, 6);
    expect(reduce(worldOf({ load: { perSecond: 9 } })).traffic.load).toEqual({ perSecond: 3 });
  });

  test.each(SCENARIOS.map((one) => [one.name, one] as const))("%s changes neither bounds nor windows", (_name, one) => {
    const { bounds, windows, providers } = reduce(one);
    expect({ bounds, windows }).toEqual({ bounds: one.bounds, windows: one.windows });
    expect(providers.every(({ keys }, i) => keys <= (one.providers[i]?.keys ?? 0) && keys <= 60)).toBe(true);
  });
});

test.each([
  [0, "0ms"],
  [11.2, "12ms"],
  [1_000, "1s"],
  [1_234, "1.234s"],
  [360_000, "6m0s"],
  [3_661_500, "1h1m1.5s"],
])("durationText(%d) is %s", (ms, text) => {
  expect(durationText(ms)).toBe(text);
});
