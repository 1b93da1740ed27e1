// Requests with the same beginning prefer the same key, so that the provider's prompt cache hits.
import { Ring } from "./affinity-ring.ts";
import { probeOf } from "./gates.ts";
import type { KeyHealth } from "./key-health.ts";
import type { Scene } from "./lanes.ts";
import type { Pool } from "./pool.ts";
import { type Found, isOpenTo, type Stall } from "./search.ts";

/** A key takes no further request for its caches' sake above so many times the mean load (Mirrokni et al., 2018). */
const MOST_OF_MEAN = 1.25;
/** Keys of the ring that are asked before the strategy decides. */
const MOST_STEPS = 64;

const rings = new WeakMap<readonly KeyHealth[], Ring>();

/** The preferred key, if it is usable and not busier than others; only for a tier of one provider. */
export function affineOf(stalls: readonly Stall[], scene: Scene): Found | undefined {
  const [stall] = stalls;
  if (stall === undefined || stalls.length > 1 || stall.keys.length < 2) return undefined;
  const { lane, keys } = stall;
  if (lane.pool.spec.affinity !== "auto" || lane.freshOnly) return undefined;
  const wanted = scene.need.affinity?.();
  if (wanted === undefined) return undefined;
  let steps = 0;
  for (const key of ringOf(keys).from(wanted)) {
    steps += 1;
    if (steps > MOST_STEPS) return undefined;
    if (!hasRoom(key, lane.pool) || !isOpenTo(lane, key, scene)) continue;
    // A probe is for whoever comes by, not for those who want this key only.
    return probeOf(lane, key, scene.now) === "none" ? { lane, key } : undefined;
  }
  return undefined;
}

function hasRoom({ inFlight, spec: { weight } }: KeyHealth, { inFlight: all, weights }: Pool): boolean {
  const share = (all + 1) * (weight / weights);
  return inFlight + 1 <= Math.ceil(MOST_OF_MEAN * share);
}

function ringOf(keys: readonly KeyHealth[]): Ring {
  const known = rings.get(keys);
  if (known !== undefined) return known;
  const ring = new Ring(keys);
  rings.set(keys, ring);
  return ring;
}
