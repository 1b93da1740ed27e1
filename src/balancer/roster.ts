// Which keys of a large pool could serve a model now, and when the others could: so that a choice does not ask them all.
import type { KeyHealth } from "./key-health.ts";
import { LruMap } from "./lru-map.ts";
import { WakeHeap } from "./wake-heap.ts";

const MOST_MODELS = 32;

/** The rosters of the keys of one priority, one for each model that is asked for. */
export class Rosters {
  readonly #keys: readonly KeyHealth[];
  readonly #byModel = new LruMap<string, Roster>(MOST_MODELS);

  constructor(keys: readonly KeyHealth[]) {
    this.#keys = keys;
  }

  of(modelKey: string): Roster {
    const known = this.#byModel.get(modelKey);
    if (known !== undefined) return known;
    const roster = new Roster(this.#keys);
    this.#byModel.set(modelKey, roster);
    return roster;
  }

  wake(key: KeyHealth): void {
    for (const [, roster] of this.#byModel.entries()) roster.wake(key.place);
  }

  wakeAll(): void {
    this.#byModel.sweepAll(() => true);
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
  readonly #heap = new WakeHeap();
  #count: number;
  #step = 1;
  #steppedCount = 0;

  constructor(keys: readonly KeyHealth[]) {
    this.#keys = keys;
    this.#count = keys.length;
    this.#awake = Uint32Array.from(keys, (_, place) => place);
    this.#positions = Int32Array.from(keys, (_, place) => place);
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
    for (let place = this.#heap.takeDue(now); place !== undefined; place = this.#heap.takeDue(now)) this.wake(place);
  }

  /** When the next key wakes by the clock; infinite where none does. */
  get nextAt(): number {
    for (;;) {
      const place = this.#heap.first;
      if (place === undefined) return Number.POSITIVE_INFINITY;
      if ((this.#positions[place] ?? 0) < 0) return this.#heap.firstAt;
      this.#heap.drop();
    }
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
    if (until < Number.POSITIVE_INFINITY) this.#heap.push(key.place, until);
  }

  wake(place: number): void {
    if ((this.#positions[place] ?? 0) >= 0) return;
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
