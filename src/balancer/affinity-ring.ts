// Consistent hashing: a key that goes moves only its own share (Karger et al., 1997).
import { textHash } from "../core/text-hash.ts";
import type { KeyHealth } from "./key-health.ts";

/** Points on the whole ring; a large pool has one for each key. */
const POINTS = 4_096;
const POINTS_OF_KEY = 64;

/** The keys of one priority on a ring. */
export class Ring {
  readonly #keys: readonly KeyHealth[];
  readonly #hashes: Float64Array;
  readonly #owners: Uint32Array;

  constructor(keys: readonly KeyHealth[]) {
    this.#keys = keys;
    const density = densityOf(keys);
    const points = keys.flatMap(({ spec }, owner) => {
      const count = Math.max(1, Math.round(density * spec.weight));
      return Array.from({ length: count }, (_, point) => ({ hash: textHash(`${spec.id} ${point}`), owner }));
    });
    points.sort((a, b) => a.hash - b.hash);
    this.#hashes = Float64Array.from(points, ({ hash }) => hash);
    this.#owners = Uint32Array.from(points, ({ owner }) => owner);
  }

  /** Keys in the order of preference for a text; each point once, so that a key may come again. */
  *from(text: string): Iterable<KeyHealth> {
    const start = this.#indexOf(textHash(text));
    const { length } = this.#owners;
    let last = -1;
    for (let step = 0; step < length; step++) {
      const owner = this.#owners[(start + step) % length] ?? 0;
      if (owner === last) continue;
      last = owner;
      const key = this.#keys[owner];
      if (key !== undefined) yield key;
    }
  }

  #indexOf(hash: number): number {
    let low = 0;
    let high = this.#hashes.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#hashes[middle] ?? 0) < hash) low = middle + 1;
      else high = middle;
    }
    return low % this.#hashes.length;
  }
}

/** Points for each unit of weight; a power of two, which stays the same when a key comes or goes. */
function densityOf(keys: readonly KeyHealth[]): number {
  const weights = keys.reduce((sum, { spec }) => sum + spec.weight, 0);
  return 2 ** Math.floor(Math.log2(Math.min(POINTS, POINTS_OF_KEY * keys.length) / weights));
}
