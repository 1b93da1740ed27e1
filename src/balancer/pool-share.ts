// How many keys of a pool may serve: for those who watch it, and need no more than that.
import type { KeyHealth } from "./key-health.ts";
import type { Pool } from "./pool.ts";

/** `total`: the keys that no operator disabled by hand. */
export interface PoolShare {
  readonly provider: string;
  readonly usable: number;
  readonly total: number;
}

/**
 * A half-open key does not count as usable: the rest of a dead one ends by the clock too, and the pool would be well
 * again until somebody asks it.
 */
export function shareOf(pool: Pool, now: number): PoolShare {
  let usable = 0;
  let total = 0;
  for (const key of pool.keys.values()) {
    if (key.disabledSince !== undefined && key.disabledBy === undefined) continue;
    total += 1;
    if (isUsable(key, now)) usable += 1;
  }
  return { provider: pool.spec.provider, usable, total };
}

function isUsable(key: KeyHealth, now: number): boolean {
  return key.stateAt(now) === "ready" && !key.groups.some(({ rests }) => rests.until > now || rests.isHalfOpen(now));
}
