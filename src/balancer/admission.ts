// What an attempt takes when it begins: its share of every limit, and the probe of what is half-open.
import { tokensOf } from "./lanes.ts";
import type { Tokens } from "./limits/meter.ts";
import { modelKeyOf } from "./pool.ts";
import type { RequestMarks } from "./request-marks.ts";
import type { Place, RunningAttempt } from "./running-attempt.ts";

/** Says whether the attempt is the probe of anything. */
export function admit(attempt: RunningAttempt, place: Place, marks: RequestMarks): boolean {
  const { startedAt: now } = attempt;
  const modelKey = modelKeyOf(attempt.candidate.model);
  for (const breaker of place.pool.breakersOf(modelKey)) if (!marks.hasVoted(breaker)) breaker.noteBegin(now);
  if (attempt.need.isFree !== true) {
    // A model that never answered has nothing to compare with.
    const model = place.pool.model(modelKey);
    if (model !== undefined) attempt.waitIn(model.waiting);
    takeLimits(attempt, place, { modelKey, tokens: tokensOf(attempt.need, place.pool, modelKey), now });
  }
  return takeProbes(attempt, place, modelKey, now);
}

interface Spending {
  readonly modelKey: string;
  readonly tokens: Tokens;
  readonly now: number;
}

function takeLimits(attempt: RunningAttempt, { pool, key }: Place, { modelKey, tokens, now }: Spending): void {
  if (key.meter !== undefined) attempt.take(key.meter, tokens);
  const counts = isCounted(attempt, { pool, key });
  if (counts) attempt.take(pool.touchPart(key, modelKey, now).meter, tokens);
  for (const group of key.groups) {
    const part = counts ? group.touchPart(modelKey, now) : group.part(modelKey);
    if (part !== undefined) attempt.take(part.meter, tokens);
  }
}

/** What a client mistyped must not take memory. */
function isCounted({ candidate: { model } }: RunningAttempt, { pool, key }: Place): boolean {
  if (key.models.has(modelKeyOf(model)) || pool.isKnown(model)) return true;
  return model === undefined || key.spec.modelLimits?.(model) !== undefined;
}

function takeProbes(attempt: RunningAttempt, { pool, key }: Place, modelKey: string, now: number): boolean {
  const part = key.models.get(modelKey);
  const breakers = pool.breakersOf(modelKey).filter((breaker) => breaker.stateAt(now) !== "up");
  const halfOpen = [key, ...(part === undefined ? [] : [part]), ...key.groups].filter(({ rests }) =>
    rests.isHalfOpen(now),
  );
  const probed = [...halfOpen, ...breakers].filter(({ probe }) => !probe.isTaken(now));
  for (const { probe } of probed) attempt.probe(probe);
  return halfOpen.length > 0;
}
