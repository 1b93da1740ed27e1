// Remembers what was begun and goes on by itself: what it spends is told by whoever reads it later.

/** What is known of the request that began it. */
export interface Begun {
  /** As the client named it. */
  readonly model: string | undefined;
  readonly upstreamModel: string | undefined;
}

const MOST = 10_000;

/** In memory: what a restart forgets is told by no record. */
export class LateUsage {
  readonly #begun = new Map<string, Begun>();

  note(id: string, begun: Begun): void {
    this.#begun.delete(id);
    this.#begun.set(id, begun);
    if (this.#begun.size <= MOST) return;
    const [oldest] = this.#begun.keys();
    if (oldest !== undefined) this.#begun.delete(oldest);
  }

  /** What was noted of it, once: whoever reads it again spends nothing. */
  take(id: string): Begun | undefined {
    const begun = this.#begun.get(id);
    this.#begun.delete(id);
    return begun;
  }
}
