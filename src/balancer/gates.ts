// Whether every level lets a key serve a request: key, key×model, key×operation, quota group, and their limits.
import type { Need } from "./contract.ts";
import type { KeyHealth } from "./key-health.ts";
import type { Lane, Scene } from "./lanes.ts";
import type { Tokens } from "./limits/meter.ts";
import type { Part } from "./part.ts";
import type { Pool } from "./pool.ts";

/** Nothing that the clock alone will change. */
const NEVER = Number.POSITIVE_INFINITY;
/** A group's limits may have room before anybody tells each of its keys. */
const GROUP_LOOK_MS = 250;

/** A lane as far as limits and health ask about it. */
export type Way = Pick<Lane, "pool" | "model" | "modelKey" | "tokens">;

/**
 * When a key could serve: `now` if it can, infinite where something other than the clock has to change. What this
 * request has tried is not looked at, nor the provider.
 */
export function usableAt(way: Way, key: KeyHealth, { need, now }: Scene): number {
  if (key.disabledSince !== undefined) return NEVER;
  if (way.model !== undefined && !key.spec.serves(way.model)) return NEVER;
  const operation = key.operations.size === 0 ? 0 : (key.operations.get(need.operation)?.until ?? 0);
  return Math.max(operation, levelsFreeAt(way, key, { now, isFree: need.isFree === true, tokens: way.tokens }));
}

/** False for a key that came after the request. */
export function mayUse({ hasKey }: Need, { spec }: Pool, key: KeyHealth): boolean {
  return hasKey === undefined || hasKey(spec.provider, key.spec.id);
}

/** Requests that can do with less find keys awake that are asleep for others; of one roster all spend the same. */
export function rosterIdOf({ modelKey, pool, tokens }: Way, { isFree, estimate }: Need): string {
  if (isFree === true) return `free\0${modelKey}`;
  if (estimate === undefined) return `no tokens\0${modelKey}`;
  return pool.forms.hasTokens ? `${tokens()}\0${modelKey}` : modelKey;
}

/** As `usableAt`, for any request of the roster: the key can be left out of all searches there until then. */
export function sleepsUntil(way: Way, key: KeyHealth, { need, now }: Scene): number {
  if (key.disabledSince !== undefined) return NEVER;
  if (way.model !== undefined && !key.spec.serves(way.model)) return NEVER;
  const ask = { now, isFree: need.isFree === true, tokens: way.tokens };
  const own = ownFreeAt(way, key, ask);
  if (own === NEVER || key.groups.length === 0) return own;
  let restsUntil = own;
  let limitedUntil = now;
  for (const group of key.groups) {
    const shared = group.part(way.modelKey);
    restsUntil = Math.max(restsUntil, group.rests.until, shared?.rests.until ?? 0);
    if (group.rests.isHalfOpen(now)) limitedUntil = Math.max(limitedUntil, group.probe.freeAt);
    if (!ask.isFree) limitedUntil = Math.max(limitedUntil, shared?.meter.freeAt(ask.tokens, now) ?? now);
  }
  return Math.max(restsUntil, Math.min(limitedUntil, now + GROUP_LOOK_MS));
}

/** Whether the attempt would find out that the key, for this model or with its group, works again; `late`: another one does. */
export function probeOf({ modelKey }: Way, key: KeyHealth, now: number): "none" | "due" | "late" {
  const part = key.models.size === 0 ? undefined : key.models.get(modelKey);
  let probe = stageOf(key, now);
  if (part !== undefined) probe = laterStage(probe, stageOf(part, now));
  for (const group of key.groups) probe = laterStage(probe, stageOf(group, now));
  return probe;
}

type Stage = "none" | "due" | "late";

function stageOf({ rests, probe }: Pick<KeyHealth, "rests" | "probe">, now: number): Stage {
  if (!rests.isHalfOpen(now)) return "none";
  return probe.isRunning ? "late" : "due";
}

function laterStage(a: Stage, b: Stage): Stage {
  if (a === "none" || b === "late") return b;
  return a;
}

interface Ask {
  readonly now: number;
  readonly isFree: boolean;
  readonly tokens: Tokens;
}

function levelsFreeAt(way: Way, key: KeyHealth, ask: Ask): number {
  const { now } = ask;
  let at = ownFreeAt(way, key, ask);
  for (const group of key.groups) {
    at = later(at, group.rests.isHalfOpen(now) ? group.probe.freeAt : group.rests.until, now);
    const shared = group.part(way.modelKey);
    if (shared !== undefined) at = partFreeAt(shared, ask, at);
  }
  return at;
}

/** What does not depend on other keys. */
function ownFreeAt(way: Way, key: KeyHealth, ask: Ask): number {
  const { now } = ask;
  let at = Math.max(now, keyFreeAt(way, key, now));
  const part = key.models.get(way.modelKey);
  if (part !== undefined) at = partFreeAt(part, ask, at);
  if (key.meter === undefined || ask.isFree) return at;
  return later(at, key.meter.freeAt(ask.tokens, now), now);
}

/** The later time; a slot in flight will be free before a time that the clock has to reach. */
function later(a: number, b: number, now: number): number {
  if (b === NEVER) return a > now ? a : b;
  return a === NEVER ? (b > now ? b : a) : Math.max(a, b);
}

function keyFreeAt({ pool }: Way, key: KeyHealth, now: number): number {
  const { rests, probe } = key;
  if (rests.until > now) return isProbeOfProvider(pool, key, now) ? now : rests.until;
  return rests.isHalfOpen(now) ? probe.freeAt : 0;
}

/** The probe of a suspect provider may use a key whose only rest is the one in doubt: with all refused, none else is left. */
function isProbeOfProvider({ suspicion }: Pool, key: KeyHealth, now: number): boolean {
  const cause = suspicion.isSuspect ? suspicion.causeOf(key) : undefined;
  return cause !== undefined && key.rests.untilWithout(cause) <= now;
}

function partFreeAt({ rests, meter, probe }: Part, { now, isFree, tokens }: Ask, at: number): number {
  const rested = later(at, rests.isHalfOpen(now) ? probe.freeAt : rests.until, now);
  return isFree ? rested : later(rested, meter.freeAt(tokens, now), now);
}
