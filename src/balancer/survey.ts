// What is left when no key may be chosen: another try, a time to wait for, or the reason that the client is told.
import type { NoneReason } from "./contract.ts";
import { mayUse, rosterIdOf, usableAt, type Way } from "./gates.ts";
import type { KeyHealth } from "./key-health.ts";
import { type Lane, type Scene, tokensOf } from "./lanes.ts";
import { modelKeyOf, type Pool } from "./pool.ts";
import type { Found } from "./search.ts";

/** What a survey of all keys of a route found. */
export type Survey =
  | { readonly kind: "again"; readonly found: Found }
  | { readonly kind: "wait"; readonly until: number; readonly reason: NoneReason }
  | { readonly kind: "none"; readonly reason: NoneReason };

/** A large pool says why it cannot serve without being asked key by key, for so long after it was. */
const CACHED_MS = 1_000;

/**
 * Looks at every key of a route once.
 *
 * A usable key that met a transient fault in this request may be tried again; whether the request still may, the caller
 * knows. Else, if something will be back, the earliest time, with the reason that is most honest for the client: what
 * rests for a limit, a breaker that is open, credit that is used up; then that the model was refused. Where the request
 * may not try further keys, or a usable key has refused just this request, the last answer says more.
 */
export function survey(scene: Scene): Survey {
  const brief = briefly(scene);
  if (brief !== undefined) return brief;
  const tally = new Tally(scene);
  for (const target of scene.need.route.flat()) {
    const pool = scene.pools.get(target.provider);
    if (pool !== undefined) tally.addPool(pool, target.model);
  }
  const result = tally.result();
  const pool = aloneIn(scene);
  if (pool !== undefined && !tally.isPartial && result.kind === "wait" && "retryAt" in result.reason) {
    pool.surveys.set(rosterIdOfAll(scene), { at: scene.now, reason: result.reason, isBusy: tally.isBusy });
  }
  return result;
}

/** The one large pool that a request without a past can go to. */
function aloneIn({ need, past, pools }: Scene): Pool | undefined {
  const [tier, ...rest] = need.route;
  const [target, ...others] = tier ?? [];
  if (target === undefined || others.length + rest.length > 0 || need.pinnedKey !== undefined || !past.isEmpty) {
    return undefined;
  }
  const pool = pools.get(target.provider);
  return pool?.groups.some(({ rosters }) => rosters !== undefined) ? pool : undefined;
}

function briefly(scene: Scene): Survey | undefined {
  const { now, need } = scene;
  const pool = aloneIn(scene);
  const modelKey = modelKeyOf(need.route[0]?.[0]?.model);
  const known = pool?.surveys.get(rosterIdOfAll(scene));
  if (pool === undefined || known === undefined || now >= known.at + CACHED_MS || now < known.at) return undefined;
  const until = pool.wakesAt(rosterIdOfAll(scene));
  if (until === undefined || until <= now || pool.isShut(now) || pool.opensAt(modelKey, now) > now) {
    return undefined;
  }
  // Keys may wake only to look again.
  const retryAt = Math.max(finite(until, now), known.reason.retryAt);
  const reason = { code: known.reason.code, retryAt };
  return { kind: "wait", until: known.isBusy ? soon(until, now) : until, reason };
}

function rosterIdOfAll({ need }: Scene): string {
  return rosterIdOf(modelKeyOf(need.route[0]?.[0]?.model), need);
}

class Tally {
  readonly #scene: Scene;
  #earliest = Number.POSITIVE_INFINITY;
  /** That, or when what is blocked may be back, which alone is not waited for. */
  #backAt = Number.POSITIVE_INFINITY;
  #limitedAt = Number.POSITIVE_INFINITY;
  #openAt = Number.POSITIVE_INFINITY;
  #exhaustedAt = Number.POSITIVE_INFINITY;
  #isLimited = false;
  /** Something waits for an attempt in flight. */
  isBusy = false;
  /** The request may not use all keys. */
  isPartial = false;
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
    if (past.isBarred(pool, model, now)) {
      this.#isStopped = true;
      return;
    }
    const way = { pool, model, modelKey: modelKeyOf(model), tokens: tokensOf(need, pool, modelKeyOf(model)) };
    const opensAt = pool.isShut(now) ? pool.suspicion.nextProbeAt : pool.opensAt(way.modelKey, now);
    for (const key of keysOf(pool, need.pinnedKey)) {
      if (model !== undefined && !key.spec.serves(model)) continue;
      if (!mayUse(need, pool, key)) {
        this.isPartial = true;
        continue;
      }
      const at = usableAt(way, key, this.#scene);
      // The probe of a suspect provider may use a key that rests.
      if (opensAt > now)
        this.#addLocked(pool.isShut(now) || at === Number.POSITIVE_INFINITY ? opensAt : Math.max(at, opensAt));
      else if (at <= now) this.#addUsable({ ...way, ...NO_RANK }, key);
      else this.#addResting(way, key, at);
    }
  }

