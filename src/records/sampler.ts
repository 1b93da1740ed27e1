// Chooses which requests are recorded when there are more than may be.

/** Rates are by the second, times in milliseconds: in thousandths both are whole, and nothing is lost by rounding. */
const WHOLE = 1_000;

/**
 * Systematic: of what comes in a second as many are taken as may be, evenly in time, and each stands for all that came
 * since the one before it. So the weights of what was taken come to all that came, but for those since the last one.
 */
export class Sampler {
  #rate: number;
  /** In thousandths of a request; at most those of one second. */
  #credit: number;
  #at: number | undefined;
  #waiting = 0;

  /** `rate`: how many are taken a second; 0: none. */
  constructor(rate: number) {
    this.#rate = rate;
    this.#credit = rate * WHOLE;
  }

  setRate(rate: number): void {
    this.#rate = rate;
    this.#credit = Math.min(rate * WHOLE, this.#credit);
  }

  /** How many the request that came at this time stands for; 0: it is left out. `at`: wall-clock milliseconds. */
  take(at: number): number {
    const passedMs = Math.max(0, at - (this.#at ?? at));
    this.#at = at;
    this.#credit = Math.min(this.#rate * WHOLE, this.#credit + passedMs * this.#rate);
    this.#waiting += 1;
    if (this.#credit < WHOLE) return 0;
    this.#credit -= WHOLE;
    const weight = this.#waiting;
    this.#waiting = 0;
    return weight;
  }
}
