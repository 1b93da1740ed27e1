// What an operator does to a key: keep it out, let it in again, make it like new.
import { changeOf } from "./changes.ts";
import type { Change, Clearing } from "./contract.ts";
import type { KeyHealth } from "./key-health.ts";
import { modelKeyOf, type Pool } from "./pool.ts";
import type { Place } from "./running-attempt.ts";

/** Keeps a key out, or lets it in again; nothing where that is so already. */
export function setDisabled({ pool, key }: Place, isDisabled: boolean, now: number): readonly Change[] {
  if (isDisabled === (key.disabledSince !== undefined)) return [];
  const from = key.stateAt(now);
  key.disabledSince = isDisabled ? now : undefined;
  key.disabledBy = undefined;
  if (!isDisabled) pool.wake(key);
  return [byOperator({ pool, key }, { from, to: key.stateAt(now), reason: isDisabled ? "disabled" : "enabled" }, now)];
}

/**
 * Ends every rest of a key, its models and its operations, and what was learnt of its limits; or those of one model or
 * operation. Nothing where it has none.
 */
export function resetKey({ pool, key }: Place, { model, operation }: Clearing, now: number): readonly Change[] {
  const before = JSON.stringify(resettable(key, now));
  const from = key.stateAt(now);
  if (operation !== undefined) key.operations.delete(operation);
  if (model !== undefined) pool.clearModel(key, modelKeyOf(model));
  if (model === undefined && operation === undefined) pool.resetKey(key);
  if (JSON.stringify(resettable(key, now)) === before) return [];
  return [byOperator({ pool, key }, { from, to: key.stateAt(now), reason: "reset" }, now)];
}

function resettable(key: KeyHealth, now: number): readonly unknown[] {
  const { rests, models, operations, failures } = key.toState(now) ?? {};
  return [rests, models, operations, failures, key.groups.map((group) => group.toState(now))];
}

/** Closes the breakers of a provider, or that of one model, and ends a suspicion. */
export function resetProvider(pool: Pool, model: string | undefined, now: number): readonly Change[] {
  const from = pool.stateAt(now);
  if (!pool.clearBreakers(model === undefined ? undefined : modelKeyOf(model))) return [];
  const facts = { at: now, from, to: pool.stateAt(now), origin: { reason: "operator_reset" }, alert: false };
  const place = model === undefined ? ({ level: "provider" } as const) : ({ level: "provider-model", model } as const);
  return [changeOf({ ...place, pool }, facts)];
}

interface Step {
  readonly from: string;
  readonly to: string;
  readonly reason: "disabled" | "enabled" | "reset";
}

function byOperator({ pool, key }: Place, { from, to, reason }: Step, now: number): Change {
  return changeOf(
    { level: "key", pool, key },
    { at: now, from, to, origin: { reason: `operator_${reason}` }, alert: false },
  );
}
