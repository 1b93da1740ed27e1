// Counts the requests in flight, so that a shutdown can wait for them.

/** From the first drain on new requests are to be refused. */
export class InFlight {
  #count = 0;
  #drained: PromiseWithResolvers<void> | undefined;

  get count(): number {
    return this.#count;
  }

  get isDraining(): boolean {
    return this.#drained !== undefined;
  }

  enter(): void {
    this.#count += 1;
  }

  leave(): void {
    this.#count -= 1;
    if (this.#count === 0) this.#drained?.resolve();
  }

  /** Resolves when nothing is in flight; every call waits for the same end. */
  drain(): Promise<void> {
    this.#drained ??= Promise.withResolvers();
    if (this.#count === 0) this.#drained.resolve();
    return this.#drained.promise;
  }
}
