// How much is asked for: below, above and around what the keys can serve.
import type { Scenario } from "../scenario.ts";
import { bucket, fixed, OVERLOADED, provider, scenario, TOLD } from "./base.ts";

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
    providers: [provider({ limits: [bucket(600), { form: "bucket", unit: "tokens", limit: 30_000, per: "minute" }] })],
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