  result(): Survey {
    if (this.#again !== undefined) return { kind: "again", found: this.#again };
    const reason = this.#reason();
    const comesBack = this.isBusy || Number.isFinite(this.#earliest);
    if (this.#isStopped || this.#hasTried || !comesBack) return { kind: "none", reason };
    const until = Math.min(this.#earliest, this.#backAt);
    return { kind: "wait", until: this.isBusy ? soon(until, this.#scene.now) : until, reason };
  }

  #addLocked(until: number): void {
    this.#openAt = Math.min(this.#openAt, until);
    this.#earliest = Math.min(this.#earliest, until);
  }

  // Of those that met a transient fault the one whose fault is the longest ago.
  #addUsable(lane: Lane, key: KeyHealth): void {
    this.#hasTried = true;
    const transientAt = this.#scene.past.transientAt(key, lane.modelKey);
    if (transientAt === undefined || transientAt >= this.#againAt) return;
    this.#againAt = transientAt;
    this.#again = { lane, key };
  }

  #addResting(way: Way, key: KeyHealth, at: number): void {
    const { need, now } = this.#scene;
    this.#backAt = Math.min(this.#backAt, at);
    if ((key.operations.get(need.operation)?.until ?? 0) > now) return;
    const rests = key.models.get(way.modelKey)?.rests;
    if (rests?.active("missing", now) !== undefined) {
      // A key that is dead besides says nothing of the model.
      if (key.rests.until <= now) this.#isMissing = true;
      return;
    }
    this.#earliest = Math.min(this.#earliest, at);
    if (key.rests.until > now || (key.rests.isHalfOpen(now) && key.probe.isTaken(now))) {
      if (isOutOfCredit(key, now)) this.#exhaustedAt = Math.min(this.#exhaustedAt, at);
      return;
    }
    if (key.groups.some((group) => group.rests.until > now)) {
      this.#exhaustedAt = Math.min(this.#exhaustedAt, at);
      return;
    }
    // What is left is a limit, of the provider's or ours.
    this.#isLimited = true;
    if (at === Number.POSITIVE_INFINITY) this.isBusy = true;
    this.#limitedAt = Math.min(this.#limitedAt, at);
  }

  #reason(): NoneReason {
    const { now } = this.#scene;
    if (this.#isStopped) return { code: "all-tried" };
    if (this.#isLimited) return { code: "limited", retryAt: finite(this.#limitedAt, now) };
    if (Number.isFinite(this.#openAt)) return { code: "open", retryAt: this.#openAt };
    if (Number.isFinite(this.#exhaustedAt)) return { code: "exhausted", retryAt: this.#exhaustedAt };
    if (this.#hasTried) return { code: "all-tried" };
    return { code: this.#isMissing ? "model-missing" : "no-key" };
  }
}

const NO_RANK = { place: 0, rank: 0, freshOnly: false, isSecond: false, again: true };
/** Nobody knows when an attempt in flight ends; who waits for one looks again after so long. */
const BUSY_LOOK_MS = 1_000;

/** An attempt in flight may end before a time that the clock has to reach. */
function soon(until: number, now: number): number {
  return Math.min(until, now + BUSY_LOOK_MS);
}

function finite(at: number, now: number): number {
  return Number.isFinite(at) ? at : now + BUSY_LOOK_MS;
}

function isOutOfCredit({ rests }: KeyHealth, now: number): boolean {
  if (rests.isHalfOpen(now)) return rests.latestCause === "exhausted";
  return rests.active("exhausted", now) !== undefined && rests.untilWithout("exhausted") <= now;
}

/** The keys that a request may use at all. */
function* keysOf(pool: Pool, pinnedKey: string | undefined): Iterable<KeyHealth> {
  const pinned = pinnedKey === undefined ? undefined : pool.keys.get(pinnedKey);
  const keys = pinnedKey === undefined ? pool.keys.values() : pinned === undefined ? [] : [pinned];
  for (const key of keys) if (key.disabledSince === undefined) yield key;
}
