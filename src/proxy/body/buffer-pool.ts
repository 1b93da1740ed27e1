// How many bytes of request bodies are held over all requests.

/** A counter with a limit: what does not fit is refused, so that memory stays bounded. */
export class BufferPool {
  #maxBytes: number;
  #used = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get usedBytes(): number {
    return this.#used;
  }

  /** A new limit; what is held already counts, and nothing of it is taken away. */
  resize(maxBytes: number): void {
    this.#maxBytes = maxBytes;
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
