// Sums amounts over a sliding time, in steps: exact enough, in a memory that does not grow with the traffic.

/**
 * What happened within the last `lengthMs`. An amount leaves up to one step late, never early: a limit that is kept
 * here is kept by any way of counting.
 */
export class SlidingWindow {
  readonly #stepMs: number;
  readonly #amounts: Float64Array;
  #step = 0;
  #total = 0;

  /** `steps`: into how many the time is divided; the last one is under way. */
  constructor(lengthMs: number, steps: number) {
    this.#stepMs = lengthMs / steps;
    this.#amounts = new Float64Array(steps + 1);
  }

  /** Adds at a time; a negative amount takes back what was added at that time. What is over is not touched. */
  add(amount: number, at: number, now = at): void {
    this.#advance(now);
    const step = Math.min(this.#stepOf(at), this.#step);
    if (step <= this.#step - this.#amounts.length) return;
    const place = this.#placeOf(step);
    const before = this.#amounts[place] ?? 0;
    // What a clock that went back has made forgotten cannot be taken back.
    const after = Math.max(0, before + amount);
    this.#amounts[place] = after;
    this.#total += after - before;
  }

  total(now: number): number {
    this.#advance(now);
    return this.#total;
  }

  /** What is within the window now, by the end of each step. */
  entries(now: number): readonly (readonly [at: number, amount: number])[] {
    this.#advance(now);
    const steps = Array.from(this.#amounts, (_, age) => this.#step - age);
    return steps.flatMap((step) => {
      const amount = this.#amounts[this.#placeOf(step)] ?? 0;
      return amount === 0 ? [] : [[Math.min(now, (step + 1) * this.#stepMs - 1), amount] as const];
    });
  }

  /** The earliest time at which the total is at most `most`, if nothing is added; `now` where it is already. */
  freeAt(most: number, now: number): number {
    let left = this.total(now);
    if (left <= most) return now;
    const length = this.#amounts.length;
    for (let step = this.#step - length + 1; step <= this.#step; step++) {
      left -= this.#amounts[this.#placeOf(step)] ?? 0;
      if (left <= most) return (step + length) * this.#stepMs;
    }
    return Number.POSITIVE_INFINITY;
  }

  /** The clock went back: what lies beyond the window in the future is forgotten now, not when the clock is there again. */
  rebase(now: number): void {
    this.#advance(now);
  }

  /** Forgets everything. */
  clear(): void {
    this.#amounts.fill(0);
    this.#total = 0;
  }

  #advance(now: number): void {
    const step = this.#stepOf(now);
    // A clock that went back by more than the window would freeze the total until it catches up.
    if (step < this.#step - this.#amounts.length) this.clear();
    else if (step <= this.#step) return;
    const passed = Math.min(step - this.#step, this.#amounts.length);
    for (let i = 0; i < passed; i++) {
      const place = this.#placeOf(step - i);
      this.#total -= this.#amounts[place] ?? 0;
      this.#amounts[place] = 0;
    }
    this.#step = step;
    // Sums of fractions leave dust.
    if (passed === this.#amounts.length) this.#total = 0;
  }

  #stepOf(at: number): number {
    return Math.floor(at / this.#stepMs);
  }

  #placeOf(step: number): number {
    const length = this.#amounts.length;
    return ((step % length) + length) % length;
  }
}
