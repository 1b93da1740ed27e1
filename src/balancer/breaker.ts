// The circuit breaker of one provider or provider×model.
import { doubling } from "./penalties.ts";
import { ProbeSlot } from "./probe-slot.ts";
import { RecentSuccess } from "./recent-success.ts";
import type { Origin } from "./rests.ts";
import { SlidingWindow } from "./sliding-window.ts";
import type { BreakerState } from "./state.ts";

const VOTES = 5;
/** So many open it again soon after it was closed. */
const VOTES_AGAIN = 2;
/** Requests that begin during a row, for each vote of it. What fails at once is judged long before what takes long. */
const MOST_BEGUN_PER_VOTE = 4;
const WINDOW_MS = 60_000;
const STEPS = 12;
/** So many requests within the window, and more than half of them with a vote, open it too. */
const ENOUGH = 20;
const FAILING_SHARE = 0.5;
const LONGEST_OPEN_MS = 300_000;
/** Where nothing else can serve, a client that waits tries an open one after so long. */
const EARLY_PROBE_MS = 10_000;
/** The growth of openings is remembered this long after the last one. */
const REMEMBERED_MS = 3_600_000;
const openFor = doubling(5_000, LONGEST_OPEN_MS);

const UNKNOWN: Origin = { reason: "unknown", status: undefined, message: undefined };

/** One vote: `began` is the order of its attempt, `order` that of the vote. */
export interface Vote {
  readonly client: string;
  readonly began: number;
  readonly order: number;
  readonly now: number;
  /** What the answer was, for reports. */
  readonly origin?: Origin;
}

/** Why it is open, or half-open. */
export interface Cause {
  readonly since: number;
  readonly origin: Origin;
}

interface CountedVote extends Vote {
  /** How many requests had begun. */
  readonly begun: number;
}

export type BreakerStateName = "up" | "open" | "half_open";

/**
 * Opens after five consecutive votes within 60 s that are a fifth of what began meanwhile, or when more than half of at least 20 requests within 60 s got one,
 * for 5 s doubling to 5 min. "Consecutive" is in the order of judging: a complete answer starts the count anew. After
 * that it is half-open: one request is the probe, and the others go where they can, or wait for it.
 */
export class Breaker {
  readonly successes = new RecentSuccess<string>();
  readonly probe = new ProbeSlot();
  #votes: CountedVote[] = [];
  #begun = 0;
  /** Those as well that a complete answer followed. */
  #recent: Vote[] = [];
  readonly #failed = new SlidingWindow(WINDOW_MS, STEPS);
  readonly #answered = new SlidingWindow(WINDOW_MS, STEPS);
  readonly #begunLately = new SlidingWindow(WINDOW_MS, STEPS);
  #step = 0;
  #openUntil = 0;
  #openedAt = 0;
  #closedAt = Number.NEGATIVE_INFINITY;
  #openedOrder = 0;
  #cause: Cause | undefined;
  #isTripped = false;
  #isStated = false;

  /** When it becomes half-open; in the past while it is up. */
  get openUntil(): number {
    return this.#openUntil;
  }

  /** Of the state at that time; undefined while it is up, or where nobody knows any more. */
  causeAt(now: number): Cause | undefined {
    return this.stateAt(now) === "up" ? undefined : this.#cause;
  }

