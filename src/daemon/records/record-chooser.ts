// Chooses which requests get a record: all failures within reason, and a bounded number of all others.
import { isTurnedAway, type Trace } from "../../proxy/trace.ts";
import { isFailure } from "../../records/ending.ts";
import { Sampler } from "../../records/sampler.ts";

/** An outage must not fill the disk either; with its attempts and a body a failure takes a hundred times the room. */
const FAILURES_PER_SECOND = 200;
const CLIENT_ERROR = 400;

export class RecordChooser {
  readonly #successes: Sampler;
  readonly #failures = new Sampler(FAILURES_PER_SECOND);
  #leftOut = 0;

  /** `rate`: successes a second. */
  constructor(rate: number) {
    this.#successes = new Sampler(rate);
  }

  /** Requests without a record. */
  get leftOut(): number {
    return this.#leftOut;
  }

  setRate(rate: number): void {
    this.#successes.setRate(rate);
  }

  /** How many requests its record stands for; 0: it gets none. */
  take(trace: Trace): number {
    // Anybody can be turned away as often as they like.
    const sampler = isError(trace) && !isTurnedAway(trace) ? this.#failures : this.#successes;
    const weight = sampler.take(trace.endedAt);
    if (weight === 0) this.#leftOut += 1;
    return weight;
  }
}

function isError({ status, end, attempts }: Trace): boolean {
  if (status !== undefined && status >= CLIENT_ERROR) return true;
  return isFailure({ status, end, outcome: attempts.at(-1)?.outcome });
}
