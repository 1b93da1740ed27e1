// Counts the requests in flight, so that a shutdown and what a reload replaced can wait for them.

/** The requests that began between two reloads. */
export interface Generation {
  count: number;
  over: (() => void) | undefined;
}

/** From the first drain on new requests are to be refused. */
export class InFlight {
  #count = 0;
  #drained: PromiseWithResolvers<void> | undefined;
  #generation: Generation = { count: 0, over: undefined };
  #earlier: Promise<unknown> = Promise.resolve();

  get count(): number {
    return this.#count;
  }

  get isDraining(): boolean {
    return this.#drained !== undefined;
  }

  /** The generation that the request belongs to, for `leave`. */
  enter(): Generation {
    this.#count += 1;
    this.#generation.count += 1;
    return this.#generation;
  }

  leave(generation: Generation): void {
    this.#count -= 1;
    if (this.#count === 0) this.#drained?.resolve();
    generation.count -= 1;
    if (generation.count === 0) generation.over?.();
  }

  /** Begins a new generation; resolves when no request of an earlier one is left. */
  async turn(): Promise<void> {
    const ended = this.#generation;
    this.#generation = { count: 0, over: undefined };
    const isOver = new Promise<void>((resolve) => {
      ended.over = resolve;
    });
    if (ended.count === 0) ended.over?.();
    this.#earlier = Promise.all([this.#earlier, isOver]);
    await this.#earlier;
  }

  /** Resolves when nothing is in flight; every call waits for the same end. */
  drain(): Promise<void> {
    this.#drained ??= Promise.withResolvers();
    if (this.#count === 0) this.#drained.resolve();
    return this.#drained.promise;
  }
}
