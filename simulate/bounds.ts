// Whether a run keeps the bounds of its scenario.
import type { Figures } from "./measure.ts";
import type { Scenario } from "./scenario.ts";

/** One bound that was broken, in words. */
export type Broken = string;

/** What a request may be outside of calls beyond the queue's time: the back-off of its retries. */
const STARVED_AFTER_MS = 2_000;

/** Every broken bound; none where all is well. */
export function brokenBounds({ bounds, queue }: Scenario, figures: Figures): readonly Broken[] {
  const { goodput, wasted, avoidable, refusalsPerKeyAndWindow, clientFairness, longestWaitMs, recoveries } = figures;
  return [
    ...atLeast("goodput", goodput, bounds.goodput),
    ...atMost("wasted attempts per request", wasted, bounds.wasted),
    ...atMost("avoidable failures", avoidable.length, 0),
    ...atMost("refusals per key and window", refusalsPerKeyAndWindow, bounds.refusalsPerKeyAndWindow),
    ...atLeast("fairness over clients", clientFairness, bounds.clientFairness),
    ...atMost("longest wait in ms", longestWaitMs, queue.maxWaitMs + STARVED_AFTER_MS),
    ...recoveries.flatMap(({ provider, fault, tookMs, allowedMs }) =>
      atMost(`recovery of ${provider} in ms after the fault at ${fault.fromMs}`, tookMs, allowedMs),
    ),
  ];
}

function atLeast(what: string, value: number, bound: number | undefined): readonly Broken[] {
  return bound === undefined || value >= bound ? [] : [`${what} ${shown(value)}, at least ${bound} needed`];
}

function atMost(what: string, value: number, bound: number | undefined): readonly Broken[] {
  return bound === undefined || value <= bound ? [] : [`${what} ${shown(value)}, at most ${bound} allowed`];
}

function shown(value: number): string {
  return `${Number(value.toFixed(4))}`;
}
