// What the keys of one pool say when none of them may be chosen: when something is back, and what keeps it out.

import { pinAdmits } from "./accounts.ts";
import { mayUse, rosterIdOf, usableAt, type Way } from "./gates.ts";
import type { KeyHealth } from "./key-health.ts";
import { type Scene, tokensOf } from "./lanes.ts";
import { LruMap } from "./lru-map.ts";
import { modelKeyOf, type Pool } from "./pool.ts";
import type { Found } from "./search.ts";

/** Times in wall-clock milliseconds, infinite where there is none. */
export interface PoolView {
  readonly earliest: number;
  /** That, or when what is blocked may be back, which alone is not waited for. */
  readonly backAt: number;
  readonly limitedAt: number;
  readonly openAt: number;
  readonly exhaustedAt: number;
  readonly isLimited: boolean;
  /** Something waits for an attempt in flight. */
  readonly isBusy: boolean;
  readonly isMissing: boolean;
  /** A usable key was tried in this request. */
  readonly hasTried: boolean;
  /** One of those refused it for no fault of its own. */
  readonly isRefused: boolean;
  /** Of those that met a transient fault the one whose fault is the longest ago. */
  readonly again: Found | undefined;
  readonly againAt: number;
}

/** A large pool says why it cannot serve without being asked key by key, for so long after it was. */
const CACHED_MS = 1_000;
const MOST_VIEWS = 1_000;

/** The last ones of large pools, by roster. */
const lastViews = new WeakMap<Pool, LruMap<string, { readonly at: number; readonly view: PoolView }>>();

/** Looks at every key of a pool that the request may use; at a large one that sleeps as a whole only now and then. */
export function viewOf(pool: Pool, model: string | undefined, scene: Scene): PoolView {
  const { need, now } = scene;
  const modelKey = modelKeyOf(model);
  const opensAt = pool.isShut(now) ? pool.suspicion.nextProbeAt : pool.opensAt(modelKey, now);
  const way = { pool, model, modelKey, tokens: tokensOf(need, pool, modelKey) };
  const rosterId = rosterIdOf(way, need);
  const canSleep = need.pinnedKey === undefined && opensAt <= now && pool.isLarge;
  const known = canSleep ? lateViewOf(pool, rosterId, now) : undefined;
  if (known !== undefined) return known;
  const look = new Look(scene, way);
  look.atAll(opensAt);
  if (canSleep && scene.past.isEmpty && !look.isPartial) keepView(pool, rosterId, { at: now, view: { ...look } });
  return look;
}

/** The last view, as far as it still holds while all keys sleep. */
function lateViewOf(pool: Pool, rosterId: string, now: number): PoolView | undefined {
  const known = lastViews.get(pool)?.get(rosterId);
  if (known === undefined || now >= known.at + CACHED_MS || now < known.at) return undefined;
  const until = pool.wakesAt(rosterId);
  if (until === undefined || until <= now) return undefined;
  const { view } = known;
  // Keys may wake only to look again.
  const later = (at: number) => Math.max(at, until);
  const times = { limitedAt: later(view.limitedAt), exhaustedAt: later(view.exhaustedAt) };
  return { ...view, ...times, earliest: later(view.earliest), backAt: until };
}

function keepView(pool: Pool, rosterId: string, view: { readonly at: number; readonly view: PoolView }): void {
  const views = lastViews.get(pool) ?? new LruMap(MOST_VIEWS);
  views.set(rosterId, view);
  lastViews.set(pool, views);
}

class Look implements PoolView {
  earliest = Number.POSITIVE_INFINITY;
  backAt = Number.POSITIVE_INFINITY;
  limitedAt = Number.POSITIVE_INFINITY;
  openAt = Number.POSITIVE_INFINITY;
  exhaustedAt = Number.POSITIVE_INFINITY;
  isLimited = false;
  isBusy = false;
  isMissing = false;
  hasTried = false;
  isRefused = false;
  again: Found | undefined;
  againAt = Number.POSITIVE_INFINITY;
  /** The request may not use all keys. */
  isPartial = false;
  readonly #scene: Scene;
  readonly #way: Way;

