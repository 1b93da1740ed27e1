// Why a request would get the key that it would get now, and why every other key of its route is not chosen.

import { pinAdmits } from "./accounts.ts";
import type { Need, Target } from "./contract.ts";
import type { Explanation, Explanations, Obstacle } from "./explanation.ts";
import { mayUse, usableAt } from "./gates.ts";
import type { KeyHealth } from "./key-health.ts";
import { type Lane, type Scene, tokensOf } from "./lanes.ts";
import { modelKeyOf, type Pool } from "./pool.ts";
import { BY_OPERATOR, type Origin, type Rest } from "./rests.ts";
import type { Found } from "./search.ts";

/** Every key of every target, in the order of the route; `picked` is what the choice found, if anything. */
export function explain(scene: Scene, picked: Found | undefined): Explanations {
  return {
    picked: picked && explanationOf(picked, scene),
    keys: { [Symbol.iterator]: () => explainAll(scene, picked) },
  };
}

function* explainAll(scene: Scene, picked: Found | undefined): Generator<Explanation> {
  for (const [tier, targets] of scene.need.route.entries()) {
    for (const [place, target] of targets.entries()) {
      const pool = scene.pools.get(target.provider);
      if (pool === undefined) continue;
      const lane = laneOf(target, place, pool, scene.need);
      const admits = pinAdmits(pool, target.model, scene);
      for (const key of pool.keys.values()) yield explainKey({ scene, picked, target, tier, lane, key, admits });
    }
  }
}

function explanationOf({ lane, key }: Found, { need: { route } }: Scene): Explanation {
  const target = { provider: lane.pool.spec.provider, model: lane.model };
  return ofPicked({ target, tier: tierOf({ lane, key }, route), keyId: key.spec.id, keyName: key.spec.name });
}

function ofPicked(facts: Pick<Explanation, "target" | "tier" | "keyId" | "keyName">): Explanation {
  return { ...facts, isPicked: true, isUsable: true, obstacles: [] };
}

interface Question {
  readonly scene: Scene;
  readonly picked: Found | undefined;
  readonly target: Target;
  readonly tier: number;
  readonly lane: Lane;
  readonly key: KeyHealth;
  readonly admits: (key: KeyHealth) => boolean;
}

function laneOf({ model }: Target, place: number, pool: Pool, need: Need): Lane {
  const modelKey = modelKeyOf(model);
  const tokens = tokensOf(need, pool, modelKey);
  return { pool, model, modelKey, place, rank: 0, freshOnly: false, isSecond: false, again: false, tokens };
}

function explainKey(question: Question): Explanation {
  const { picked, target, tier, lane, key, scene } = question;
  const facts = { target, tier, keyId: key.spec.id, keyName: key.spec.name };
  if (picked?.key === key && picked.lane.model === lane.model) {
    return ofPicked(facts);
  }
  const isOut =
    isShut(question) ||
    isOtherThanPinned(question) ||
    !mayUse(scene.need, lane.pool, key) ||
    usableAt(lane, key, scene) > scene.now;
  if (isOut) return { ...facts, isPicked: false, isUsable: false, obstacles: [...obstaclesOf(question)] };
  const obstacles = picked === undefined ? [] : [precedence(question, picked)];
  return { ...facts, isPicked: false, isUsable: true, obstacles };
}

