// What a verdict does to a provider or one of its models.
import type { Breaker, BreakerStateName } from "./breaker.ts";
import type { ChangePlace } from "./changes.ts";
import type { Docket } from "./docket.ts";

const REGION_ALERT_EVERY_MS = 600_000;

/** A vote against the provider. */
export function voteProvider(docket: Docket): void {
  const { breaker } = docket.pool;
  const from = breaker.stateAt(docket.now);
  if (vote(docket, breaker)) sayOpen(docket, breaker, { place: docket.providerPlace, from });
}

/** A vote against provider×model; two open models open their provider. */
export function voteModel(docket: Docket): void {
  const { breaker } = docket.pool.touchModel(docket.modelKey, docket.now);
  const from = breaker.stateAt(docket.now);
  if (!vote(docket, breaker)) return;
  sayOpen(docket, breaker, { place: docket.modelPlace, from });
  openProviderOfTwo(docket);
}

/**
 * Retry-After of an overloaded provider rests on provider×model: others go first until then, without waiting for five
 * votes. Without others it is still used, since one such answer must not close a provider for all.
 */
export function obeyRetryAfter(docket: Docket, retryAfterMs: number | undefined): void {
  if (retryAfterMs === undefined || retryAfterMs <= 0) return;
  const ms = Math.min(retryAfterMs, docket.case.settings.maxCooldownMs);
  const { breaker } = docket.pool.touchModel(docket.modelKey, docket.now);
  const from = breaker.stateAt(docket.now);
  if (breaker.rest(ms, docket.vote)) sayOpen(docket, breaker, { place: docket.modelPlace, from });
}

/** Every request may meet a refused region again; the operator needs to be told once. */
export function alertRegion(docket: Docket): void {
  const { pool, now } = docket;
  if (now < pool.regionAlertedUntil) return;
  pool.regionAlertedUntil = now + REGION_ALERT_EVERY_MS;
  const facts = { from: pool.stateAt(now), to: "region_refused", origin: docket.origin, alert: true };
  docket.say(docket.providerPlace, facts);
}

function vote(docket: Docket, breaker: Breaker): boolean {
  return docket.case.marks.mayVote(breaker) && breaker.vote(docket.vote);
}

/** Two open models are more likely the provider's fault than the models'. */
function openProviderOfTwo(docket: Docket): void {
  const { pool, now } = docket;
  const open = [...pool.models()].filter(([, health]) => health.breaker.isOpenByVotes(now)).length;
  const from = pool.breaker.stateAt(now);
  if (open < 2 || !pool.breaker.trip(docket.vote)) return;
  sayOpen(docket, pool.breaker, { place: docket.providerPlace, from });
}

interface Opening {
  readonly place: ChangePlace;
  readonly from: BreakerStateName;
}

/** A probe that failed is no news. */
function sayOpen(docket: Docket, breaker: Breaker, { place, from }: Opening): void {
  const facts = { from, to: "open", until: breaker.openUntil, origin: docket.origin, alert: from === "up" };
  docket.say(place, facts);
}
