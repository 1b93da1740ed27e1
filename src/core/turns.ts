// Lets tasks run one after the other.

/** A row of tasks. */
export class Turns {
  #last: Promise<unknown> = Promise.resolve();

  /** Runs a task once all that were given before it have ended, however they ended. */
  take<T>(task: () => Promise<T>): Promise<T> {
    const next = this.#last.then(task);
    this.#last = next.catch(() => {});
    return next;
  }
}
