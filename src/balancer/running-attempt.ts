// One attempt in flight, with the very objects whose health it will change.
import type { Blame } from "../core/verdict.ts";
import type { Attempt, Candidate, Need } from "./contract.ts";
import type { KeyHealth } from "./key-health.ts";
import type { Meter, Taking, Tokens } from "./limits/meter.ts";
import type { Pool } from "./pool.ts";
import type { ProbeSlot } from "./probe-slot.ts";

/** A running attempt. `order`: when it began, in the balancer's own sequence. */
export class RunningAttempt implements Attempt {
  readonly candidate: Candidate;
  readonly need: Need;
  readonly startedAt: number;
  readonly order: number;
  readonly place: Place | undefined;
  hasSucceeded = false;
  /** What it takes of limits. */
  readonly takings: Taken[] = [];
  readonly #probes: ProbeSlot[] = [];
  /** That of its key when it began; a later one counts it as a stranger. */
  readonly #firstMeter: Meter | undefined;
  #waiting: Set<Attempt> | undefined;
  #isSettled = false;
  #hasEnded = false;
  #isCounted = false;
  #isCountedAsFailed = false;

  constructor(start: Attempt & { readonly order: number; readonly place: Place | undefined }) {
    this.candidate = start.candidate;
    this.need = start.need;
    this.startedAt = start.startedAt;
    this.order = start.order;
    this.place = start.place;
    this.#firstMeter = start.place?.key.meter;
    if (this.place === undefined) return;
    this.place.key.inFlight += 1;
    this.place.pool.inFlight += 1;
  }

  /** Takes the part in a limit that an attempt of this cost has, and a slot there. */
  take(meter: Meter, tokens: Tokens): void {
    this.takings.push({ meter, taking: meter.take(tokens, this.order, this.startedAt) });
  }

  takingOf(meter: Meter): Taking | undefined {
    return this.takings.find((taken) => taken.meter === meter)?.taking;
  }

  /** It finds out whether something works again. */
  probe(slot: ProbeSlot): void {
    slot.take(this, this.startedAt);
    this.#probes.push(slot);
  }

  /** It counts among those without an answer. */
  waitIn(waiting: Set<Attempt>): void {
    waiting.add(this);
    this.#waiting = waiting;
  }

  /** The provider said something, or nothing more will come. */
  noteAnswer(): void {
    this.#waiting?.delete(this);
    this.#waiting = undefined;
  }

  /** It found out. */
  releaseProbes(): void {
    for (const slot of this.#probes) slot.release(this);
  }

  /** Corrects what it took of limits, once. */
  settle(tokens: number | undefined, isSent: boolean, now: number): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    for (const { meter, taking } of this.takings) meter.settle(taking, tokens, isSent, now);
  }

  /** Counts it as a use of its key, once, and as a failed one, once; what is the client's fault is no failure. */
  count(blame: Blame, now: number): void {
    // The provider never heard of it.
    if (blame === "proxy") return;
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
  end(now: number): void {
    if (this.#hasEnded) throw new Error("Cannot end an attempt twice");
    this.#hasEnded = true;
    this.releaseProbes();
    this.noteAnswer();
    for (const { meter, taking } of this.takings) meter.end(taking, now);
    if (this.place === undefined) return;
    const { meter } = this.place.key;
    if (meter !== this.#firstMeter) meter?.endStranger();
    this.place.key.inFlight -= 1;
    this.place.pool.inFlight -= 1;
    this.place.pool.wake(this.place.key);
  }
}

interface Taken {
  readonly meter: Meter;
  readonly taking: Taking;
}

/** Where an attempt runs. Absent when a reload removed its key between the choice and the start. */
export interface Place {
  readonly pool: Pool;
  readonly key: KeyHealth;
}

/** @throws Error for an attempt that the balancer did not begin. */
export function runningOf(attempt: Attempt): RunningAttempt {
  if (attempt instanceof RunningAttempt) return attempt;
  throw new Error("Cannot take an attempt that the balancer did not begin");
}
