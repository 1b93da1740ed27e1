// What an answer tells of limits: whose they are, how much is left, and that one was hit.
import type { LimitReading } from "../core/quota-facts.ts";
import type { Effect, QuotaScope } from "../core/verdict.ts";
import type { Docket } from "./docket.ts";
import type { Meter } from "./limits/meter.ts";
import type { Part } from "./part.ts";
import type { QuotaGroup } from "./quota-group.ts";

type RateLimit = Extract<Effect, { readonly kind: "rate-limited" }>;

/** Notes the owner of the key, and what the headers state, after the verdict itself was judged. */
export function noteQuota(docket: Docket): void {
  const { quota } = docket.case.verdict;
  if (quota === undefined) return;
  const { pool, key } = docket;
  const { organization, project } = quota;
  if (organization !== undefined && pool.noteOwner(key, { organization, project })) docket.touch();
  if (quota.readings.length > 0) readLimits(docket, quota.readings);
}

/** Where a limit of this scope rests: with the group that the answer names or the key is known to be of, else the key. */
export function limitedPart(docket: Docket, scope: QuotaScope | undefined): Part {
  const { pool, key, modelKey, now } = docket;
  const group = groupOf(docket, scope);
  return group === undefined ? pool.touchPart(key, modelKey, now) : group.touchPart(modelKey, now);
}

/** The group that a scope speaks of; a key whose project is not known shares its own limit with nobody. */
export function groupOf({ key: { groups } }: Docket, scope: QuotaScope | undefined): QuotaGroup | undefined {
  return scope === "project" ? groups[1] : groups[0];
}

/** The rate limit was hit: every counter of the attempt hears of it once, and that which is newer than the attempt. */
export function noteRefusal(docket: Docket, { scope, retryAfterMs }: Omit<RateLimit, "kind">): void {
  const { attempt, order } = docket.case;
  const readings = docket.case.verdict.quota?.readings ?? [];
  const refusal = { readings, retryAfterMs, order, now: docket.now };
  for (const { meter, taking } of attempt.takings) meter.refused(taking, refusal);
  const { meter } = limitedPart(docket, scope);
  if (attempt.takingOf(meter) !== undefined) return;
  meter.refused(meter.stranger(attempt.order, attempt.startedAt), refusal);
}

/** The first success of an attempt. */
export function noteRoom(docket: Docket): void {
  for (const { meter, taking } of docket.case.attempt.takings) meter.succeeded(taking, docket.now);
}

function readLimits(docket: Docket, readings: readonly LimitReading[]): void {
  const { pool, key, modelKey, now } = docket;
  // What headers state is the tightest limit: that of the project, where there is one.
  const group = key.groups.at(-1);
  const known = group === undefined ? key.models.get(modelKey) : group.part(modelKey);
  const { model } = docket.case.attempt.candidate;
  // What a client mistyped must not take memory, nor drive out what rests.
  if (known === undefined && model !== undefined && !pool.isKnown(model)) return;
  const { meter } = group === undefined ? pool.touchPart(key, modelKey, now) : group.touchPart(modelKey, now);
  for (const reading of readings) readInto(meter, docket, reading);
}

function readInto(meter: Meter, { case: { attempt }, now }: Docket, reading: LimitReading): void {
  const taking = attempt.takingOf(meter) ?? meter.stranger(attempt.order, attempt.startedAt);
  meter.read(reading, taking, now);
}
