// One attempt in flight, with the very objects whose health it will change.
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

  constructor(start: Attempt & { readonly order: number; readonly place: Place | undefined }) {
    this.candidate = start.candidate;
    this.need = start.need;
    this.startedAt = start.startedAt;
    this.order = start.order;
    this.place = start.place;
    if (this.place !== undefined) this.place.key.inFlight += 1;
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
