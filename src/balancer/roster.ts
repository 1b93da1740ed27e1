// Which keys of a large pool could serve a model now, and when the others could: so that a choice does not ask them all.
import { IndexedHeap } from "../core/indexed-heap.ts";
import type { KeyHealth } from "./key-health.ts";
import { LruMap } from "./lru-map.ts";

/** Rosters that are always kept, and places in all of them that may be kept besides: making one costs a look at each key. */
const LEAST_ROSTERS = 32;
const MOST_PLACES = 1_000_000;

/** The rosters of the keys of one priority, one for each model that is asked for and kind of request. */
export class Rosters {
  readonly #keys: readonly KeyHealth[];
  readonly #byId: LruMap<string, Roster>;

  constructor(keys: readonly KeyHealth[]) {
    this.#keys = keys;
    this.#byId = new LruMap(Math.max(LEAST_ROSTERS, Math.floor(MOST_PLACES / keys.length)));
  }

  of(id: string): Roster {
    const known = this.#byId.get(id);
    if (known !== undefined) return known;
    const roster = new Roster(this.#keys);
    this.#byId.set(id, roster);
    return roster;
  }

  wake(key: KeyHealth): void {
    for (const [, roster] of this.#byId.entries()) roster.wake(key.place);
  }

  wakeAll(): void {
    this.#byId.sweepAll(() => true);
  }
}

/**
 * Keys are awake until a search finds that they cannot serve; then they sleep until the time that they name, or until
 * something about them changes. Awake does not mean usable: a search asks again. A sleeping key is never usable.
 */
export class Roster {
  readonly #keys: readonly KeyHealth[];
  /** The places of keys that are awake, in no order. */
  readonly #awake: Uint32Array;
  /** Where a key stands there; -1: it sleeps. */
  readonly #positions: Int32Array;
  readonly #wakesAt: Float64Array;
  /** The places of those that wake by the clock. */
  readonly #sleepers: IndexedHeap<number>;
  #count: number;
  #step = 1;
  #steppedCount = 0;

  constructor(keys: readonly KeyHealth[]) {
    this.#keys = keys;
    this.#count = keys.length;
    this.#awake = Uint32Array.from(keys, (_, place) => place);
    this.#positions = Int32Array.from(keys, (_, place) => place);
    const wakesAt = new Float64Array(keys.length);
    this.#wakesAt = wakesAt;
    this.#sleepers = new IndexedHeap((a, b) => (wakesAt[a] ?? 0) < (wakesAt[b] ?? 0));
  }

  /** How many keys are awake. */
  get count(): number {
    return this.#count;
  }

  /** A step that visits every position once and jumps far, so that what lies beside a block of dead keys is not worn out. */
  get step(): number {
    if (this.#steppedCount !== this.#count) {
      this.#steppedCount = this.#count;
      this.#step = scatteringStep(this.#count);
    }
    return this.#step;
  }

  at(position: number): KeyHealth | undefined {
    return position < this.#count ? this.#keys[this.#awake[position] ?? 0] : undefined;
  }

  isAwake(key: KeyHealth): boolean {
    return (this.#positions[key.place] ?? -1) >= 0;
  }

  /** Wakes the keys whose time has come. */
  advance(now: number): void {
    for (let place = this.#sleepers.first; place !== undefined && this.nextAt <= now; place = this.#sleepers.first) {
      this.wake(place);
    }
  }

  /** When the next key wakes by the clock; infinite where none does. */
  get nextAt(): number {
    const { first } = this.#sleepers;
    return first === undefined ? Number.POSITIVE_INFINITY : (this.#wakesAt[first] ?? 0);
  }

  /** Puts a key to sleep until a time, which may be infinite; the key that was awake last takes its position. */
  sleep(key: KeyHealth, until: number): void {
    const position = this.#positions[key.place] ?? -1;
    if (position < 0) return;
    this.#count -= 1;
    const last = this.#awake[this.#count] ?? 0;
    this.#awake[position] = last;
    this.#positions[last] = position;
    this.#positions[key.place] = -1;
    this.#wakesAt[key.place] = until;
    if (until < Number.POSITIVE_INFINITY) this.#sleepers.add(key.place);
  }

  wake(place: number): void {
    if ((this.#positions[place] ?? 0) >= 0) return;
    this.#sleepers.remove(place);
    this.#awake[this.#count] = place;
    this.#positions[place] = this.#count;
    this.#count += 1;
  }
}

const GOLDEN = 0.618033988749895;

function scatteringStep(total: number): number {
  let step = Math.max(1, Math.floor(total * GOLDEN));
  while (greatestCommonDivisor(step, total) !== 1) step += 1;
  return step;
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
