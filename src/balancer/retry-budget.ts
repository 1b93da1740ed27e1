// How many retries a provider may get: a share of its first attempts, so that retries never multiply an outage.
import { SlidingWindow } from "./sliding-window.ts";

const WINDOW_MS = 60_000;
const STEPS = 60;

/** The retry budget of one provider over the last 60 s. */
export class RetryBudget {
  readonly #firsts = new SlidingWindow(WINDOW_MS, STEPS);
  readonly #retries = new SlidingWindow(WINDOW_MS, STEPS);

  noteFirst(now: number): void {
    this.#firsts.add(1, now);
  }

  /** Takes one retry if the budget has room. */
  take(limits: { readonly share: number; readonly minimum: number }, now: number): boolean {
    const allowed = Math.max(limits.minimum, Math.floor(limits.share * this.#firsts.total(now)));
    if (this.#retries.total(now) >= allowed) return false;
    this.#retries.add(1, now);
    return true;
  }
}
