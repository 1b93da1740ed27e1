// A limit that is full again at every boundary of its windows.
import type { Limit, LimitSpec, LimitState } from "./limit.ts";

/** Answers the boundaries around a time: `start` included, `end` not. */
export type WindowsOf = (now: number) => { readonly start: number; readonly end: number };

export const MINUTE_MS = 60_000;

/** Whole minutes of the clock. */
export const minutes: WindowsOf = (now) => {
  const start = now - (now % MINUTE_MS);
  return { start, end: start + MINUTE_MS };
};

export class FixedWindow implements Limit {
  readonly spec: LimitSpec;
  readonly #windowsOf: WindowsOf;
  #end = 0;
  #used = 0;

  constructor(spec: LimitSpec, windowsOf: WindowsOf) {
    this.spec = spec;
    this.#windowsOf = windowsOf;
  }

  fits(amount: number, now: number): boolean {
    this.#turn(now);
    return this.#used + amount <= this.spec.limit;
  }

  take(amount: number, now: number): void {
    this.#turn(now);
    this.#used += amount;
  }

  freeAt(amount: number, now: number): number {
    if (this.fits(amount, now)) return now;
    return amount > this.spec.limit ? Number.POSITIVE_INFINITY : this.#end;
  }

  state(now: number): LimitState {
    this.#turn(now);
    const { limit } = this.spec;
    return { limit, remaining: Math.max(0, limit - this.#used), resetMs: this.#end - now };
  }

  release(): void {
    // What was spent comes back with the next window only.
  }

  #turn(now: number): void {
    if (now < this.#end) return;
    this.#end = this.#windowsOf(now).end;
    this.#used = 0;
  }
}
