// What is left when every key was tried: a candidate for another try, or the reason that the client is told.
import type { NoneReason } from "./contract.ts";
import type { KeyHealth } from "./key-health.ts";
import type { Lane, Scene } from "./lanes.ts";
import { modelKeyOf, type Pool } from "./pool.ts";
import { type Found, isUsable } from "./search.ts";

/** What a survey of all keys of a route found. */
export type Survey =
  | { readonly kind: "again"; readonly found: Found }
  | { readonly kind: "none"; readonly reason: NoneReason };

/**
 * Looks at every key of a route once.
 *
 * A usable key that met a transient fault in this request may be tried again; whether the request still may, the caller
 * knows. Else the reason that is most honest for the client: where the request may not try further keys, the last
 * answer says more than the state of the others (`all-tried`); then the earliest of what rests (`limited`, `open`,
 * `exhausted`), then that the model was refused. A usable key that refused just this request counts for nothing while others rest.
 */
export function survey(scene: Scene): Survey {
  const tally = new Tally(scene);
  for (const target of scene.need.route.flat()) {
    const pool = scene.pools.get(target.provider);
    if (pool !== undefined) tally.addPool(pool, target.model);
  }
  return tally.result();
}

class Tally {
  readonly #scene: Scene;
  #limitedAt = Number.POSITIVE_INFINITY;
  #openAt = Number.POSITIVE_INFINITY;
  #exhaustedAt = Number.POSITIVE_INFINITY;
  #isStopped = false;
  #isMissing = false;
  #hasTried = false;
  #again: Found | undefined;
  #againAt = Number.POSITIVE_INFINITY;

  constructor(scene: Scene) {
    this.#scene = scene;
  }

  addPool(pool: Pool, model: string | undefined): void {
    const { need, past, now } = this.#scene;
    if (pool.isShut(now)) {
      const canServe = [...keysOf(pool, need.pinnedKey)].some((key) => model === undefined || key.spec.serves(model));
      if (canServe) this.#openAt = Math.min(this.#openAt, pool.suspicion.nextProbeAt);
      return;
    }
    if (past.isBarred(pool, model, now)) {
      this.#isStopped = true;
      return;
    }
    const lane = {
      pool,
      model,
      modelKey: modelKeyOf(model),
      place: 0,
      rank: 0,
      freshOnly: false,
      isSecond: false,
      again: true,
    };
    for (const key of keysOf(pool, need.pinnedKey)) {
      if (isUsable(lane, key, this.#scene)) this.#addUsable(lane, key);
      else if (model === undefined || key.spec.serves(model)) this.#addResting(lane, key);
    }
  }

  result(): Survey {
    if (this.#again !== undefined) return { kind: "again", found: this.#again };
    return { kind: "none", reason: this.#reason() };
  }

  // Of those that met a transient fault the one whose fault is the longest ago.
  #addUsable(lane: Lane, key: KeyHealth): void {
    this.#hasTried = true;
    const transientAt = this.#scene.past.transientAt(key, lane.modelKey);
    if (transientAt === undefined || transientAt >= this.#againAt) return;
    this.#againAt = transientAt;
    this.#again = { lane, key };
  }

  #addResting(lane: Lane, key: KeyHealth): void {
    const { need, now } = this.#scene;
    if ((key.operations.get(need.operation)?.until ?? 0) > now) return;
    const part = key.models.get(lane.modelKey);
    if (part?.active("missing", now) !== undefined) {
      // A key that is dead besides says nothing of the model.
      if (key.rests.until <= now) this.#isMissing = true;
      return;
    }
    const causes = key.rests;
    if (causes.until > now) {
      const rest = causes.active("exhausted", now);
      if (rest !== undefined && causes.untilWithout("exhausted") <= now) {
        this.#exhaustedAt = Math.min(this.#exhaustedAt, rest.until);
      }
      return;
    }
    // What is left is a rate limit, per minute or per day.
    if (part !== undefined) this.#limitedAt = Math.min(this.#limitedAt, part.until);
  }

  #reason(): NoneReason {
    if (this.#isStopped) return { code: "all-tried" };
    if (Number.isFinite(this.#limitedAt)) return { code: "limited", retryAt: this.#limitedAt };
    if (Number.isFinite(this.#openAt)) return { code: "open", retryAt: this.#openAt };
    if (Number.isFinite(this.#exhaustedAt)) return { code: "exhausted", retryAt: this.#exhaustedAt };
    if (this.#hasTried) return { code: "all-tried" };
    return { code: this.#isMissing ? "model-missing" : "no-key" };
  }
}

/** The keys that a request may use at all. */
function* keysOf(pool: Pool, pinnedKey: string | undefined): Iterable<KeyHealth> {
  const pinned = pinnedKey === undefined ? undefined : pool.keys.get(pinnedKey);
  const keys = pinnedKey === undefined ? pool.keys.values() : pinned === undefined ? [] : [pinned];
  for (const key of keys) if (key.disabledSince === undefined) yield key;
}
