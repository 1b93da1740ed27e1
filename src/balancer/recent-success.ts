// Who succeeded last, so that one can ask whether somebody else did.

/** The latest successes of two different owners. */
export class RecentSuccess<Owner> {
  #last: Owner | undefined;
  #lastAt = Number.NEGATIVE_INFINITY;
  #previousAt = Number.NEGATIVE_INFINITY;

  note(owner: Owner, at: number): void {
    if (owner !== this.#last) {
      this.#previousAt = this.#lastAt;
      this.#last = owner;
    }
    this.#lastAt = at;
  }

  /** The time of the latest success of anybody else; negative infinity when there was none. */
  lastOfOthers(owner: Owner): number {
    return owner === this.#last ? this.#previousAt : this.#lastAt;
  }

  /** After the clock went back: no success lies in the future. */
  rebase(now: number): void {
    this.#lastAt = Math.min(this.#lastAt, now);
    this.#previousAt = Math.min(this.#previousAt, now);
  }

  /** The time of the latest success of anybody; negative infinity when there was none. */
  get lastAt(): number {
    return this.#lastAt;
  }
}
