// What was spent in a day that begins at midnight somewhere, or in another span of the calendar.
import { nextMidnight } from "../../core/zone-clock.ts";

/** When the next span begins; always after `now`. */
export type NextBegin = (now: number, zone: string) => number;

/** Sums amounts of the running calendar day in a time zone, or of the span that another function ends. */
export class DayWindow {
  readonly #zone: string;
  readonly #next: NextBegin;
  #total = 0;
  /** The first moment of the day at which something was added. */
  #beganAt = 0;
  #endsAt = 0;

  constructor(zone: string, next: NextBegin = nextMidnight) {
    this.#zone = zone;
    this.#next = next;
  }

  /** Adds at a time; what belongs to a day that is over is not touched. */
  add(amount: number, at: number, now = at): void {
    if (now >= this.#endsAt) this.#begin(now);
    if (at < this.#beganAt && this.#next(at, this.#zone) < this.#endsAt) return;
    this.#beganAt = Math.min(this.#beganAt, at);
    this.#total = Math.max(0, this.#total + amount);
  }

  total(now: number): number {
    return now >= this.#endsAt ? 0 : this.#total;
  }

  /** What was spent in the running day, as one amount. */
  entries(now: number): readonly (readonly [at: number, amount: number])[] {
    const total = this.total(now);
    return total === 0 ? [] : [[Math.min(this.#beganAt, now), total]];
  }

  /** The earliest time at which the total is at most `most`, if nothing is added; `now` where it is already. */
  freeAt(most: number, now: number): number {
    return this.total(now) <= most ? now : this.#endsAt;
  }

  /** After the clock went back: what was spent counts until the next span. */
  rebase(now: number): void {
    this.#beganAt = Math.min(this.#beganAt, now);
    if (now < this.#endsAt) this.#endsAt = Math.min(this.#endsAt, this.#next(now, this.#zone));
  }

  #begin(now: number): void {
    this.#total = 0;
    this.#beganAt = now;
    this.#endsAt = this.#next(now, this.#zone);
  }
}
