// Health as a read model: what a pool and its keys look like now.

import { partStateOf } from "./cause.ts";
import type { KeyReport, KeyStateName, PoolReport, PoolSummary } from "./contract.ts";
import type { KeyHealth } from "./key-health.ts";
import type { Pool } from "./pool.ts";
import type { Rests } from "./rests.ts";

/** The report of one pool, keys in the configured order; what is over is left out. */
export function reportPool(pool: Pool, now: number): PoolReport {
  return { ...reportProvider(pool, now), keys: Array.from(pool.keys.values(), (key) => reportKey(key, now)) };
}

/** The same with its keys as numbers only. */
export function summarizePool(pool: Pool, now: number): PoolSummary {
  const keys: Record<KeyStateName, number> = { ready: 0, cooling: 0, exhausted: 0, invalid: 0, disabled: 0 };
  const sums = { inFlight: 0, used: 0, failed: 0 };
  for (const key of pool.keys.values()) {
    const { used, failed } = key.tally.sums(now);
    keys[key.stateAt(now)] += 1;
    sums.inFlight += key.inFlight;
    sums.used += used;
    sums.failed += failed;
  }
  return { ...reportProvider(pool, now), keys, ...sums };
}

function reportProvider(pool: Pool, now: number): Omit<PoolReport, "keys"> {
  const state = pool.stateAt(now);
  const openModels = [...pool.models()]
    .filter(([, health]) => health.breaker.isOpen(now))
    .map(([model, health]) => ({ model, until: health.breaker.openUntil }));
  const { openUntil } = pool.breaker;
  const untils = { up: undefined, half_open: undefined, open: openUntil, suspect: pool.suspicion.nextProbeAt };
  return { provider: pool.spec.provider, state, until: untils[state], openModels };
}

/** The report of one key. */
export function reportKey(key: KeyHealth, now: number): KeyReport {
  const { disabledSince } = key;
  // What an operator decided counts more than what the key rests for besides.
  const rest = disabledSince === undefined ? key.rests.longest(now) : undefined;
  return {
    id: key.spec.id,
    name: key.spec.name,
    state: key.stateAt(now),
    since: disabledSince ?? rest?.since,
    until: rest?.until,
    reason: disabledSince === undefined ? rest?.origin.reason : "operator",
    status: rest?.origin.status,
    message: rest?.origin.message,
    failures: key.failures,
    inFlight: key.inFlight,
    ...key.tally.sums(now),
    parts: partsOf(key, now),
  };
}

function partsOf(key: KeyHealth, now: number): KeyReport["parts"] {
  const models = [...key.models].map(([model, { rests }]) => ({ name: model === "" ? {} : { model }, rests }));
  const operations = [...key.operations].map(([operation, rests]) => ({ name: { operation }, rests }));
  return [...models, ...operations].flatMap(({ name, rests }) => {
    const part = reportRests(rests, now);
    return part === undefined ? [] : [{ ...name, ...part }];
  });
}

function reportRests(rests: Rests, now: number) {
  const rest = rests.longest(now);
  if (rest === undefined) return undefined;
  const { cause, since, until, origin } = rest;
  return { state: partStateOf(cause), since, until, ...origin };
}
