// Keys are counted by state, in slices.
import { expect, test } from "bun:test";
import type { KeyGlance, PoolGlance } from "../../src/balancer/contract.ts";
import { poolFigures } from "../../src/balancer/pool-figures.ts";

const NOW = 1_000_000;
const key = (facts: Partial<KeyGlance>): KeyGlance => {
  return {
    id: "a",
    name: "team-a",
    state: "ready",
    isOutByRule: false,
    until: undefined,
    inFlight: 0,
    parts: [],
    ...facts,
  };
};
const pool = (keys: Iterable<KeyGlance>): PoolGlance => {
  return { provider: "first", state: "up", until: undefined, openModels: [], keys };
};
const part = (state: "cooling" | "blocked" | "half_open", until: number) => {
  return { model: "m", state, since: NOW, until, reason: "x", status: 429, message: undefined };
};

test("poolFigures counts keys and what rests for them, and says when what cools is back", async () => {
  const keys = [
    key({ inFlight: 2 }),
    key({ state: "cooling", until: NOW + 5_000 }),
    key({ state: "invalid", until: NOW + 600_000 }),
    key({
      inFlight: 1,
      parts: [part("cooling", NOW + 2_000), part("blocked", NOW + 9_000), part("half_open", NOW - 1)],
    }),
  ];
  expect(await poolFigures([pool(keys)], { now: NOW })).toMatchObject([
    {
      provider: "first",
      keys: { ready: 2, cooling: 1, invalid: 1, exhausted: 0 },
      parts: { cooling: 1, blocked: 1, half_open: 1 },
      inFlight: 3,
      firstBackMs: 2_000,
      lastBackMs: 5_000,
      each: [],
    },
  ]);
});

test("poolFigures names each key only where that is wanted", async () => {
  const nameOf = ({ name }: KeyGlance) => name.toUpperCase();
  const [figures] = await poolFigures([pool([key({ state: "disabled" })])], { now: NOW, nameOf });
  expect(figures?.each).toEqual([{ id: "a", name: "TEAM-A", state: "disabled" }]);
  expect(figures).toMatchObject({ firstBackMs: 0, lastBackMs: 0 });
});

test("poolFigures tells what a rule disabled from what an operator did", async () => {
  const keys = [key({ state: "disabled" }), key({ id: "b", state: "disabled", isOutByRule: true })];
  const [figures] = await poolFigures([pool(keys)], { now: NOW, nameOf: ({ name }) => name });
  expect(figures?.keys).toMatchObject({ ready: 0, disabled: 1, disabled_by_rule: 1 });
  expect(figures?.each.map(({ state }) => state)).toEqual(["disabled", "disabled_by_rule"]);
});

test("poolFigures lets others go on between two slices of keys", async () => {
  let turns = 0;
  const read: number[] = [];
  const count = () => {
    turns += 1;
    ticking = setImmediate(count);
  };
  let ticking = setImmediate(count);
  function* many() {
    for (let index = 0; index < 1_000; index += 1) {
      read.push(turns);
      yield key({});
    }
  }
  await poolFigures([pool(many())], { now: NOW });
  clearImmediate(ticking);
  const inOneTurn = Math.max(...[...new Set(read)].map((turn) => read.filter((at) => at === turn).length));
  expect(inOneTurn).toBeLessThanOrEqual(251);
});
