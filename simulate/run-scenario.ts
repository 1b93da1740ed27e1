// Runs one scenario: the same arrivals through the gateway and through the oracle.
import { arrivalsOf } from "./arrivals.ts";
import { type Broken, brokenBounds } from "./bounds.ts";
import { type Figures, measure, type Run } from "./measure.ts";
import { runOracle } from "./oracle/run-oracle.ts";
import { seededRandom } from "./random.ts";
import type { Scenario } from "./scenario.ts";
import { type CreateBalancer, runGateway } from "./world/run-gateway.ts";

export interface ScenarioResult extends Run {
  readonly figures: Figures;
  readonly broken: readonly Broken[];
  /** Real time that one request took the gateway and its upstreams. */
  readonly microsPerRequest: number;
}

export interface RunOptions {
  readonly seed: number;
  readonly createBalancer?: CreateBalancer;
}

/** The draws of arrivals, gateway and oracle do not depend on each other. */
export function runScenario(scenario: Scenario, { seed, createBalancer }: RunOptions): ScenarioResult {
  const arrivals = arrivalsOf(scenario, seededRandom(seed));
  const began = performance.now();
  const gateway = runGateway({
    scenario,
    arrivals,
    random: seededRandom(seed + 1),
    ...(createBalancer && { createBalancer }),
  });
  const microsPerRequest = ((performance.now() - began) * 1_000) / arrivals.length;
  const oracle = runOracle({ scenario, arrivals, random: seededRandom(seed + 2) });
  const figures = measure({ scenario, arrivals, gateway, oracle });
  return { scenario, arrivals, gateway, oracle, figures, broken: brokenBounds(scenario, figures), microsPerRequest };
}
