// What a verdict does to a key, key×model or key×operation.

import type { QuotaScope } from "../core/verdict.ts";
import { partStateOf } from "./cause.ts";
import type { Docket } from "./docket.ts";
import { groupOf, limitedPart, noteRefusal } from "./judge-quota.ts";
import type { Part } from "./part.ts";
import type { RestingEffect } from "./penalties.ts";
import { type Penalty, Rests } from "./rests.ts";
import { SUSPECT_REST_MS } from "./suspicion.ts";

const SIBLING_MS = 60_000;

type EffectOf<Kind extends RestingEffect["kind"]> = Extract<RestingEffect, { kind: Kind }>;

/** A key-blamed verdict: it also counts in the row that makes a provider suspect. */
export function refuseKey(
  docket: Docket,
  effect: EffectOf<"key-invalid"> | EffectOf<"key-exhausted"> | EffectOf<"key-refused">,
): void {
  const { pool, key, now } = docket;
  const { suspicion } = pool;
  if (suspicion.isForgiven(docket.began)) return;
  if (effect.kind === "key-refused") {
    // The row has the key since the refusal itself.
    if (effect.proof === "given") countFailure(docket, effect);
    if (effect.proof === "given" || !docket.case.marks.mayRefuse()) return;
  }
  const penalty = docket.penalty(effect);
  const { order, verdict } = docket.case;
  const from = pool.stateAt(now);
  const becomesSuspect = suspicion.note({ key, cause: penalty.cause, outcome: verdict.outcome, order, now });
  if (effect.kind !== "key-refused") restKey(docket, penalty);
  else if (effect.proof === undefined) countFailure(docket, effect);
  if (effect.kind === "key-exhausted" && effect.scope !== undefined) exhaustGroup(docket, effect.scope, penalty);
  if (!becomesSuspect) return;
  for (const [refused, cause] of suspicion.keys()) refused.rests.cap(now + SUSPECT_REST_MS, cause);
  pool.wakeAll();
  const until = suspicion.nextProbeAt;
  docket.say(docket.providerPlace, { from, to: "suspect", until, origin: penalty.origin, alert: true });
}

/** All keys of an organisation or project that has no credit. */
function exhaustGroup(docket: Docket, scope: QuotaScope, penalty: Penalty): void {
  const group = groupOf(docket, scope);
  if (group === undefined || !docket.impose(group.rests, penalty)) return;
  const facts = { from: "ready", to: "exhausted", until: group.rests.until, origin: penalty.origin, alert: true };
  docket.say(docket.keyPlace(docket.key), { ...facts, group: group.name });
}

/** A failure that may be the provider's: it counts only if another key answers for that model meanwhile. */
export function countIfSiblingsAnswer(
  docket: Docket,
  effect: EffectOf<"server-error"> | EffectOf<"client-gone">,
): void {
  const model = docket.pool.touchModel(docket.modelKey, docket.now);
  // Where several keys fail one after the other, without a success between, the provider does.
  const isAlone = model.noteFailure(docket.key, docket.began);
  const siblingAt = model.successes.lastOfOthers(docket.key);
  if (isAlone && siblingAt > docket.now - SIBLING_MS) countFailure(docket, effect);
}

/** Puts a key×model to rest. */
function restModel(docket: Docket, effect: EffectOf<"rate-limited"> | EffectOf<"model-missing">, part: Part): void {
  const { now } = docket;
  const { rests } = part;
  const before = rests.longest(now);
  const penalty = docket.penalty(effect);
  if (!docket.impose(rests, penalty)) return;
  const from = before === undefined ? "ready" : partStateOf(before.cause);
  const group = docket.key.groups.find((each) => each.part(docket.modelKey) === part)?.name;
  const facts = { from, to: partStateOf(penalty.cause), until: rests.until, origin: penalty.origin, group };
  docket.say(docket.partPlace, facts);
}

/** A rate limit: the key rests for this model, or all keys that share the limit do. */
export function limitModel(docket: Docket, effect: EffectOf<"rate-limited">): void {
  // The limit of a day says nothing of the pace.
  if (effect.daily !== true) noteRefusal(docket, effect);
  restModel(docket, effect, limitedPart(docket, effect.scope));
}

/** A model that nobody knows may be a client's typo: no key is touched for it. */
export function missModel(docket: Docket, effect: EffectOf<"model-missing">): void {
  const { pool, modelKey } = docket;
  if (pool.isKnown(docket.case.attempt.candidate.model)) {
    restModel(docket, effect, pool.touchPart(docket.key, modelKey, docket.now));
    return;
  }
  if (docket.case.marks.isSecondRefusal(pool, modelKey)) pool.noteRefused(modelKey, docket.now);
}

/** Blocks a key×operation. */
export function blockOperation(docket: Docket, effect: EffectOf<"operation-blocked">): void {
  const { pool, key } = docket;
  const { operation } = docket.case.attempt.need;
  const rests = key.operations.get(operation) ?? new Rests();
  key.operations.set(operation, rests);
  const penalty = docket.penalty(effect);
  if (!docket.impose(rests, penalty)) return;
  const place = { level: "key-operation", pool, key, operation } as const;
  docket.say(place, { from: "ready", to: "blocked", until: rests.until, origin: penalty.origin });
}

/** One more failure in a row; at `max_failures` the key rests. */
function countFailure(
  docket: Docket,
  effect: EffectOf<"key-refused"> | EffectOf<"server-error"> | EffectOf<"client-gone">,
): void {
  const { key } = docket;
  const { maxFailures } = docket.pool.spec;
  if (key.isPartOfEvent(docket.began)) return;
  key.failures += 1;
  docket.touch();
  if (maxFailures > 0 && key.failures >= maxFailures) restKey(docket, docket.penalty(effect));
}

/** Puts a whole key to rest. */
export function restKey(docket: Docket, penalty: Penalty): void {
  const { pool, key, now } = docket;
  const { suspicion } = pool;
  const from = key.stateAt(now);
  const begins = docket.impose(key.rests, penalty);
  if (suspicion.isSuspect && suspicion.causeOf(key) === penalty.cause) {
    key.rests.cap(now + SUSPECT_REST_MS, penalty.cause);
  }
  if (!begins) return;
  // One alert for the provider says more than one for each key that it refuses.
  const alert = !suspicion.isSuspect;
  const facts = { from, to: key.stateAt(now), until: key.rests.until, origin: penalty.origin, alert };
  docket.say(docket.keyPlace(key), facts);
}