  stateAt(now: number): BreakerStateName {
    if (now < this.#openUntil) return "open";
    return this.#isTripped && !this.#isStated ? "half_open" : "up";
  }

  isOpen(now: number): boolean {
    return now < this.#openUntil;
  }

  /** True while it is open for its votes, not because one answer asked to wait. */
  isOpenByVotes(now: number): boolean {
    return this.isOpen(now) && !this.#isStated;
  }

  /** When a request may go there that has no other way; in the past if it may now. */
  earlyAt(now: number): number {
    // One answer that asks to wait must not close a provider for all.
    if (this.#isStated || this.stateAt(now) === "up") return 0;
    return Math.max(Math.min(this.#openUntil, this.#openedAt + EARLY_PROBE_MS), this.probe.freeAt);
  }

  /** True while requests go elsewhere if they can: it is open, or half-open and being tried. */
  isLocked(now: number): boolean {
    return this.isOpen(now) || (this.stateAt(now) === "half_open" && this.probe.isRunning);
  }

  /** A request that has not voted here begins an attempt. */
  noteBegin(now: number): void {
    this.#begun += 1;
    this.#begunLately.add(1, now);
  }

  /** Counts a vote and says whether the breaker opens with it. */
  vote(vote: Vote): boolean {
    // An attempt that began before the last opening tells nothing new.
    if (vote.began < this.#openedOrder) return false;
    this.#failed.add(1, vote.now);
    this.#votes.push({ ...vote, begun: this.#begun });
    if (this.#votes.length > VOTES) this.#votes.shift();
    this.#recent.push(vote);
    if (this.#recent.length > ENOUGH) this.#recent.shift();
    if (this.isOpen(vote.now) && !this.#isStated) {
      // The early probe failed.
      this.#openedAt = vote.now;
      return false;
    }
    const isProbe = this.#isTripped && !this.#isStated;
    return (isProbe || this.#isDecided(vote)) && this.trip(vote);
  }

  /** Opens for the next step, if it is not open already. */
  trip({ order, now, origin }: Pick<Vote, "order" | "now" | "origin">): boolean {
    const wasOpen = this.isOpen(now);
    if (wasOpen && !this.#isStated) return false;
    this.#noteCause(now, origin);
    this.#open(Math.max(this.#openUntil, now + openFor(this.#step)), now, false);
    this.#step += 1;
    this.#openedOrder = order;
    return !wasOpen;
  }

  /** Opens for a time that the provider stated, at most 5 min, without a step; says whether it was up before. */
  rest(ms: number, vote: Vote): boolean {
    const wasOpen = this.isOpen(vote.now);
    const isStated = this.#isStated || this.stateAt(vote.now) === "up";
    this.#noteCause(vote.now, vote.origin);
    this.#open(Math.max(this.#openUntil, vote.now + Math.min(ms, LONGEST_OPEN_MS)), vote.now, isStated);
    if (!wasOpen) this.#openedOrder = vote.order;
    return !wasOpen;
  }

  /** A complete answer: the count starts anew, and an opening before its attempt is undone; says whether it was open. */
  close(began: number, now: number): boolean {
    this.#answered.add(1, now);
    // What was asked before a vote says nothing of it.
    if (this.#votes.length > 0) this.#votes = this.#votes.filter((vote) => vote.began > began);
    if (began < this.#openedOrder) return false;
    const wasOpen = this.#isTripped || this.isOpen(now);
    if (!wasOpen) return false;
    this.#openUntil = 0;
    this.#closedAt = now;
    this.#step = 0;
    this.#isTripped = false;
    this.#isStated = false;
    this.#recent = [];
    this.#forgetShares();
    return true;
  }

  /** An operator closes it, and forgets its growth; says whether there was anything to forget. */
  clear(): boolean {
    const had = this.#isTripped || this.#step > 0;
    this.#openUntil = 0;
    this.#step = 0;
    this.#isTripped = false;
    this.#isStated = false;
    this.#votes = [];
    this.#recent = [];
    this.#forgetShares();
    return had;
  }

  /** What a restart must not forget: an opening that lasts, or how far the next one has grown. */
  toState(now: number): BreakerState | undefined {
    const isWorthIt = this.#step > 0 && this.#openUntil + REMEMBERED_MS > now;
    if (!isWorthIt && !this.isOpen(now)) return undefined;
    const { since, origin } = this.#cause ?? {};
    return { until: this.#openUntil, step: this.#step, since, ...origin };
  }

  restore({ until, step, since, reason, status, message }: BreakerState, now: number): void {
    if (reason !== undefined) this.#cause = { since: Math.min(since ?? now, now), origin: { reason, status, message } };
    this.#openUntil = until;
    this.#openedAt = Math.min(until, now);
    this.#step = step;
    this.#isTripped = true;
    // Every other opening takes a step.
    this.#isStated = step === 0;
    this.rebase(now);
  }

  /** After the clock went back: nothing is open for longer than the longest opening. */
  rebase(now: number): void {
    this.#openUntil = Math.min(this.#openUntil, now + LONGEST_OPEN_MS);
    this.#openedAt = Math.min(this.#openedAt, now);
    if (this.#cause !== undefined) this.#cause = { ...this.#cause, since: Math.min(this.#cause.since, now) };
    this.#closedAt = Math.min(this.#closedAt, now);
    this.#votes = [];
    this.#recent = [];
    this.successes.rebase(now);
    this.probe.rebase(now);
  }

  /** Since it was up last; the answer is the last one. */
  #noteCause(now: number, origin: Origin = UNKNOWN): void {
    const since = this.stateAt(now) === "up" ? now : (this.#cause?.since ?? now);
    this.#cause = { since, origin };
  }

  #open(until: number, now: number, isStated: boolean): void {
    this.#openUntil = until;
    this.#openedAt = now;
    this.#isTripped = true;
    this.#isStated = isStated;
  }

  #forgetShares(): void {
    for (const window of [this.#failed, this.#answered, this.#begunLately]) window.clear();
  }

  #isDecided({ client, now }: Vote): boolean {
    return this.#isLongRow(client, now) || this.#isMostlyFailing(now);
  }

  #isLongRow(client: string, now: number): boolean {
    const enough = now < this.#closedAt + WINDOW_MS ? VOTES_AGAIN : VOTES;
    const oldest = this.#votes.at(-enough);
    if (oldest === undefined || oldest.now <= now - WINDOW_MS) return false;
    if (this.#begun - oldest.begun > MOST_BEGUN_PER_VOTE * enough) return false;
    const isAlone = this.#votes.every((vote) => vote.client === client);
    return !(isAlone && this.#answersOthers(client, now));
  }

  /** Also without the client that fails most, while others are answered: what it asks for may be at fault. */
  #isMostlyFailing(now: number): boolean {
    const failed = this.#failed.total(now);
    // Who still waits for an answer has not failed.
    const answered = Math.max(this.#answered.total(now), this.#begunLately.total(now) - failed);
    if (failed + answered < ENOUGH || !isMost(failed, answered)) return false;
    const [client, share] = this.#mostFailing(now);
    const ofOthers = failed * (1 - share);
    return !this.#answersOthers(client, now) || (ofOthers >= VOTES && isMost(ofOthers, answered));
  }

  #answersOthers(client: string, now: number): boolean {
    return this.successes.lastOfOthers(client) > now - WINDOW_MS;
  }

  #mostFailing(now: number): readonly [client: string, share: number] {
    const recent = this.#recent.filter((vote) => vote.now > now - WINDOW_MS);
    const counts = Map.groupBy(recent, ({ client }) => client);
    const [client, votes] = [...counts].reduce((a, b) => (b[1].length > a[1].length ? b : a), ["", [] as Vote[]]);
    return [client, recent.length === 0 ? 1 : votes.length / recent.length];
  }
}

function isMost(failed: number, answered: number): boolean {
  return failed > (failed + answered) * FAILING_SHARE;
}
