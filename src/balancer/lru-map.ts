// A map of bounded size that drops what was written longest ago.

/** A bounded map; reading does not refresh an entry, writing does. */
export class LruMap<K, V> {
  #limit: number;
  readonly #onEvict: ((value: V) => void) | undefined;
  readonly #entries = new Map<K, V>();
  #sweeper: Iterator<[K, V]> | undefined;
  /** The key that was written last; undefined where that is not known. */
  #newest: K | undefined;

  constructor(limit: number, onEvict?: (value: V) => void) {
    this.#limit = limit;
    this.#onEvict = onEvict;
  }

  /** A lower limit takes effect as entries are written. */
  set limit(limit: number) {
    this.#limit = limit;
  }

  get size(): number {
    return this.#entries.size;
  }

  get(key: K): V | undefined {
    return this.#entries.get(key);
  }

  /** Writes an entry as the newest and evicts the oldest one when there are too many. */
  set(key: K, value: V): void {
    if (key !== this.#newest) this.#entries.delete(key);
    this.#newest = key;
    this.#entries.set(key, value);
    if (this.#entries.size <= this.#limit) return;
    for (const [oldest, evicted] of this.#entries) {
      this.#entries.delete(oldest);
      this.#onEvict?.(evicted);
      return;
    }
  }

  delete(key: K): void {
    this.#entries.delete(key);
  }

  /** Looks at a few entries, other ones each time, and drops those that are over: cleaning without a pause. */
  sweep(isOver: (value: V) => boolean): void {
    for (let looks = 0; looks < 3; looks++) {
      this.#sweeper ??= this.#entries.entries();
      const next = this.#sweeper.next();
      if (next.done === true) {
        this.#sweeper = undefined;
        return;
      }
      const [key, value] = next.value;
      if (!isOver(value)) continue;
      this.#entries.delete(key);
      this.#onEvict?.(value);
    }
  }

  /** Drops every entry that is over, in one pass. */
  sweepAll(isOver: (value: V) => boolean): void {
    for (const [key, value] of this.#entries) {
      if (!isOver(value)) continue;
      this.#entries.delete(key);
      this.#onEvict?.(value);
    }
  }

  entries(): IterableIterator<[K, V]> {
    return this.#entries.entries();
  }
}
