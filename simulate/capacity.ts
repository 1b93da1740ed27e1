// How many requests the living keys of a scenario can serve.
import { keysOf } from "./key-plan.ts";
import type { ProviderSpec, Scenario, Traffic } from "./scenario.ts";
import { MEAN_STATED } from "./stated-output.ts";
import type { LimitSpec } from "./upstream/limit.ts";

const PERIOD_MS = { minute: 60_000, day: 86_400_000 } as const;

/** Requests per millisecond, summed over quotas that at least one living key draws from. @throws where nothing limits. */
export function capacityPerMs(scenario: Scenario): number {
  const models = scenario.models.length;
  const total = scenario.providers.reduce((sum, provider) => {
    return sum + providerPerMs(provider, scenario.traffic) * (provider.perModel === true ? models : 1);
  }, 0);
  if (!Number.isFinite(total)) throw new Error(`Cannot tell the capacity of "${scenario.name}": a key has no limit`);
  return total;
}

function providerPerMs(provider: ProviderSpec, traffic: Traffic): number {
  const living = keysOf(provider).filter(({ fate }) => fate === "alive");
  const quotas = new Map(living.map(({ quota, limits }) => [quota, limits]));
  return [...quotas.values()].reduce((sum, limits) => sum + quotaPerMs(limits, traffic), 0);
}

function quotaPerMs(limits: readonly LimitSpec[], traffic: Traffic): number {
  return limits.reduce((least, limit) => Math.min(least, limitPerMs(limit, traffic)), Number.POSITIVE_INFINITY);
}

function limitPerMs(limit: LimitSpec, { service, tokens }: Traffic): number {
  if (limit.form === "slots") return limit.limit / meanOfLogNormal(service);
  const perRequest = limit.unit === "tokens" ? middle(tokens.input) + MEAN_STATED * middle(tokens.output) : 1;
  return limit.limit / perRequest / PERIOD_MS[limit.per];
}

function meanOfLogNormal({ medianMs, spread }: Traffic["service"]): number {
  return medianMs * Math.exp(spread ** 2 / 2);
}

function middle([low, high]: readonly [number, number]): number {
  return (low + high) / 2;
}