function* obstaclesOf(question: Question): Iterable<Obstacle> {
  const { lane, key, scene } = question;
  const { need, now } = scene;
  if (key.disabledSince !== undefined) yield { code: "disabled", ...factsOf(key.disabledBy ?? BY_OPERATOR) };
  const rest = key.rests.longest(now);
  if (rest !== undefined) yield ofRest(rest, isOwnState(rest) ? rest.cause : "cooling");
  const part = key.models.get(lane.modelKey);
  const modelRest = part?.rests.longest(now);
  if (modelRest !== undefined)
    yield ofRest(modelRest, modelRest.cause === "missing" ? "model_blocked" : "model_cooling");
  yield* groupObstacles(question);
  const operation = key.operations.get(need.operation)?.longest(now);
  if (operation !== undefined) yield ofRest(operation, "operation_blocked");
  if (lane.model !== undefined && !key.spec.serves(lane.model)) yield { code: "model_not_served" };
  if (isOtherThanPinned(question)) yield { code: "other_key_pinned" };
  if (!mayUse(need, lane.pool, key)) yield { code: "left_aside" };
  yield* limitObstacles(question);
  const probe = [key, ...(part === undefined ? [] : [part]), ...key.groups].find(
    (it) => it.rests.isHalfOpen(now) && it.probe.isTaken(now),
  );
  if (probe !== undefined) yield { code: "probe_running", until: probe.probe.freeAt };
  if (lane.pool.isShut(now)) yield { code: "provider_suspect", until: lane.pool.suspicion.nextProbeAt };
  else if (isShut(question)) yield { code: "provider_open", until: lane.pool.opensAt(lane.modelKey, now) };
}

function* groupObstacles({ lane, key, scene: { now } }: Question): Iterable<Obstacle> {
  for (const group of key.groups) {
    const rest = group.rests.longest(now);
    if (rest !== undefined) yield { ...ofRest(rest, "group_exhausted"), group: group.name };
    const modelRest = group.part(lane.modelKey)?.rests.longest(now);
    if (modelRest !== undefined) yield { ...ofRest(modelRest, "group_cooling"), group: group.name };
  }
}

/** What is known of limits and has no room for the request now. */
function* limitObstacles({ lane, key, scene: { now, need } }: Question): Iterable<Obstacle> {
  if (need.isFree === true) return;
  const groups = key.groups.map((group) => ({ meter: group.part(lane.modelKey)?.meter, group: group.name }));
  for (const { meter, group } of [
    { meter: key.meter },
    { meter: key.models.get(lane.modelKey)?.meter },
    ...groups,
  ] as const) {
    const holdup = meter?.holdup(lane.tokens, now);
    if (holdup === undefined) continue;
    const until = Number.isFinite(holdup.until) ? { until: holdup.until } : {};
    yield { code: holdup.code, ...until, ...(group !== undefined && { group }) };
  }
}

/** The provider lets nobody through now. */
function isShut({ lane, scene: { now } }: Question): boolean {
  return lane.pool.isShut(now) || lane.pool.opensAt(lane.modelKey, now) > now;
}

function isOwnState(rest: Rest): rest is Rest & { readonly cause: "invalid" | "exhausted" } {
  return rest.cause === "invalid" || rest.cause === "exhausted";
}

function isOtherThanPinned({ admits, key }: Question): boolean {
  return !admits(key);
}

function ofRest({ until, origin }: Rest, code: Obstacle["code"]): Obstacle {
  return { code, until, ...factsOf(origin) };
}

function factsOf({ reason, status, message }: Origin): Pick<Obstacle, "reason" | "status" | "message"> {
  return { reason, ...(status !== undefined && { status }), ...(message !== undefined && { message }) };
}

/** Why a usable key comes after the one that is chosen. */
function precedence({ scene, tier, lane, key }: Question, picked: Found): Obstacle {
  const { now, need } = scene;
  if (isFailing(lane, now) && !isFailing(picked.lane, now)) return { code: "provider_failing" };
  if (tier > tierOf(picked, need.route)) return { code: "later_in_route" };
  if (key.spec.priority > picked.key.spec.priority) return { code: "lower_priority" };
  return { code: loadOf(key) > loadOf(picked.key) ? "busier" : "other_turn" };
}

function isFailing({ pool, modelKey }: Lane, now: number): boolean {
  return pool.isOpen(modelKey, now) || pool.model(modelKey)?.isSilent(now) === true;
}

function tierOf({ lane }: Found, route: Scene["need"]["route"]): number {
  return route.findIndex((targets) =>
    targets.some(({ provider, model }) => provider === lane.pool.spec.provider && model === lane.model),
  );
}

function loadOf(key: KeyHealth): number {
  return key.inFlight / key.spec.weight;
}
