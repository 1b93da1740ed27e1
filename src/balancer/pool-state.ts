// The state of a pool as pieces that can be written one by one, and their way back.
import type { KeyHealth } from "./key-health.ts";
import type { Pool } from "./pool.ts";
import { Rests } from "./rests.ts";
import { isBlank, type KeyState, type ProviderState, type StateEntry } from "./state.ts";

/** The pool's own piece, then one for each key that differs from a new one. */
export function* entriesOf(pool: Pool, now: number): Iterable<StateEntry> {
  const { provider } = pool.spec;
  const state = providerState(pool, now);
  if (!isBlank(state)) yield { kind: "provider", provider, state };
  for (const key of pool.keys.values()) {
    const keyState = key.toState(now);
    if (keyState !== undefined) yield { kind: "key", provider, keyId: key.spec.id, state: keyState };
  }
}

export function restoreProvider(pool: Pool, state: ProviderState, now: number): void {
  if (state.breaker !== undefined) pool.breaker.restore(state.breaker, now);
  for (const [model, breaker] of Object.entries(state.models ?? {})) {
    pool.touchModel(model, now).breaker.restore(breaker, now);
  }
  // The keys said whose they are before.
  for (const [id, group] of Object.entries(state.groups ?? {})) pool.quotaGroups.get(id)?.restore(group, now);
  if (state.suspicion !== undefined) pool.suspicion.restore(state.suspicion, (id) => pool.keys.get(id), now);
}

export function restoreKey(pool: Pool, key: KeyHealth, state: KeyState, now: number): void {
  key.disabledSince = state.disabled;
  key.disabledBy = state.disabledBy && { status: undefined, message: undefined, ...state.disabledBy };
  key.failures = state.failures ?? 0;
  if (state.owner !== undefined) pool.noteOwner(key, state.owner);
  if (state.days !== undefined) key.meter?.restoreDays(state.days, now);
  for (const [model, days] of Object.entries(state.modelDays ?? {})) {
    pool.touchPart(key, model, now).meter.restoreDays(days, now);
  }
  if (state.rests !== undefined) key.rests.restore(state.rests, now);
  for (const [model, rests] of Object.entries(state.models ?? {})) {
    pool.touchPart(key, model, now).rests.restore(rests, now);
  }
  for (const [operation, states] of Object.entries(state.operations ?? {})) {
    const rests = new Rests();
    rests.restore(states, now);
    if (!rests.isEmpty) key.operations.set(operation, rests);
  }
  if (state.tally !== undefined) key.tally.restore(state.tally, now);
  // A clock that went back must not say that it is used in the future.
  if (state.lastUsed !== undefined) key.tally.lastUsed = Math.min(state.lastUsed, now);
}

function providerState(pool: Pool, now: number): ProviderState {
  const models = [...pool.models()].flatMap(([model, { breaker }]) => {
    const state = breaker.toState(now);
    return state === undefined ? [] : [[model, state] as const];
  });
  pool.dropEmptyGroups();
  const groups = [...pool.quotaGroups].flatMap(([id, group]) => {
    const state = group.toState(now);
    return state === undefined ? [] : [[id, state] as const];
  });
  return {
    groups: groups.length === 0 ? undefined : Object.fromEntries(groups),
    breaker: pool.breaker.toState(now),
    models: models.length === 0 ? undefined : Object.fromEntries(models),
    suspicion: pool.suspicion.toState(now),
  };
}
