// How much is asked for: below, above and around what the keys can serve.
import type { Scenario } from "../scenario.ts";
import type { LimitSpec } from "../upstream/limit.ts";
import { bucket, fixed, OVERLOADED, provider, scenario, TOLD } from "./base.ts";

const TOKENS: readonly LimitSpec[] = [bucket(600), { form: "bucket", unit: "tokens", limit: 30_000, per: "minute" }];

export const LOAD: readonly Scenario[] = [
  scenario({ name: "steady", title: "Steady, 70 % of capacity, buckets", bounds: TOLD }),
  scenario({
    name: "steady-windows",
    title: "Steady, 70 % of capacity, fixed windows",
    providers: [provider({ limits: [fixed(60)] })],
    bounds: TOLD,
  }),
  scenario({
    name: "steady-tokens",
    title: "Steady, 70 % of capacity, limits of tokens",
    providers: [provider({ limits: TOKENS })],
    bounds: TOLD,
  }),
  scenario({
    name: "nearly-full",
    title: "95 % of capacity, limits 1 : 3",
    providers: [provider({ limits: [bucket(30)], sizes: [1, 3] })],
    traffic: { load: { ofCapacity: 0.95 } },
    bounds: TOLD,
  }),
  scenario({
    name: "one-key",
    title: "One key, 90 % of capacity, fixed windows",
    providers: [provider({ keys: 1, limits: [fixed(60)] })],
    traffic: { load: { ofCapacity: 0.9 } },
    windows: 60,
    bounds: TOLD,
  }),
  scenario({
    name: "shared-limits",
    title: "Two models that share the limits of a key, 1 : 3, 90 % of capacity",
    providers: [provider({ limits: [bucket(30)], sizes: [1, 3] })],
    models: [
      { name: "m", route: [["a"]], share: 1 },
      { name: "n", route: [["a"]], share: 1 },
    ],
    traffic: { load: { ofCapacity: 0.9 } },
    bounds: TOLD,
  }),
  scenario({
    name: "overload",
    title: "150 % of capacity, buckets",
    traffic: { load: { ofCapacity: 1.5 } },
    bounds: { ...TOLD, ...OVERLOADED },
  }),
  scenario({
    name: "overload-windows",
    title: "150 % of capacity, fixed windows",
    providers: [provider({ limits: [fixed(60)] })],
    traffic: { load: { ofCapacity: 1.5 } },
    bounds: { ...TOLD, ...OVERLOADED },
  }),
  scenario({
    name: "overload-tokens",
    title: "150 % of capacity, limits of tokens",
    providers: [provider({ limits: TOKENS })],
    traffic: { load: { ofCapacity: 1.5 } },
    bounds: { ...TOLD, ...OVERLOADED },
  }),
  scenario({
    name: "unequal",
    title: "Very unequal limits, 1 : 10 : 100",
    providers: [provider({ keys: 12, sizes: [1, 10, 100], limits: [bucket(6)] })],
    bounds: TOLD,
  }),
  scenario({
    name: "fallback",
    title: "A tier of two providers at its limits, a third one for the rest",
    providers: [
      provider({ keys: 10 }),
      provider({ name: "b", keys: 10, limits: [fixed(30)] }),
      provider({ name: "c", keys: 10 }),
    ],
    models: [{ name: "m", route: [["a", "b"], ["c"]], share: 1 }],
    traffic: { load: { ofCapacity: 0.85 } },
    bounds: TOLD,
  }),
  scenario({
    name: "burst",
    title: "A burst after idle, two minutes' requests in 5 s",
    traffic: { burst: { everyMs: 120_000, withinMs: 5_000 } },
    bounds: TOLD,
  }),
];
