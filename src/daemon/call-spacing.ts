// Keeps calls that nobody asked for apart: providers count them like all others.

import type { Timing } from "../proxy/timing.ts";
import { pause } from "../proxy/waiting/pause.ts";

/** Calls at one provider are so far apart. */
const SPACING_MS = 1_000;

/** Whose turn it is to call a provider: at most one call a second there, from its end to the next one's start. */
export class CallSpacing {
  readonly #timing: Pick<Timing, "now" | "schedule">;
  readonly #freeAt = new Map<string, number>();

  constructor(timing: Pick<Timing, "now" | "schedule">) {
    this.#timing = timing;
  }

  /** Makes a call when its turn has come; never where the signal has ended the wait. */
  async inTurn(provider: string, signal: AbortSignal, call: () => Promise<void>): Promise<void> {
    const { now, schedule } = this.#timing;
    for (let wait = this.#waitMs(provider); wait > 0 && !signal.aborted; wait = this.#waitMs(provider)) {
      await pause(wait, signal, schedule);
    }
    if (signal.aborted) return;
    // Nobody else begins before it has ended, however long that takes.
    this.#freeAt.set(provider, Number.POSITIVE_INFINITY);
    try {
      await call();
    } finally {
      this.#freeAt.set(provider, now() + SPACING_MS);
    }
  }

  #waitMs(provider: string): number {
    const wait = (this.#freeAt.get(provider) ?? 0) - this.#timing.now();
    // Also where the clock was set back, or a call is running.
    return Math.min(wait, SPACING_MS);
  }
}
