// The breaker of one provider or provider×model: after enough votes other providers go first for a while.
import { doubling } from "./penalties.ts";
import { RecentSuccess } from "./recent-success.ts";
import type { BreakerState } from "./state.ts";

const VOTES = 5;
const WINDOW_MS = 60_000;
const LONGEST_OPEN_MS = 300_000;
/** The growth of openings is remembered this long after the last one. */
const REMEMBERED_MS = 3_600_000;
const openFor = doubling(5_000, LONGEST_OPEN_MS);

/** One vote: `began` is the order of its attempt, `order` that of the vote. */
export interface Vote {
  readonly client: string;
  readonly began: number;
  readonly order: number;
  readonly now: number;
}

/**
 * Opens after five consecutive votes within 60 s, for 5 s doubling to 5 min. "Consecutive" is in the order of
 * judging: a complete answer starts the count anew. Open means that others are preferred, never that it is closed.
 */
export class Breaker {
  readonly successes = new RecentSuccess<string>();
  #votes: Vote[] = [];
  #step = 0;
  #openUntil = 0;
  #openedOrder = 0;

  /** When others stop going first; in the past while it is up. */
  get openUntil(): number {
    return this.#openUntil;
  }

  isOpen(now: number): boolean {
    return now < this.#openUntil;
  }

  /** Counts a vote and says whether the breaker opens with it. */
  vote(vote: Vote): boolean {
    // An attempt that began before the last opening tells nothing new.
    if (vote.began < this.#openedOrder) return false;
    this.#votes.push(vote);
    if (this.#votes.length > VOTES) this.#votes.shift();
    if (this.isOpen(vote.now) || !this.#isDecided(vote)) return false;
    return this.trip(vote.order, vote.now);
  }

  /** Opens for the next step, if it is not open already. */
  trip(order: number, now: number): boolean {
    if (this.isOpen(now)) return false;
    this.#openUntil = now + openFor(this.#step);
    this.#step += 1;
    this.#openedOrder = order;
    return true;
  }

  /** Opens for a time that the provider stated, at most 5 min, without a step; says whether it was up before. */
  rest(ms: number, vote: Vote): boolean {
    const wasOpen = this.isOpen(vote.now);
    this.#openUntil = Math.max(this.#openUntil, vote.now + Math.min(ms, LONGEST_OPEN_MS));
    if (!wasOpen) this.#openedOrder = vote.order;
    return !wasOpen;
  }

  /** A complete answer: the count starts anew, and an opening before its attempt is undone; says whether it was open. */
  close(began: number, now: number): boolean {
    if (this.#votes.length > 0) this.#votes = [];
    if (began < this.#openedOrder) return false;
    const wasOpen = this.isOpen(now);
    this.#openUntil = 0;
    this.#step = 0;
    return wasOpen;
  }

  /** What a restart must not forget: an opening that lasts, or how far the next one has grown. */
  toState(now: number): BreakerState | undefined {
    const isWorthIt = this.#step > 0 && this.#openUntil + REMEMBERED_MS > now;
    return isWorthIt || this.isOpen(now) ? { until: this.#openUntil, step: this.#step } : undefined;
  }

  restore({ until, step }: BreakerState, now: number): void {
    this.#openUntil = until;
    this.#step = step;
    this.rebase(now);
  }

  /** After the clock went back: nothing is open for longer than the longest opening. */
  rebase(now: number): void {
    this.#openUntil = Math.min(this.#openUntil, now + LONGEST_OPEN_MS);
    this.#votes = [];
    this.successes.rebase(now);
  }

  #isDecided({ client, now }: Vote): boolean {
    const oldest = this.#votes[0];
    if (this.#votes.length < VOTES || oldest === undefined || oldest.now <= now - WINDOW_MS) return false;
    const isAlone = this.#votes.every((vote) => vote.client === client);
    return !(isAlone && this.successes.lastOfOthers(client) > now - WINDOW_MS);
  }
}
