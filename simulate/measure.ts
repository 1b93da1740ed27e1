// What a run says of the gateway: its goodput against the oracle's, waste, waits, fairness.
import type { Arrival } from "./arrivals.ts";
import type { OracleRun } from "./oracle/run-oracle.ts";
import { type Recovery, recoveriesOf } from "./recovery.ts";
import type { Scenario } from "./scenario.ts";
import { jainIndex, percentile } from "./statistics.ts";
import { type Waste, wasteOf } from "./waste.ts";
import type { CallRecord, Ending } from "./world/call-record.ts";
import type { GatewayRun } from "./world/run-gateway.ts";

export interface Figures {
  readonly requests: number;
  /** Requests answered in time by the oracle. */
  readonly oracleServed: number;
  /** By us as a share of those; of their tokens where these are limited. */
  readonly goodput: number;
  /** Wasted calls per request. */
  readonly wasted: number;
  readonly refusalsPerKeyAndWindow: number;
  /** The numbers of requests that failed here alone, though there was room. */
  readonly avoidable: readonly number[];
  /** What answered requests took beyond the time of their service. */
  readonly waitP50Ms: number;
  readonly waitP99Ms: number;
  /** The longest that any request was in no upstream call. */
  readonly longestWaitMs: number;
  readonly clientFairness: number;
  readonly keyFairness: number;
  readonly waste: Waste;
  readonly recoveries: readonly Recovery[];
}

export interface Run {
  readonly scenario: Scenario;
  readonly arrivals: readonly Arrival[];
  readonly gateway: GatewayRun;
  readonly oracle: OracleRun;
}

/** A bit for rounding to whole milliseconds on the way. */
const GRACE_MS = 50;

export function measure({ scenario, arrivals, gateway, oracle }: Run): Figures {
  const { maxWaitMs } = scenario.queue;
  const isInTime = (arrival: Arrival, endings: readonly Ending[]) => {
    const ending = endings[arrival.index];
    return ending?.isServed === true && ending.at <= arrival.at + maxWaitMs + arrival.serviceMs + GRACE_MS;
  };
  const ours = arrivals.filter((arrival) => isInTime(arrival, gateway.endings));
  const theirs = arrivals.filter((arrival) => isInTime(arrival, oracle.endings));
  const waits = arrivals.flatMap((arrival) => waitOf(arrival, gateway.endings));
  const longestWaitMs = gateway.endings.reduce((longest, { queuedMs }) => Math.max(longest, queuedMs), 0);
  const waste = wasteOf(gateway.calls);
  return {
    requests: arrivals.length,
    oracleServed: theirs.length,
    goodput: workOf(ours, scenario) / Math.max(1, workOf(theirs, scenario)),
    wasted: waste.wasted.length / Math.max(1, arrivals.length),
    refusalsPerKeyAndWindow: waste.perKeyAndWindow,
    avoidable: avoidableOf(theirs, gateway, { oracle, maxWaitMs }),
    waitP50Ms: percentile(waits, 0.5),
    waitP99Ms: percentile(waits, 0.99),
    longestWaitMs,
    clientFairness: clientFairness(arrivals, ours),
    keyFairness: keyFairness(gateway.calls),
    waste,
    recoveries: recoveriesOf(scenario, gateway),
  };
}

/**
 * Where tokens are what is short, a request counts by what it takes of them: whom a full queue turns away is a matter of
 * order, and whoever turns away the large ones would seem to do more.
 */
function workOf(served: readonly Arrival[], { providers }: Scenario): number {
  const isByTokens = providers.some(({ limits = [] }) =>
    limits.some((limit) => limit.form !== "slots" && limit.unit === "tokens"),
  );
  if (!isByTokens) return served.length;
  return served.reduce((sum, { inputTokens, maxOutput = 0 }) => sum + inputTokens + maxOutput, 0);
}

/**
 * Failures of requests that the oracle served. Where it turned somebody away within the time that a request may wait,
 * there was no room for all, and whom to refuse is a matter of order: those do not count.
 */
function avoidableOf(
  theirs: readonly Arrival[],
  { endings }: GatewayRun,
  { oracle, maxWaitMs }: { readonly oracle: OracleRun; readonly maxWaitMs: number },
): readonly number[] {
  const turnedAway = Float64Array.from(oracle.turnedAwayAt).sort();
  const isCrowded = (at: number) =>
    (firstFrom(turnedAway, at - maxWaitMs) ?? Number.POSITIVE_INFINITY) <= at + maxWaitMs;
  return theirs
    .filter(({ index, at }) => endings[index]?.isServed !== true && !isCrowded(at))
    .map(({ index }) => index);
}

/** The first of sorted values that is not less. */
function firstFrom(sorted: Float64Array, least: number): number | undefined {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? 0) < least) low = middle + 1;
    else high = middle;
  }
  return sorted[low];
}

function waitOf({ index, at, serviceMs }: Arrival, endings: readonly Ending[]): readonly number[] {
  const ending = endings[index];
  return ending?.isServed === true ? [Math.max(0, ending.at - at - serviceMs)] : [];
}

function clientFairness(arrivals: readonly Arrival[], served: readonly Arrival[]): number {
  const asked = countBy(arrivals, ({ client }) => client);
  const got = countBy(served, ({ client }) => client);
  return jainIndex([...asked].map(([client, count]) => (got.get(client) ?? 0) / count));
}

/** Among living keys of one provider and of equal limits; the worst of these groups. */
function keyFairness(calls: readonly CallRecord[]): number {
  const living = calls.filter(({ key }) => key.fate === "alive");
  const groups = Map.groupBy(living, ({ provider, key }) => `${provider}/${key.size}`);
  const indices = [...groups.values()].map((own) => {
    const counts = new Map(own.map(({ key }) => [key.name, 0]));
    for (const { key, refusal } of own)
      if (refusal === undefined) counts.set(key.name, (counts.get(key.name) ?? 0) + 1);
    return jainIndex([...counts.values()]);
  });
  return Math.min(1, ...indices);
}

function countBy<T, K>(items: readonly T[], keyOf: (item: T) => K): ReadonlyMap<K, number> {
  const counts = new Map<K, number>();
  for (const item of items) counts.set(keyOf(item), (counts.get(keyOf(item)) ?? 0) + 1);
  return counts;
}
