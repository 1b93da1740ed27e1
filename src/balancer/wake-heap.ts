// A binary heap of what wakes when.

/** Numbers with times, the earliest first. A number may be in it more than once. */
export class WakeHeap {
  readonly #items: number[] = [];
  readonly #times: number[] = [];

  get first(): number | undefined {
    return this.#items[0];
  }

  get firstAt(): number {
    return this.#times[0] ?? Number.POSITIVE_INFINITY;
  }

  push(item: number, at: number): void {
    let place = this.#items.length;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      if ((this.#times[parent] ?? 0) <= at) break;
      this.#move(parent, place);
      place = parent;
    }
    this.#items[place] = item;
    this.#times[place] = at;
  }

  /** Takes the first one out. */
  drop(): void {
    const item = this.#items.pop();
    const at = this.#times.pop();
    const size = this.#items.length;
    if (item === undefined || at === undefined || size === 0) return;
    let place = 0;
    for (;;) {
      let child = 2 * place + 1;
      if (child >= size) break;
      if (child + 1 < size && (this.#times[child + 1] ?? 0) < (this.#times[child] ?? 0)) child += 1;
      if ((this.#times[child] ?? 0) >= at) break;
      this.#move(child, place);
      place = child;
    }
    this.#items[place] = item;
    this.#times[place] = at;
  }

  #move(from: number, to: number): void {
    this.#items[to] = this.#items[from] ?? 0;
    this.#times[to] = this.#times[from] ?? 0;
  }
}
