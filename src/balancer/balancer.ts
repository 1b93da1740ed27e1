// Which key serves a request next: the state machine over pools, without timers or I/O.
import type { Usage } from "../core/usage.ts";
import type { Verdict } from "../core/verdict.ts";
import { accountKeys, accountOf, hasHolder, strangerTo } from "./accounts.ts";
import { admit } from "./admission.ts";
import { type Asker, Choice } from "./choice.ts";
import type {
  Attempt,
  BalancerSettings,
  Candidate,
  Change,
  Clearing,
  KeyPlace,
  KeyReport,
  Need,
  Pick,
  PoolReport,
  PoolSpec,
  PoolSummary,
  RetryGrant,
  StandIn,
  Tried,
} from "./contract.ts";
import { explain } from "./explain.ts";
import type { Explanations } from "./explanation.ts";
import { judgeCase } from "./judgement.ts";
import type { Scene } from "./lanes.ts";
import { resetKey, resetProvider, setDisabled } from "./operator-actions.ts";
import { Past, type TriedCandidate } from "./past.ts";
import { modelKeyOf } from "./pool.ts";
import { type PoolShare, shareOf } from "./pool-share.ts";
import { Pools } from "./pools.ts";
import { glancePool, reportKey, reportPool, summarizePool } from "./reports.ts";
import { RequestMarks } from "./request-marks.ts";
import type { Revision } from "./revision.ts";
import { type Place, RunningAttempt, runningOf } from "./running-attempt.ts";
import type { Found } from "./search.ts";
import type { StateEntry } from "./state.ts";
import { survey } from "./survey.ts";

/**
 * Owns every number about health. Questions (`pick`, `hasOther`, `explain`, `report`, `entries`) change nothing;
 * `begin`, `judge`, `end` and what an operator does change it. All times are wall-clock milliseconds; `random` answers
 * 0 to 1, 1 excluded.
 */
export class Balancer {
  readonly #pools: Pools;
  #settings: BalancerSettings;
  readonly #random: () => number;
  readonly #choice: Choice;
  readonly #marks = new WeakMap<Need, RequestMarks>();
  readonly #revision: Revision = { lasting: 0, passing: 0, tallies: 0 };
  /** The sequence of begins and penalties: exact where clocks are coarse or jump. */
  #order = 0;

  constructor(pools: readonly PoolSpec[], settings: BalancerSettings, random: () => number) {
    this.#pools = new Pools(pools);
    this.#settings = settings;
    this.#random = random;
    this.#choice = new Choice(random);
  }

  /** Takes a new configuration: health of every key and provider that still exists is kept, running attempts stay valid. */
  replacePools(pools: readonly PoolSpec[], settings: BalancerSettings, now: number): void {
    this.#pools.replace(pools, now);
    this.#choice.clear();
    if (settings.maxCooldownMs < this.#settings.maxCooldownMs) {
      this.#pools.capRests(now + settings.maxCooldownMs);
    }
    this.#settings = settings;
    this.#revision.lasting += 1;
  }

  /** The candidate for the next attempt of a request, or why there is none. */
  pick(need: Need, tried: readonly Tried[], now: number): Pick {
    const scene = this.#scene(need, tried, now);
    const found = this.#choice.find(scene, this.#asker(need));
    if (found !== undefined) return { kind: "candidate", candidate: candidateOf(found), again: found.lane.again };
    const seen = survey(scene);
    if (seen.kind !== "again") return seen;
    return { kind: "candidate", candidate: candidateOf(seen.found), again: true };
  }

  /** True if another candidate is left besides those tried; one that is still being tried needs no verdict. */
  hasOther(need: Need, tried: readonly TriedCandidate[], now: number): boolean {
    return this.#choice.find(this.#scene(need, tried, now), this.#asker(need)) !== undefined;
  }

