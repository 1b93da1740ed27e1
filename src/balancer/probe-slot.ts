// Half-open: one attempt finds out whether something works again, while others keep away.

/** A probe that has not been decided for so long keeps nobody away any more: an answer may take minutes. */
const KEEPS_OTHERS_AWAY_MS = 10_000;

/** The one probe of a key, a model or a provider. */
export class ProbeSlot {
  #attempt: object | undefined;
  #startedAt = 0;

  take(attempt: object, now: number): void {
    this.#attempt = attempt;
    this.#startedAt = now;
  }

  /** The attempt is decided or over; that of another one is not touched. */
  release(attempt: object): void {
    if (this.#attempt === attempt) this.#attempt = undefined;
  }

  /** When the next probe may begin: in the past if it may now. It may be sooner, as soon as the running one is decided. */
  get freeAt(): number {
    return this.#attempt === undefined ? 0 : this.#startedAt + KEEPS_OTHERS_AWAY_MS;
  }

  /** True until the probe is decided, however long it takes: whoever has another way takes it. */
  get isRunning(): boolean {
    return this.#attempt !== undefined;
  }

  /** True while not even a request without another way begins a further probe. */
  isTaken(now: number): boolean {
    return this.isRunning && now < this.#startedAt + KEEPS_OTHERS_AWAY_MS;
  }

  /** After the clock went back. */
  rebase(now: number): void {
    this.#startedAt = Math.min(this.#startedAt, now);
  }
}
