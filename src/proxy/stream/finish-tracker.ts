// Knows when every choice or candidate of a stream has finished.

/** Choices are told apart by their index; one that is seen for the first time when all others finished reopens it. */
export class FinishTracker {
  readonly #finished = new Map<number, boolean>();

  get isComplete(): boolean {
    return this.#finished.size > 0 && this.#finished.values().every(Boolean);
  }

  /** A finish stays, whatever follows. `index`: 0 where the provider leaves it out. */
  note(index: unknown, isFinished: boolean): void {
    const key = typeof index === "number" ? index : 0;
    this.#finished.set(key, isFinished || this.#finished.get(key) === true);
  }
}
