// One attempt in flight, with the very objects whose health it will change.
import type { Blame } from "../core/verdict.ts";
import type { Attempt, Candidate, Need } from "./contract.ts";
import type { KeyHealth } from "./key-health.ts";
import type { Pool } from "./pool.ts";

/** A running attempt. `order`: when it began, in the balancer's own sequence. */
export class RunningAttempt implements Attempt {
  readonly candidate: Candidate;
  readonly need: Need;
  readonly startedAt: number;
  readonly order: number;
  readonly place: Place | undefined;
  hasSucceeded = false;
  #hasEnded = false;
  #isCounted = false;
  #isCountedAsFailed = false;

  constructor(start: Attempt & { readonly order: number; readonly place: Place | undefined }) {
    this.candidate = start.candidate;
    this.need = start.need;
    this.startedAt = start.startedAt;
    this.order = start.order;
    this.place = start.place;
    if (this.place !== undefined) this.place.key.inFlight += 1;
  }

  /** Counts it as a use of its key, once, and as a failed one, once; what is the client's fault is no failure. */
  count(blame: Blame, now: number): void {
    const tally = this.need.isFree === true ? undefined : this.place?.key.tally;
    if (tally === undefined) return;
    if (!this.#isCounted) tally.noteUse(now);
    this.#isCounted = true;
    if (this.#isCountedAsFailed || blame === "client" || blame === "none") return;
    this.#isCountedAsFailed = true;
    tally.noteFailure(now);
  }

  /**
   * Gives the slot back.
   * @throws Error on a second call, which is a bug of the caller.
   */
  end(): void {
    if (this.#hasEnded) throw new Error("Cannot end an attempt twice");
    this.#hasEnded = true;
    if (this.place !== undefined) this.place.key.inFlight -= 1;
  }
}

/** Where an attempt runs. Absent when a reload removed its key between the choice and the start. */
export interface Place {
  readonly pool: Pool;
  readonly key: KeyHealth;
}
