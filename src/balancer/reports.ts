// Health as a read model: what a pool and its keys look like now.

import type { Breaker } from "./breaker.ts";
import { partStateOf } from "./cause.ts";
import type { KeyGlance, KeyReport, LimitReport, OutCause, PoolGlance, PoolReport, PoolSummary } from "./contract.ts";
import type { KeyHealth } from "./key-health.ts";
import type { Pool } from "./pool.ts";
import { BY_OPERATOR } from "./rests.ts";

/** The report of one pool, keys in the configured order; what is over is left out. */
export function reportPool(pool: Pool, now: number): PoolReport {
  return { ...reportProvider(pool, now), keys: Array.from(pool.keys.values(), (key) => reportKey(key, now)) };
}

/** The same with its keys as numbers only. */
export function summarizePool(pool: Pool, now: number): PoolSummary {
  const keys = { ready: 0, half_open: 0, cooling: 0, exhausted: 0, invalid: 0, disabled: 0 };
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

/** The same with little of each key. */
export function glancePool(pool: Pool, now: number): PoolGlance {
  return { ...reportProvider(pool, now), keys: glances(pool, now) };
}

function* glances(pool: Pool, now: number): Generator<KeyGlance> {
  for (const key of pool.keys.values()) {
    const { disabledSince, disabledBy, inFlight } = key;
    const isOutByRule = disabledSince !== undefined && disabledBy !== undefined;
    const { id, name } = key.spec;
    yield { id, name, state: key.stateAt(now), isOutByRule, inFlight, parts: partsOf(key, now), ...outOf(key, now) };
  }
}

function reportProvider(pool: Pool, now: number): Omit<PoolReport, "keys"> {
  const state = pool.stateAt(now);
  const openModels = [...pool.models()].flatMap(([model, { breaker }]) => {
    const own = breaker.stateAt(now);
    return own === "up" ? [] : [{ model, state: own, until: breaker.openUntil, ...causeOf(breaker, now) }];
  });
  const { openUntil } = pool.breaker;
  const untils = { up: undefined, half_open: undefined, open: openUntil, suspect: pool.suspicion.nextProbeAt };
  const cause = state === "suspect" ? { reason: pool.suspicion.outcome } : causeOf(pool.breaker, now);
  return { provider: pool.spec.provider, state, until: untils[state], ...cause, openModels };
}

function causeOf(breaker: Breaker, now: number): OutCause {
  const { since, origin } = breaker.causeAt(now) ?? {};
  return { since, ...origin };
}

/** The report of one key. */
export function reportKey(key: KeyHealth, now: number): KeyReport {
  return {
    id: key.spec.id,
    name: key.spec.name,
    state: key.stateAt(now),
    ...outOf(key, now),
    failures: key.failures,
    inFlight: key.inFlight,
    ...key.tally.sums(now),
    lastUsed: key.tally.lastUsed,
    get limits() {
      return limitsOf(key, now);
    },
    get groups() {
      return key.groups.map(({ name }) => name);
    },
    get parts() {
      return partsOf(key, now);
    },
  };
}

/** What an operator decided counts more than what the key rests for besides. */
function outOf({ disabledSince, disabledBy, rests }: KeyHealth, now: number) {
  const rest = disabledSince === undefined ? rests.standing(now) : undefined;
  const origin = disabledSince === undefined ? rest?.origin : (disabledBy ?? BY_OPERATOR);
  return {
    since: disabledSince ?? rest?.since,
    until: rest?.until,
    reason: origin?.reason,
    status: origin?.status,
    message: origin?.message,
  };
}

const NO_PARTS: KeyReport["parts"] = [];

function partsOf(key: KeyHealth, now: number): KeyReport["parts"] {
  // Most keys of many have none, and are looked at again and again.
  if (key.models.size === 0 && key.operations.size === 0 && key.groups.length === 0) return NO_PARTS;
  const models = [...key.models].map(([model, { rests }]) => ({ name: nameOf(model), rests }));
  const operations = [...key.operations].map(([operation, rests]) => ({ name: { operation }, rests }));
  const groups = key.groups.flatMap((group) => [
    { name: { group: group.name }, rests: group.rests },
    ...[...group.parts()].map(([model, { rests }]) => ({ name: { ...nameOf(model), group: group.name }, rests })),
  ]);
  return [...models, ...operations, ...groups].flatMap(({ name, rests }) => {
    const rest = rests.standing(now);
    if (rest === undefined) return [];
    const { cause, since, until, origin } = rest;
    return [{ ...name, state: until > now ? partStateOf(cause) : "half_open", since, until, ...origin }];
  });
}

function limitsOf(key: KeyHealth, now: number): readonly LimitReport[] {
  const meters = [
    { name: {}, meter: key.meter },
    ...[...key.models].map(([model, { meter }]) => ({ name: nameOf(model), meter })),
    ...key.groups.flatMap((group) =>
      [...group.parts()].map(([model, { meter }]) => ({ name: { ...nameOf(model), group: group.name }, meter })),
    ),
  ];
  return meters.flatMap(({ name, meter }) => (meter?.uses(now) ?? []).map((use) => ({ ...name, ...use })));
}

function nameOf(model: string): { readonly model?: string } {
  return model === "" ? {} : { model };
}
