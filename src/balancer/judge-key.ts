// What a verdict does to a key, key×model or key×operation.

import { partStateOf } from "./cause.ts";
import type { Docket } from "./docket.ts";
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
  const penalty = docket.penalty(effect);
  const { order, verdict } = docket.case;
  const from = pool.stateAt(now);
  const becomesSuspect = suspicion.note({ key, cause: penalty.cause, outcome: verdict.outcome, order, now });
  if (effect.kind === "key-refused") countFailure(docket, effect);
  else restKey(docket, penalty);
  if (!becomesSuspect) return;
  for (const [refused, cause] of suspicion.keys()) refused.rests.cap(now + SUSPECT_REST_MS, cause);
  const until = suspicion.nextProbeAt;
  docket.say(docket.providerPlace, { from, to: "suspect", until, origin: penalty.origin, alert: true });
}

/** An operator's rule keeps the key out for a while. */
export function coolKey(docket: Docket, effect: EffectOf<"key-cooled">): void {
  restKey(docket, docket.penalty(effect));
}

/** An operator's rule keeps the key out until an operator lets it in. */
export function disableKey(docket: Docket): void {
  const { key, now } = docket;
  if (key.disabledSince !== undefined) return;
  const from = key.stateAt(now);
  key.disabledSince = now;
  docket.say(docket.keyPlace(key), { from, to: "disabled", origin: docket.origin, alert: true });
}

/** A failure that may be the provider's: it counts only if another key answers for that model meanwhile. */
export function countIfSiblingsAnswer(
  docket: Docket,
  effect: EffectOf<"server-error"> | EffectOf<"client-gone">,
): void {
  const siblingAt = docket.pool.model(docket.modelKey)?.successes.lastOfOthers(docket.key);
  if (siblingAt !== undefined && siblingAt > docket.now - SIBLING_MS) countFailure(docket, effect);
}

/** Puts a key×model to rest. */
export function restModel(docket: Docket, effect: EffectOf<"rate-limited"> | EffectOf<"model-missing">): void {
  const { now } = docket;
  const part = docket.pool.touchPart(docket.key, docket.modelKey, now);
  const before = part.longest(now);
  const penalty = docket.penalty(effect);
  if (!docket.impose(part, penalty)) return;
  const from = before === undefined ? "ready" : partStateOf(before.cause);
  docket.say(docket.partPlace, { from, to: partStateOf(penalty.cause), until: part.until, origin: penalty.origin });
}

/** A model that nobody knows may be a client's typo: no key is touched for it. */
export function missModel(docket: Docket, effect: EffectOf<"model-missing">): void {
  const { pool, modelKey } = docket;
  if (pool.isKnown(docket.case.attempt.candidate.model)) {
    restModel(docket, effect);
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

function restKey(docket: Docket, penalty: Penalty): void {
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
