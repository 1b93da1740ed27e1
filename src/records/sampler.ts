// Chooses which requests are recorded when there are more than may be.

/**
 * Systematic: of what comes in a second as many are taken as may be, evenly in time, and each stands for all that came
 * since the one before it. So the weights of what was taken come to all that came, but for those since the last one.
 */
export class Sampler {
  #rate: number;
  #credit: number;
  #at = Number.NEGATIVE_INFINITY;
  #waiting = 0;

  /** `rate`: how many are taken a second; 0: none. A second without any is not made up for by more than one other. */
  constructor(rate: number) {
    this.#rate = rate;
    this.#credit = rate;
  }

  setRate(rate: number): void {
    this.#rate = rate;
    this.#credit = Math.min(rate, this.#credit);
  }

  /** How many the request that came at this time stands for; 0: it is left out. `at`: wall-clock milliseconds. */
  take(at: number): number {
    const passedMs = Math.max(0, at - this.#at);
    this.#at = at;
    this.#credit = Math.min(this.#rate, this.#credit + (passedMs * this.#rate) / 1_000);
    this.#waiting += 1;
    if (this.#credit < 1) return 0;
    this.#credit -= 1;
    const weight = this.#waiting;
    this.#waiting = 0;
    return weight;
  }
}
