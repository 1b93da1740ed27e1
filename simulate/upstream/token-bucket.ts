// A limit that refills all the time, up to its size.
import type { Limit, LimitSpec, LimitState } from "./limit.ts";

/** A fraction of a unit that is missing by rounding alone. */
const EPSILON = 1e-6;

export class TokenBucket implements Limit {
  readonly spec: LimitSpec;
  readonly #perMs: number;
  #level: number;
  #at = 0;

  constructor(spec: LimitSpec, periodMs: number) {
    this.spec = spec;
    this.#perMs = spec.limit / periodMs;
    this.#level = spec.limit;
  }

  fits(amount: number, now: number): boolean {
    return this.#levelAt(now) + EPSILON >= amount;
  }

  take(amount: number, now: number): void {
    this.#level = this.#levelAt(now) - amount;
    this.#at = now;
  }

  freeAt(amount: number, now: number): number {
    if (amount > this.spec.limit) return Number.POSITIVE_INFINITY;
    if (this.fits(amount, now)) return now;
    return Math.max(now + 1, Math.ceil(now + (amount - this.#levelAt(now)) / this.#perMs));
  }

  state(now: number): LimitState {
    const level = this.#levelAt(now);
    const { limit } = this.spec;
    return { limit, remaining: Math.max(0, Math.floor(level + EPSILON)), resetMs: (limit - level) / this.#perMs };
  }

  release(): void {
    // It refills by time only.
  }

  #levelAt(now: number): number {
    return Math.min(this.spec.limit, this.#level + (now - this.#at) * this.#perMs);
  }
}
