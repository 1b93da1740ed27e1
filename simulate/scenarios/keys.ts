// How many keys there are, and how one of them is chosen.
import type { Strategy } from "../../src/config/config.ts";
import type { Scenario } from "../scenario.ts";
import { bucket, provider, scenario, TOLD } from "./base.ts";

const STRATEGIES: readonly Strategy[] = ["balanced", "round_robin", "random", "fill_first", "least_used", "headroom"];

/** Fewer requests for each key where there are many, so that a run stays short. */
const COUNTS = [
  { keys: 10, limit: 30 },
  { keys: 1_000, limit: 6 },
  { keys: 10_000, limit: 2 },
];

const BY_COUNT = COUNTS.map(({ keys, limit }) =>
  scenario({
    name: `keys-${keys}`,
    title: `${keys.toLocaleString("en-US")} keys`,
    providers: [provider({ keys, limits: [bucket(limit)], sizes: [1, 3] })],
    bounds: TOLD,
  }),
);

const BY_STRATEGY = STRATEGIES.map((strategy) =>
  scenario({
    name: `strategy-${strategy.replace("_", "-")}`,
    title: `Strategy \`${strategy}\`, limits 1 : 3, 90 % of capacity`,
    strategy,
    providers: [provider({ limits: [bucket(30)], sizes: [1, 3] })],
    traffic: { load: { ofCapacity: 0.9 } },
    bounds: TOLD,
  }),
);

export const KEYS: readonly Scenario[] = [...BY_COUNT, ...BY_STRATEGY];