  constructor(scene: Scene, way: Way) {
    this.#scene = scene;
    this.#way = way;
  }

  atAll(opensAt: number): void {
    const { need, now } = this.#scene;
    const { pool, model } = this.#way;
    for (const key of keysOf(pool, model, this.#scene)) {
      if (model !== undefined && !key.spec.serves(model)) continue;
      if (!mayUse(need, pool, key)) {
        this.isPartial = true;
        continue;
      }
      const at = usableAt(this.#way, key, this.#scene);
      if (opensAt > now) {
        // The probe of a suspect provider may use a key that rests.
        const isReady = pool.isShut(now) || at === Number.POSITIVE_INFINITY;
        this.#addLocked(isReady ? opensAt : Math.max(at, opensAt));
        if (this.earliest === opensAt) return;
      } else if (at <= now) this.#addUsable(key);
      else this.#addResting(key, at);
    }
  }

  #addLocked(until: number): void {
    this.openAt = Math.min(this.openAt, until);
    this.earliest = Math.min(this.earliest, until);
  }

  #addUsable(key: KeyHealth): void {
    this.hasTried = true;
    if (!this.#scene.past.isSpent(key)) this.isRefused = true;
    const transientAt = this.#scene.past.transientAt(key, this.#way.modelKey);
    if (transientAt === undefined || transientAt >= this.againAt) return;
    this.againAt = transientAt;
    this.again = { lane: { ...this.#way, ...NO_RANK }, key };
  }

  #addResting(key: KeyHealth, at: number): void {
    const { need, now, past } = this.#scene;
    // What has refused this request for good is not worth waiting for; only why it is out counts.
    const mayServe = !past.isSpent(key);
    if (mayServe) this.backAt = Math.min(this.backAt, at);
    if ((key.operations.get(need.operation)?.until ?? 0) > now) return;
    const rests = key.models.get(this.#way.modelKey)?.rests;
    if (rests?.active("missing", now) !== undefined) {
      // A key that is dead besides says nothing of the model.
      if (key.rests.until <= now) this.isMissing = true;
      return;
    }
    if (mayServe) this.earliest = Math.min(this.earliest, at);
    if (isOut(key, now)) {
      if (isOutOfCredit(key, now)) this.exhaustedAt = Math.min(this.exhaustedAt, at);
      return;
    }
    if (key.groups.some((group) => isOut(group, now))) {
      this.exhaustedAt = Math.min(this.exhaustedAt, at);
      return;
    }
    // What is left is a limit, of the provider's or ours.
    this.isLimited = true;
    if (at === Number.POSITIVE_INFINITY) this.isBusy = true;
    this.limitedAt = Math.min(this.limitedAt, at);
  }
}

const NO_RANK = { place: 0, rank: 0, freshOnly: false, isSecond: false, again: true };

/** It rests, or whether it works is being found out. */
function isOut({ rests, probe }: Pick<KeyHealth, "rests" | "probe">, now: number): boolean {
  return rests.until > now || (rests.isHalfOpen(now) && probe.isTaken(now));
}

function isOutOfCredit({ rests }: KeyHealth, now: number): boolean {
  if (rests.isHalfOpen(now)) return rests.latestCause === "exhausted";
  return rests.active("exhausted", now) !== undefined && rests.untilWithout("exhausted") <= now;
}

/** The keys that a request may use at all. */
function* keysOf(pool: Pool, model: string | undefined, scene: Scene): Iterable<KeyHealth> {
  const { pinnedKey, standIn } = scene.need;
  const pinned = pinnedKey === undefined ? undefined : pool.keys.get(pinnedKey);
  const isOne = pinnedKey !== undefined && standIn === undefined;
  const keys = isOne ? (pinned === undefined ? [] : [pinned]) : pool.keys.values();
  const admits = pinAdmits(pool, model, scene);
  for (const key of keys) if (key.disabledSince === undefined && admits(key)) yield key;
}
