// A heap whose items can leave it or change their rank wherever they stand.

/** `isBefore` ranks the items; the first one is found at once, every change takes logarithmic time. */
export class IndexedHeap<Item> {
  readonly #items: Item[] = [];
  readonly #places = new Map<Item, number>();
  readonly #isBefore: (a: Item, b: Item) => boolean;

  constructor(isBefore: (a: Item, b: Item) => boolean) {
    this.#isBefore = isBefore;
  }

  get size(): number {
    return this.#items.length;
  }

  get first(): Item | undefined {
    return this.#items[0];
  }

  /** In no order. */
  get items(): readonly Item[] {
    return this.#items;
  }

  has(item: Item): boolean {
    return this.#places.has(item);
  }

  /** An item that is in already only takes its place anew. */
  add(item: Item): void {
    if (this.has(item)) {
      this.update(item);
      return;
    }
    this.#items.push(item);
    this.#places.set(item, this.#items.length - 1);
    this.#rise(this.#items.length - 1);
  }

  /** The rank of an item has changed; nothing for one that is not in. */
  update(item: Item): void {
    const place = this.#places.get(item);
    if (place !== undefined) this.#sink(this.#rise(place));
  }

  /** Nothing for an item that is not in. */
  remove(item: Item): void {
    const place = this.#places.get(item);
    if (place === undefined) return;
    this.#places.delete(item);
    const last = this.#items.pop();
    if (last === undefined || last === item) return;
    this.#put(last, place);
    this.#sink(this.#rise(place));
  }

  #rise(from: number): number {
    let place = from;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      if (!this.#swapIfBefore(place, parent)) return place;
      place = parent;
    }
    return place;
  }

  #sink(from: number): void {
    let place = from;
    for (;;) {
      const child = this.#smallerChild(place);
      if (child === undefined || !this.#swapIfBefore(child, place)) return;
      place = child;
    }
  }

  #smallerChild(place: number): number | undefined {
    const left = 2 * place + 1;
    const [a, b] = [this.#items[left], this.#items[left + 1]];
    if (a === undefined) return undefined;
    return b !== undefined && this.#isBefore(b, a) ? left + 1 : left;
  }

  #swapIfBefore(lower: number, upper: number): boolean {
    const [a, b] = [this.#items[lower], this.#items[upper]];
    if (a === undefined || b === undefined || !this.#isBefore(a, b)) return false;
    this.#put(a, upper);
    this.#put(b, lower);
    return true;
  }

  #put(item: Item, place: number): void {
    this.#items[place] = item;
    this.#places.set(item, place);
  }
}
