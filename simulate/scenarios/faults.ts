// What fails: keys, providers and models.
import type { Fault, FaultKind, ModelSpec, ProviderSpec, Scenario } from "../scenario.ts";
import { MINUTE_MS, provider, scenario, TOLD } from "./base.ts";

const WITH_FALLBACK: readonly ModelSpec[] = [{ name: "m", route: [["a"], ["b"]], share: 1 }];
const TEN_PER_SECOND = { load: { perSecond: 10 } } as const;

/** Two providers without limits; the first one fails. */
function twoProviders(faults: readonly Fault[]): readonly ProviderSpec[] {
  const unlimited = { limits: [], keys: 10 };
  return [provider({ ...unlimited, faults }), provider({ ...unlimited, name: "b" })];
}

function outage(kind: FaultKind): Fault {
  return { fromMs: 3 * MINUTE_MS, toMs: 6 * MINUTE_MS, kind };
}

/** Down for 10 s of every 30 s. */
const FLAPPING: readonly Fault[] = Array.from({ length: 20 }, (_, i) => {
  return { fromMs: 20_000 + i * 30_000, toMs: 30_000 + i * 30_000, kind: "500" };
});

export const FAULTS: readonly Scenario[] = [
  scenario({
    name: "dead-keys",
    title: "A third of the keys dead or without credit",
    providers: [provider({ keys: 30, dead: 0.2, noCredit: 0.14 })],
    bounds: TOLD,
  }),
  scenario({
    name: "dying-keys",
    title: "A third of the keys dies with a dozen calls of each in flight",
    providers: [provider({ keys: 30, dead: 0.34, deadFromMs: 3 * MINUTE_MS })],
    traffic: { service: { medianMs: 15_000, spread: 0.4 } },
    bounds: TOLD,
  }),
  scenario({
    name: "outage",
    title: "Outage of one provider of two, status 500",
    providers: twoProviders([outage("500")]),
    models: WITH_FALLBACK,
    traffic: TEN_PER_SECOND,
    bounds: TOLD,
  }),
  scenario({
    name: "outage-refused",
    title: "Outage of one provider of two, connections refused",
    providers: twoProviders([outage("refused")]),
    models: WITH_FALLBACK,
    traffic: TEN_PER_SECOND,
    bounds: TOLD,
  }),
  scenario({
    name: "outage-hanging",
    title: "Outage of one provider of two, calls hang",
    providers: twoProviders([outage("hang")]),
    models: WITH_FALLBACK,
    traffic: TEN_PER_SECOND,
    windows: 20,
    bounds: TOLD,
  }),
  scenario({
    name: "outage-alone",
    title: "Outage of the only provider, status 500",
    providers: [provider({ limits: [], keys: 10, faults: [outage("500")] })],
    traffic: TEN_PER_SECOND,
    bounds: TOLD,
  }),
  scenario({
    name: "flapping-alone",
    title: "The only provider is down for 10 s of every 30 s",
    providers: [provider({ limits: [], keys: 10, faults: FLAPPING })],
    traffic: TEN_PER_SECOND,
    bounds: TOLD,
  }),
  scenario({
    name: "flapping",
    title: "A provider that is down for 10 s of every 30 s, with a fallback",
    providers: twoProviders(FLAPPING),
    models: WITH_FALLBACK,
    traffic: TEN_PER_SECOND,
    bounds: TOLD,
  }),
  scenario({
    name: "overloaded-model",
    title: "One overloaded model (503, then 529) among healthy ones",
    providers: twoProviders([
      { fromMs: 2 * MINUTE_MS, toMs: 5 * MINUTE_MS, kind: "503", model: "busy" },
      { fromMs: 5 * MINUTE_MS, toMs: 8 * MINUTE_MS, kind: "529", model: "busy" },
    ]),
    models: [
      { name: "busy", route: [["a"], ["b"]], share: 1 },
      { name: "calm", route: [["a"]], share: 2 },
    ],
    traffic: TEN_PER_SECOND,
    bounds: TOLD,
  }),
];
