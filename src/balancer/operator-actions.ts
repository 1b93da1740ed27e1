// What an operator does to a key: keep it out, let it in again, make it like new.
import { changeOf } from "./changes.ts";
import type { Change } from "./contract.ts";
import type { Place } from "./running-attempt.ts";

/** Keeps a key out, or lets it in again; nothing where that is so already. */
export function setDisabled({ pool, key }: Place, isDisabled: boolean, now: number): readonly Change[] {
  if (isDisabled === (key.disabledSince !== undefined)) return [];
  const from = key.stateAt(now);
  key.disabledSince = isDisabled ? now : undefined;
  return [byOperator({ pool, key }, { from, to: key.stateAt(now), reason: isDisabled ? "disabled" : "enabled" }, now)];
}

/** Ends every rest of a key, its models and its operations; nothing where it has none. */
export function resetKey({ pool, key }: Place, now: number): readonly Change[] {
  const { rests, models, operations, failures } = key.toState(now) ?? {};
  const from = key.stateAt(now);
  pool.resetKey(key);
  if ((rests ?? models ?? operations ?? failures) === undefined) return [];
  return [byOperator({ pool, key }, { from, to: key.stateAt(now), reason: "reset" }, now)];
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
