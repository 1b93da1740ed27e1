// How many bytes of request bodies are held over all requests.

/** A counter with a limit: what does not fit is refused, so that memory stays bounded. */
export class BufferPool {
  readonly #maxBytes: number;
  #used = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get usedBytes(): number {
    return this.#used;
  }

  /** Takes room; false, and nothing taken, where there is not enough. */
  tryReserve(bytes: number): boolean {
    if (this.#used + bytes > this.#maxBytes) return false;
    this.#used += bytes;
    return true;
  }

  release(bytes: number): void {
    this.#used -= bytes;
  }
}
