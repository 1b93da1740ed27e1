// Which keys of a large pool could serve a model now, and when the others could: so that a choice does not ask them all.
import type { KeyHealth } from "./key-health.ts";
import type { Tokens } from "./limits/meter.ts";
import { LruMap } from "./lru-map.ts";
import { WakeHeap } from "./wake-heap.ts";

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

/** What a look at all who are awake found. `changed`: the places of keys about which something changed since. */
interface Full {
  readonly tokens: number;
  until: number;
  readonly changed: Set<number>;
}

/** With more changes all are looked at again. */
const MOST_CHANGED = 64;

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
  /** The earliest time for which the heap has a key; infinite: it has none. */
  readonly #queuedAt: Float64Array;
  readonly #heap = new WakeHeap();
  #count: number;
  #step = 1;
  #steppedCount = 0;
  #full: Full | undefined;

  constructor(keys: readonly KeyHealth[]) {
    this.#keys = keys;
    this.#count = keys.length;
    this.#awake = Uint32Array.from(keys, (_, place) => place);
    this.#positions = Int32Array.from(keys, (_, place) => place);
    this.#queuedAt = new Float64Array(keys.length).fill(Number.POSITIVE_INFINITY);
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

  keyAt(place: number): KeyHealth | undefined {
    return this.#keys[place];
  }

  isAwake(key: KeyHealth): boolean {
    return (this.#positions[key.place] ?? -1) >= 0;
  }

  /** Wakes the keys whose time has come. */
  advance(now: number): void {
    while (this.#heap.firstAt <= now) this.wake(this.#takeFirst());
  }

  /** When the next key wakes by the clock; infinite where none does. */
  get nextAt(): number {
    for (;;) {
      const place = this.#heap.first;
      if (place === undefined) return Number.POSITIVE_INFINITY;
      if ((this.#positions[place] ?? 0) < 0) return this.#heap.firstAt;
      this.#takeFirst();
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
    // A key that sleeps and wakes again and again must not fill the heap: to wake too early does no harm.
    if (until >= (this.#queuedAt[key.place] ?? 0)) return;
    this.#queuedAt[key.place] = until;
    this.#heap.push(key.place, until);
  }

  /** None of those awake has room for so much before that time, unless something about it changes. */
  noteFull(tokens: number, until: number): void {
    this.#full = { tokens, until, changed: new Set() };
  }

  /** Nor has this one, which had changed. */
  stayFull(place: number, until: number): void {
    const full = this.#full;
    if (full === undefined) return;
    full.changed.delete(place);
    full.until = Math.min(full.until, until);
  }

  /** Until when nobody has room for so much, by the clock; undefined where somebody may have. */
  idleUntil(tokens: Tokens, now: number): number | undefined {
    if (this.#count === 0) return this.nextAt;
    return this.fullBut(tokens, now)?.size === 0 ? Math.min(this.nextAt, this.#full?.until ?? now) : undefined;
  }

  /** The places that may have room for so much all the same; undefined where any may. */
  fullBut(tokens: Tokens, now: number): ReadonlySet<number> | undefined {
    const full = this.#full;
    if (full === undefined || now >= full.until || tokens() < full.tokens) return undefined;
    return full.changed;
  }

  wake(place: number): void {
    if (this.#full !== undefined) this.#noteChange(this.#full, place);
    if ((this.#positions[place] ?? 0) >= 0) return;
    this.#awake[this.#count] = place;
    this.#positions[place] = this.#count;
    this.#count += 1;
  }

  #noteChange({ changed }: Full, place: number): void {
    changed.add(place);
    if (changed.size > MOST_CHANGED) this.#full = undefined;
  }

  #takeFirst(): number {
    const place = this.#heap.first ?? 0;
    if (this.#queuedAt[place] === this.#heap.firstAt) this.#queuedAt[place] = Number.POSITIVE_INFINITY;
    this.#heap.drop();
    return place;
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
