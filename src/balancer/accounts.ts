// Which keys have the same objects at a provider, and who may serve a request that is for one of them.
import type { Need, StandIn } from "./contract.ts";
import { mayUse, usableAt } from "./gates.ts";
import { groupNamesOf } from "./group-names.ts";
import type { KeyHealth } from "./key-health.ts";
import { type Lane, type Scene, tokensOf } from "./lanes.ts";
import { modelKeyOf, type Pool } from "./pool.ts";
import type { QuotaGroup } from "./quota-group.ts";
import type { Stall } from "./search.ts";
import { byPriority, stallsOf } from "./stalls.ts";

/** Whose objects a key sees: the narrowest of its quota groups; undefined where nobody said. */
export function accountOf(key: KeyHealth): string | undefined {
  return groupNamesOf(key).at(-1)?.id;
}

type Pin = Pick<Need, "pinnedKey" | "standIn">;

/** The same as an object of the pool, which costs no text for each of many keys. */
function groupOf(key: KeyHealth): QuotaGroup | undefined {
  return key.groups.at(-1);
}

/** Whether a key is the pinned one, or has the same objects. */
function isHolder(pool: Pool, { pinnedKey, standIn }: Pin): (key: KeyHealth) => boolean {
  if (standIn === undefined) return ({ spec }) => spec.id === pinnedKey;
  const pinned = pool.keys.get(pinnedKey ?? "");
  const groups = [pool.quotaGroups.get(standIn.account ?? ""), pinned && groupOf(pinned)];
  return (key) => {
    if (key.spec.id === pinnedKey) return true;
    const group = groupOf(key);
    return group !== undefined && groups.includes(group);
  };
}

/** Whether the pin of a request lets a key serve it now; true for all where there is none. */
export function pinAdmits(pool: Pool, model: string | undefined, scene: Scene): (key: KeyHealth) => boolean {
  const { need } = scene;
  if (need.pinnedKey === undefined) return () => true;
  const holds = isHolder(pool, need);
  if (need.standIn?.anyAfterMs === undefined) return holds;
  return isAllOut(pool, model, scene) ? () => true : holds;
}

/** The keys of a pinned request in the order in which they are asked: the pinned one, those that share its objects, others. */
export function* pinnedLevels(lanes: readonly Lane[], scene: Scene): Iterable<readonly Stall[]> {
  const { pinnedKey = "", standIn } = scene.need;
  yield stallsOf(lanes, ({ keys }) => [keys.get(pinnedKey)].filter((key) => key !== undefined));
  if (standIn === undefined) return;
  yield stallsOf(lanes, (pool) => holdersOf(pool, scene.need));
  const mayBeAny = standIn.anyAfterMs !== undefined && lanes.every(({ pool, model }) => isAllOut(pool, model, scene));
  if (mayBeAny) for (const { stalls } of byPriority(lanes)) yield stalls;
}

/** The pinned key and those that share its objects, as far as they are configured. */
function holdersOf(pool: Pool, need: Need): readonly KeyHealth[] {
  return [...pool.keys.values()].filter(isHolder(pool, need));
}

/** Whether any of them is left that no operator keeps out. */
export function hasHolder(pool: Pool, pinnedKey: string, standIn: StandIn): boolean {
  const pinned = pool.keys.get(pinnedKey);
  if (pinned !== undefined && pinned.disabledSince === undefined) return true;
  const holds = isHolder(pool, { pinnedKey, standIn });
  return [...pool.keys.values()].some((key) => key.disabledSince === undefined && holds(key));
}

/** The first key that may have other objects than those that were asked, and could serve now. */
export function strangerTo(asked: readonly KeyHealth[], { pool, model }: Place, scene: Scene): KeyHealth | undefined {
  const groups = new Set(asked.map(groupOf));
  groups.delete(undefined);
  const modelKey = modelKeyOf(model);
  const way = { pool, model, modelKey, tokens: tokensOf(scene.need, pool, modelKey) };
  for (const key of pool.keys.values()) {
    if (asked.includes(key) || groups.has(groupOf(key))) continue;
    if (mayUse(scene.need, pool, key) && usableAt(way, key, scene) <= scene.now) return key;
  }
  return undefined;
}

/**
 * One key of each known account: that of `first`, then the others in the order of the configuration; `from`: itself, and
 * those after its account only. Keys that are out for long stand for none. Where the account of the one to begin with is
 * not known, it may be any of the others'.
 */
export function accountKeys(
  pool: Pool,
  { first, from }: { readonly first: string; readonly from: string | undefined },
  now: number,
): readonly string[] {
  const begin = from ?? first;
  const beginKey = pool.keys.get(begin);
  const start = beginKey && groupOf(beginKey);
  if (start === undefined) return [begin];
  const own = pool.keys.get(first);
  const found = new Map<QuotaGroup, string>();
  for (const key of own === undefined ? pool.keys.values() : [own, ...pool.keys.values()]) {
    const group = groupOf(key);
    const isOut = key.disabledSince !== undefined || key.rests.until > now;
    if (group !== undefined && !isOut && !found.has(group)) found.set(group, key.spec.id);
  }
  if (from === undefined) return [...found.values()];
  // What comes after an account that is out is not known.
  const place = found.has(start) ? [...found.keys()].indexOf(start) : found.size;
  return [from, ...[...found.values()].slice(place + 1)];
}

interface Place {
  readonly pool: Pool;
  readonly model: string | undefined;
}

/** What rests for a while only is worth waiting for: objects that are to be used together must be made by one account. */
function isAllOut(pool: Pool, model: string | undefined, scene: Scene): boolean {
  const { need, past, now } = scene;
  const longMs = need.standIn?.anyAfterMs ?? Number.POSITIVE_INFINITY;
  const modelKey = modelKeyOf(model);
  const way = { pool, model, modelKey, tokens: tokensOf(need, pool, modelKey) };
  return holdersOf(pool, need).every((key) => {
    if (key.disabledSince !== undefined || key.rests.until > now || past.excludes(key, modelKey)) return true;
    if ((key.operations.get(need.operation)?.until ?? 0) > now) return true;
    if (model !== undefined && !key.spec.serves(model)) return true;
    const at = usableAt(way, key, scene);
    // Infinite where another request is in the way, which may end at any time.
    return Number.isFinite(at) && at > now + longMs;
  });
}
