// A limit of calls at one time.
import type { Limit, LimitSpec, LimitState } from "./limit.ts";

export class Slots implements Limit {
  readonly spec: LimitSpec;
  #taken = 0;

  constructor(spec: LimitSpec) {
    this.spec = spec;
  }

  fits(): boolean {
    return this.#taken < this.spec.limit;
  }

  take(): void {
    this.#taken += 1;
  }

  freeAt(_amount: number, now: number): number {
    return this.fits() ? now : Number.POSITIVE_INFINITY;
  }

  state(): LimitState {
    return { limit: this.spec.limit, remaining: this.spec.limit - this.#taken, resetMs: 0 };
  }

  release(): void {
    this.#taken -= 1;
  }
}
