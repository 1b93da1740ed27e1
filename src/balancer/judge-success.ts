// What a success does to health: it clears what it disproves.

import type { Effect } from "../core/verdict.ts";
import type { Breaker } from "./breaker.ts";
import { type Cause, partStateOf } from "./cause.ts";
import type { ChangePlace } from "./changes.ts";
import { ANSWERS_AGAIN, type Docket } from "./docket.ts";
import { noteRoom } from "./judge-quota.ts";
import type { KeyHealth } from "./key-health.ts";
import type { Rests } from "./rests.ts";

/** What a working credential disproves. */
const OF_THE_CREDENTIAL: readonly Cause[] = ["invalid", "refused"];

/**
 * The first success of an attempt clears faults of the key; a complete answer also those of the provider and its model.
 * A free call says of the key only that its credential works: nothing of credit or limits.
 */
export function judgeSuccess(docket: Docket, effect: Extract<Effect, { kind: "success" }>): void {
  const { attempt } = docket.case;
  if (!attempt.hasSucceeded) {
    attempt.hasSucceeded = true;
    if (attempt.need.isFree === true) {
      proveCredential(docket);
    } else {
      noteSuccess(docket, effect.latencyMs);
      noteRoom(docket);
      liftSuspicion(docket);
      reviveKey(docket);
    }
    reviveModel(docket);
    reviveOperation(docket);
  }
  const { pool, modelKey } = docket;
  closeBreaker(docket, pool.breaker, { place: docket.providerPlace, isComplete: effect.complete });
  const breaker = pool.model(modelKey)?.breaker;
  if (breaker !== undefined) closeBreaker(docket, breaker, { place: docket.modelPlace, isComplete: effect.complete });
}

interface Closing {
  readonly place: ChangePlace;
  readonly isComplete: boolean;
}

/** What is open is up again with the beginning of an answer; what is up counts complete ones. */
function closeBreaker(docket: Docket, breaker: Breaker, { place, isComplete }: Closing): void {
  const { began, now } = docket;
  if (!isComplete && breaker.stateAt(now) === "up") return;
  if (breaker.close(began, now)) sayUp(docket, place);
}

/** The provider knows the credential, whatever else it answered. */
export function proveCredential(docket: Docket): void {
  liftSuspicion(docket, OF_THE_CREDENTIAL);
  reviveKey(docket, OF_THE_CREDENTIAL);
}

function noteSuccess({ pool, key, modelKey, began, now, case: { attempt } }: Docket, latencyMs: number): void {
  const health = pool.touchModel(modelKey, now);
  health.noteSuccess(key, began, now);
  health.latencies.note(latencyMs);
  health.breaker.successes.note(attempt.need.client, now);
  pool.breaker.successes.note(attempt.need.client, now);
  pool.noteServed(modelKey);
  pool.regionAlertedUntil = 0;
}

/** The first success of a suspect provider voids the rests that the suspicion doubts. */
function liftSuspicion(docket: Docket, causes?: readonly Cause[]): void {
  const { pool, now } = docket;
  const doubted = pool.suspicion.lift(docket.began, docket.case.order, causes);
  if (doubted === undefined) return;
  docket.say(docket.providerPlace, { from: "suspect", to: pool.stateAt(now), origin: ANSWERS_AGAIN });
  for (const [key, cause] of doubted) {
    const from = key.stateAt(now);
    key.rests.clear(cause);
    key.failures = 0;
    sayRevived(docket, key, from);
  }
  pool.wakeAll();
}

function reviveKey(docket: Docket, causes?: readonly Cause[]): void {
  const { key, began } = docket;
  if (causes === undefined && !key.isPartOfEvent(began)) clearFailures(docket);
  if (key.rests.isEmpty) return;
  const cause = key.rests.latestCause;
  key.rests.disprove(began, causes);
  docket.touch();
  if (cause === undefined || !key.rests.isEmpty) return;
  clearFailures(docket);
  sayRevived(docket, key, cause === "invalid" || cause === "exhausted" ? cause : "cooling");
}

function clearFailures(docket: Docket): void {
  if (docket.key.failures === 0) return;
  docket.key.failures = 0;
  docket.touch();
}

function reviveModel(docket: Docket): void {
  const { key, modelKey } = docket;
  reviveRests(docket, key.models.get(modelKey)?.rests);
  for (const group of key.groups) {
    reviveRests(docket, group.part(modelKey)?.rests, group.name);
    if (docket.case.attempt.need.isFree !== true) reviveGroup(docket, group.rests);
  }
}

function reviveGroup({ pool, began }: Docket, rests: Rests): void {
  if (rests.isEmpty) return;
  rests.disprove(began);
  pool.wakeAll();
}

function reviveRests(docket: Docket, rests: Rests | undefined, group?: string): void {
  if (rests === undefined || rests.isEmpty) return;
  const { now } = docket;
  const rest = rests.standing(now);
  rests.disprove(docket.began);
  docket.touch();
  if (rest === undefined || rests.until > now) return;
  docket.pool.wakeAll();
  docket.say(docket.partPlace, { from: partStateOf(rest.cause), to: "ready", origin: ANSWERS_AGAIN, group });
}

function reviveOperation(docket: Docket): void {
  const { operations } = docket.key;
  const { operation } = docket.case.attempt.need;
  const rests = operations.get(operation);
  if (rests === undefined) return;
  rests.disprove(docket.began);
  docket.touch();
  if (rests.isEmpty) operations.delete(operation);
}

function sayUp(docket: Docket, place: ChangePlace): void {
  docket.say(place, { from: "open", to: "up", origin: ANSWERS_AGAIN });
}

function sayRevived(docket: Docket, key: KeyHealth, from: string): void {
  const to = key.stateAt(docket.now);
  if (from !== to) docket.say(docket.keyPlace(key), { from, to, origin: ANSWERS_AGAIN });
}
