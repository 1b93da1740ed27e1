// The last things that happened, each with its place among all: for whoever was away for a moment.

export interface RingLimits {
  readonly most: number;
  readonly mostBytes: number;
}

interface Kept<Item> {
  readonly item: Item;
  readonly bytes: number;
}

/** `lost`: some of what came after that place is kept no more, or there never was such a place. */
export type AfterPlace<Item> =
  | { readonly kind: "item"; readonly place: number; readonly item: Item }
  | { readonly kind: "none" | "lost" };

/** Places begin at 1 and grow by one. */
export class EventRing<Item> {
  readonly #limits: RingLimits;
  /** By their places, which have no gap, the oldest first. */
  readonly #kept = new Map<number, Kept<Item>>();
  #bytes = 0;
  #last = 0;
  /** The last place after which nothing is missing. */
  #floor = 0;

  constructor(limits: RingLimits) {
    this.#limits = limits;
  }

  /** The place of the newest; 0 before there was any. */
  get last(): number {
    return this.#last;
  }

  /** One that is larger than all that may be kept is kept until the next comes. */
  push(item: Item, bytes: number): void {
    this.#last += 1;
    this.#kept.set(this.#last, { item, bytes });
    this.#bytes += bytes;
    const { most, mostBytes } = this.#limits;
    for (const [place, kept] of this.#kept) {
      if (place === this.#last || (this.#kept.size <= most && this.#bytes <= mostBytes)) return;
      this.#kept.delete(place);
      this.#bytes -= kept.bytes;
      this.#floor = place;
    }
  }

  /** The next one after a place. */
  after(place: number): AfterPlace<Item> {
    if (place === this.#last) return { kind: "none" };
    const next = this.#kept.get(place + 1);
    if (place < this.#floor || next === undefined) return { kind: "lost" };
    return { kind: "item", place: place + 1, item: next.item };
  }

  /** Forgets everything, and that something may be missing from now on. */
  clear(): void {
    this.#kept.clear();
    this.#bytes = 0;
    this.#last += 1;
    this.#floor = this.#last;
  }
}
