// How many attempts a provider takes at one time, where nobody says so, learnt from refusals.

/** So many refusals in a row with as many others in flight are no accident. */
const SAME = 3;
/** One other in flight is the usual case, and proves little. */
const SAME_OF_ONE = 6;
const FIRST_HOLD_MS = 600_000;
const LONGEST_HOLD_MS = 14_400_000;

/** A limit of attempts in flight that is raised by one now and then, each time later after it was wrong. */
export class LearntSlots {
  #lastOthers = 0;
  #same = 0;
  #most = Number.POSITIVE_INFINITY;
  #holdMs = FIRST_HOLD_MS;
  #raiseAt = Number.POSITIVE_INFINITY;

  /** Infinite while nothing was learnt. */
  mostAt(now: number): number {
    return now >= this.#raiseAt ? this.#most + 1 : this.#most;
  }

  /** A refusal with so many others in flight; says whether these explain it. */
  noteRefusal(others: number, now: number): boolean {
    if (others >= this.#most) {
      this.#holdMs = Math.min(LONGEST_HOLD_MS, this.#holdMs * 2);
      this.#raiseAt = now + this.#holdMs;
      return true;
    }
    this.#same = others > 0 && others === this.#lastOthers ? this.#same + 1 : 1;
    this.#lastOthers = others;
    if (others === 0 || this.#same < (others === 1 ? SAME_OF_ONE : SAME)) return false;
    this.#most = others;
    this.#holdMs = FIRST_HOLD_MS;
    this.#raiseAt = now + this.#holdMs;
    return true;
  }

  /** So many were in flight at one time, and none was refused. */
  noteSuccess(inFlight: number, now: number): void {
    if (inFlight <= this.#most) return;
    this.#most = inFlight;
    this.#raiseAt = now + this.#holdMs;
  }

  forget(): void {
    this.#most = Number.POSITIVE_INFINITY;
    this.#raiseAt = Number.POSITIVE_INFINITY;
    this.#same = 0;
  }

  /** After the clock went back. */
  rebase(now: number): void {
    if (this.#raiseAt < Number.POSITIVE_INFINITY) this.#raiseAt = Math.min(this.#raiseAt, now + this.#holdMs);
  }
}