  /** Starts an attempt: takes a slot of the key, its turn, and the probe of a suspect provider. */
  begin(candidate: Candidate, need: Need, now: number): Attempt {
    const place = this.#placeOf(candidate);
    this.#order += 1;
    if (place !== undefined) {
      this.#choice.takeTurn(candidate, need, place);
      // A free call is a probe beside those of clients.
      if (need.isFree !== true) place.pool.suspicion.takeProbe(now);
      if (this.#marksOf(need).isFirst(place.pool)) place.pool.budget.noteFirst(now);
    }
    const attempt = new RunningAttempt({ candidate, need, startedAt: now, order: this.#order, place });
    if (place !== undefined && admit(attempt, place, this.#marksOf(need))) this.#marksOf(need).hasProbed = true;
    return attempt;
  }

  /** Applies a verdict to health. An attempt may be judged more than once: a success at commit, later a cut. */
  judge(attempt: Attempt, verdict: Verdict, now: number): readonly Change[] {
    const running = runningOf(attempt);
    const { place } = running;
    if (place === undefined || place.key.isRemoved || place.pool.isRemoved) return [];
    this.#order += 1;
    this.#revision.tallies += 1;
    running.count(verdict.blame, now);
    return judgeCase({
      attempt: running,
      place,
      verdict,
      order: this.#order,
      now,
      marks: this.#marksOf(attempt.need),
      settings: this.#settings,
      random: this.#random,
      revision: this.#revision,
    });
  }

  /**
   * Corrects what an attempt took of limits, once, before its end: `usage` as the provider reports it; undefined where
   * it reports none. `isSent`: false for what the provider never saw.
   */
  settle(attempt: Attempt, usage: Usage | undefined, isSent: boolean, now: number): void {
    const running = runningOf(attempt);
    const { promptTokens, completionTokens } = usage ?? {};
    const isKnown = promptTokens !== undefined || completionTokens !== undefined;
    running.settle(isKnown ? (promptTokens ?? 0) + (completionTokens ?? 0) : undefined, isSent, now);
    if (completionTokens === undefined) return;
    running.place?.pool.model(modelKeyOf(attempt.candidate.model))?.outputs.note(completionTokens);
  }

  /**
   * Gives the slot of an attempt back.
   * @throws Error on a second call, which is a bug of the caller.
   */
  end(attempt: Attempt, now: number): void {
    runningOf(attempt).end(now);
  }

  /**
   * Asks for a further attempt at the provider of an attempt that failed there. `free`: other keys succeed with this
   * model meanwhile, so the fault was the key's, and going to the next one cannot make an outage worse. Else it costs
   * the provider's retry budget: `paid`, or `denied` where that is used up.
   */
  takeRetry(failed: Candidate, now: number): RetryGrant {
    const place = this.#placeOf(failed);
    if (place === undefined) return "denied";
    if (place.pool.siblingsAnswer(place.key, failed.model, now)) return "free";
    const limits = { share: this.#settings.retryBudget, minimum: this.#settings.retryBudgetMin };
    return place.pool.budget.take(limits, now) ? "paid" : "denied";
  }

  report(now: number): readonly PoolReport[] {
    return Array.from(this.#pools.values(), (pool) => reportPool(pool, now));
  }

  /** As `report`, without looking at each key for long. */
  summarize(now: number): readonly PoolSummary[] {
    return Array.from(this.#pools.values(), (pool) => summarizePool(pool, now));
  }

  shares(now: number): readonly PoolShare[] {
    return Array.from(this.#pools.values(), (pool) => shareOf(pool, now));
  }

  /** As `report`, for those who go through many keys in slices. */
  glance(now: number) {
    return Array.from(this.#pools.values(), (pool) => glancePool(pool, now));
  }

  /** One key as it is now; undefined for one that is gone. */
  reportKey(key: KeyPlace, now: number): KeyReport | undefined {
    const place = this.#placeOf(key);
    return place && reportKey(place.key, now);
  }

  /** Every key of the request's route: chosen now, or why not. */
  explain(need: Need, now: number): Explanations {
    const scene = this.#scene(need, [], now);
    return explain(scene, this.#choice.find(scene, this.#asker(need)));
  }

  /** Keeps keys out, or lets them in again; those that are gone meanwhile are passed over. */
  setDisabled(keys: readonly KeyPlace[], isDisabled: boolean, now: number): readonly Change[] {
    return this.#act(keys, (place) => setDisabled(place, isDisabled, now));
  }

  /** Ends every rest of the keys, or those of one model or operation; what an operator disabled stays so. */
  reset(keys: readonly KeyPlace[], now: number, clearing: Clearing = {}): readonly Change[] {
    return this.#act(keys, (place) => resetKey(place, clearing, now));
  }

  /** Closes the breakers of a provider, or that of one model, and ends a suspicion; its keys stay as they are. */
  resetProvider(provider: string, model: string | undefined, now: number): readonly Change[] {
    const pool = this.#pools.byProvider.get(provider);
    const changes = pool === undefined ? [] : resetProvider(pool, model, now);
    if (changes.length > 0) this.#revision.lasting += 1;
    return changes;
  }

  /** Forgets keys for good that an operator removed, once they are configured no more. */
  forget(keys: readonly KeyPlace[]): void {
    for (const key of keys) this.#pools.forget(key);
    this.#revision.lasting += 1;
  }

  /** Whose objects a key sees, as far as that is known: an opaque name of an organisation, a project or a quota group. */
  accountOf(key: KeyPlace): string | undefined {
    const place = this.#placeOf(key);
    return place && accountOf(place.key);
  }

  /** Whether a key, or one that shares its objects, is configured and no operator keeps it out. */
  hasHolder({ provider, keyId }: KeyPlace, standIn: StandIn): boolean {
    const pool = this.#pools.byProvider.get(provider);
    return pool !== undefined && hasHolder(pool, keyId, standIn);
  }

  /** A key of the first provider that may have other objects than those asked, and could serve the request now. */
  strangerTo(asked: readonly string[], need: Need, now: number): string | undefined {
    const target = need.route[0]?.[0];
    const pool = this.#pools.byProvider.get(target?.provider ?? "");
    if (pool === undefined) return undefined;
    const keys = asked.flatMap((keyId) => pool.keys.get(keyId) ?? []);
    return strangerTo(keys, { pool, model: target?.model }, this.#scene(need, [], now))?.spec.id;
  }

  /** See `accountKeys`. */
  accountKeys({ provider, keyId }: KeyPlace, from: string | undefined, now: number): readonly string[] {
    const pool = this.#pools.byProvider.get(provider);
    return pool === undefined ? [from ?? keyId] : accountKeys(pool, { first: keyId, from }, now);
  }

  /** How much has changed that a restart must not forget. */
  get revision(): Readonly<Revision> {
    return this.#revision;
  }

  /** The state in pieces, for as long as nothing is configured anew; a piece is as it is when it is read. */
  entries(now: number): Iterable<StateEntry> {
    return this.#pools.entries(now);
  }

  /** Takes over the state of an earlier process, before the first attempt. */
  restore(entries: Iterable<StateEntry>, now: number): void {
    this.#pools.restore(entries, now);
  }

  /** The clock went back: nothing lasts longer than it did. */
  clockWentBack(now: number): void {
    this.#pools.rebase(now);
    this.#revision.lasting += 1;
  }

  #act(keys: readonly KeyPlace[], action: (place: Place) => readonly Change[]): readonly Change[] {
    const changes = keys.flatMap((key) => {
      const place = this.#placeOf(key);
      return place === undefined ? [] : action(place);
    });
    if (changes.length > 0) this.#revision.lasting += 1;
    return changes;
  }

  #scene(need: Need, tried: readonly TriedCandidate[], now: number): Scene {
    const pools = this.#pools.byProvider;
    const past = tried.length === 0 ? NOTHING_TRIED : new Past(tried, pools);
    return { pools, need, past, now };
  }

  #asker(need: Need): Asker {
    return { strategy: this.#settings.strategy, mayProbe: this.#marks.get(need)?.hasProbed !== true };
  }

  #placeOf({ provider, keyId }: KeyPlace): Place | undefined {
    const pool = this.#pools.byProvider.get(provider);
    const key = pool?.keys.get(keyId);
    return pool === undefined || key === undefined ? undefined : { pool, key };
  }

  #marksOf(need: Need): RequestMarks {
    const known = this.#marks.get(need);
    if (known !== undefined) return known;
    const marks = new RequestMarks();
    this.#marks.set(need, marks);
    return marks;
  }
}

const NOTHING_TRIED = new Past([], new Map());

function candidateOf({ lane, key }: Found): Candidate {
  return { provider: lane.pool.spec.provider, keyId: key.spec.id, model: lane.model };
}
