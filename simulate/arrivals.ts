// The requests of a run: when they come, from whom, for what, and how long they take where they are served.
import { capacityPerMs } from "./capacity.ts";
import { between, exponential, logNormal, type Random } from "./random.ts";
import type { ModelSpec, Scenario, Traffic } from "./scenario.ts";
import { drawStated } from "./stated-output.ts";
import { START } from "./virtual-clock.ts";

/** One request. `serviceMs`: how long any upstream works on it. */
export interface Arrival {
  readonly index: number;
  readonly at: number;
  readonly client: number;
  readonly model: ModelSpec;
  readonly serviceMs: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** What the client allows; undefined: it does not say. */
  readonly maxOutput: number | undefined;
  readonly isStream: boolean;
}

/** All requests of a scenario, in the order of their times. */
export function arrivalsOf(scenario: Scenario, random: Random): readonly Arrival[] {
  const { traffic, windows, windowMs } = scenario;
  const perMs = "perSecond" in traffic.load ? traffic.load.perSecond / 1_000 : loadPerMs(scenario, traffic.load);
  const totalMs = windows * windowMs;
  const arrivals: Arrival[] = [];
  for (let at = exponential(random) / perMs; at < totalMs; at += exponential(random) / perMs) {
    arrivals.push(draw(scenario, { index: arrivals.length, at: START + Math.round(bunched(at, traffic)) }, random));
  }
  return arrivals;
}

function loadPerMs(scenario: Scenario, load: { readonly ofCapacity: number }): number {
  return load.ofCapacity * capacityPerMs(scenario);
}

/** Moves a time into the burst of its period; the order is kept. */
function bunched(at: number, { burst }: Traffic): number {
  if (burst === undefined) return at;
  const into = at % burst.everyMs;
  return at - into + burst.everyMs - burst.withinMs + (into * burst.withinMs) / burst.everyMs;
}

function draw({ traffic, models }: Scenario, place: { readonly index: number; readonly at: number }, random: Random) {
  const { service, tokens, streams, clients } = traffic;
  const outputTokens = between(random, tokens.output);
  return {
    ...place,
    outputTokens,
    maxOutput: drawStated(outputTokens, random),
    client: Math.floor(random() * clients),
    model: drawModel(models, random),
    serviceMs: Math.round(logNormal(random, service.medianMs, service.spread)),
    inputTokens: between(random, tokens.input),
    isStream: random() < streams,
  };
}

function drawModel(models: readonly ModelSpec[], random: Random): ModelSpec {
  const total = models.reduce((sum, { share }) => sum + share, 0);
  let left = random() * total;
  const found = models.find(({ share }) => {
    left -= share;
    return left < 0;
  });
  const chosen = found ?? models.at(-1);
  if (chosen === undefined) throw new Error("Cannot draw a request: the scenario has no model");
  return chosen;
}
