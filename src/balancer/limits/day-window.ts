// What was spent in a day that begins at midnight somewhere.
import { nextMidnight } from "../../core/zone-clock.ts";

/** Sums amounts of the running calendar day in a time zone. */
export class DayWindow {
  readonly #zone: string;
  #total = 0;
  #endsAt = 0;

  constructor(zone: string) {
    this.#zone = zone;
  }

  /** Adds at a time; what belongs to a day that is over is not touched. */
  add(amount: number, at: number, now = at): void {
    const wasOver = now >= this.#endsAt;
    if (wasOver) this.#begin(now);
    if (wasOver && amount < 0) return;
    this.#total = Math.max(0, this.#total + amount);
  }

  total(now: number): number {
    return now >= this.#endsAt ? 0 : this.#total;
  }

  /** The earliest time at which the total is at most `most`, if nothing is added; `now` where it is already. */
  freeAt(most: number, now: number): number {
    return this.total(now) <= most ? now : this.#endsAt;
  }

  #begin(now: number): void {
    this.#total = 0;
    this.#endsAt = nextMidnight(now, this.#zone);
  }
}
