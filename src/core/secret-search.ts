// Finds any of many known texts in a text, reading only a part of its characters.
import { MIN_SPELLED_LENGTH } from "./secret-spellings.ts";

/** A stretch of a text, `end` not included. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** One spelling of a secret, and where the window by which it is found stands in it. */
interface Entry {
  readonly spelling: string;
  readonly offset: number;
  /** An earlier one whose window has a tail with the same hash. */
  readonly next: Entry | undefined;
  /** How many such there are, this one included. */
  readonly crowd: number;
}

/** So many characters decide how far the search may skip. */
const BLOCK = 4;
/** Longer windows skip further, but fill the table. */
const MAX_WINDOW = 32;
/** Blocks of all windows together, so that the table fits a processor's cache. */
const MAX_BLOCKS = 2 ** 18;
const MIN_PLACES = 2 ** 14;
/** Places for each block at first: in a crowded table skips are short. */
const ROOM = 4;
/** Places for each block when a layer is full: until then it takes twice as many spellings as it was made for. */
const MIN_ROOM = 2;
/** Candidates are looked up by the last characters of their window, as many as every spelling has. */
const TAIL = MIN_SPELLED_LENGTH;
const GOLDEN_RATIO = 0x9e3779b1;

/** Learns spellings at any time, at a cost that depends on the new ones only. */
export class SecretSearch {
  #layers: readonly Layer[] = [];

  /** A text is gone through once for each. */
  get layers(): readonly { readonly size: number }[] {
    return this.#layers;
  }

  /** Each spelling has `MIN_SPELLED_LENGTH` characters or more; one that is entered twice is found twice. */
  add(spellings: Iterable<string>): void {
    const rest: string[] = [];
    for (const spelling of spellings) {
      const layer = this.#layers.find((one) => one.fits(spelling));
      if (layer === undefined) rest.push(spelling);
      else layer.add(spelling);
    }
    if (rest.length > 0) this.#addLayer(rest);
  }

  /** Every place where a spelling stands, overlapping ones too, in no order. */
  find(text: string): Span[] {
    const spans: Span[] = [];
    for (const layer of this.#layers) layer.find(text, spans);
    return spans;
  }

  /** Layers that are not larger than what is new are entered anew with it: that costs no more than the new itself. */
  #addLayer(spellings: readonly string[]): void {
    const kept = this.#layers.filter(({ size }) => size > spellings.length);
    const moved = this.#layers.filter(({ size }) => size <= spellings.length);
    const all = [...moved.flatMap((layer) => layer.spellings()), ...spellings];
    const known = kept.reduce((sum, { size }) => sum + size, 0);
    // So that what is known doubles before the next layer of this window.
    const capacity = Math.max(all.length, known);
    const window = windowFor(all, capacity);
    // In steps of two, or secrets that come in the order of their lengths would each need a layer.
    const layer = new Layer(kept.length === 0 ? window : 1 << log2(window), capacity);
    for (const spelling of all) layer.add(spelling);
    this.#layers = [...kept, layer];
  }
}

function windowFor(spellings: readonly string[], capacity: number): number {
  let shortest = MAX_WINDOW;
  for (const { length } of spellings) shortest = Math.min(shortest, length);
  const affordable = BLOCK - 1 + Math.floor(MAX_BLOCKS / capacity);
  return Math.max(MIN_SPELLED_LENGTH, Math.min(shortest, affordable));
}

/**
 * The search of Wu and Manber (A fast algorithm for multi-pattern searching, 1994): of each spelling a window of one
 * common length is indexed; a table says for the last block of characters read how far no window can end.
 */
class Layer {
  readonly #window: number;
  /** Blocks in a window. */
  readonly #blocks: number;
  /**
   * By a block's hash, the last place it has in any window, from 1, or 0 for none: the fewer, the further the search
   * may skip. Memory of zeros costs nothing before it is used.
   */
  readonly #places: Uint8Array;
  /** Takes the highest bits of a block's hash, which are its best. */
  readonly #shift: number;
  readonly #maxSize: number;
  /** Number 0 is none. */
  readonly #entries: (Entry | undefined)[] = [undefined];
  /** By a tail's hash, the number of its last entry. Never grows, as hashing all anew would take long. */
  readonly #byTail: Uint32Array;
  readonly #tailShift: number;

  constructor(window: number, capacity: number) {
    this.#window = window;
    this.#blocks = window - BLOCK + 1;
    const bits = bitsFor(Math.max(capacity * this.#blocks * ROOM, MIN_PLACES));
    this.#places = new Uint8Array(1 << bits);
    this.#shift = 32 - bits;
    this.#maxSize = Math.floor((1 << bits) / (this.#blocks * MIN_ROOM));
    const tailBits = bitsFor(this.#maxSize);
    this.#byTail = new Uint32Array(1 << tailBits);
    this.#tailShift = 32 - tailBits;
  }

  get size(): number {
    return this.#entries.length - 1;
  }

  spellings(): string[] {
    return this.#entries.flatMap((entry) => entry?.spelling ?? []);
  }

  fits({ length }: string): boolean {
    return length >= this.#window && this.size < this.#maxSize;
  }

  /** Enters a spelling under its least crowded window: many keys share their first or last characters. */
  add(spelling: string): void {
    const last = spelling.length - this.#window;
    let best = { tail: 0, offset: 0, crowd: Number.POSITIVE_INFINITY };
    for (const offset of [last, Math.max(0, last - TAIL), last >> 1, 0]) {
      const tail = this.#tailHash(spelling, offset + this.#window);
      const crowd = this.#lastEntry(tail)?.crowd ?? 0;
      if (crowd < best.crowd) best = { tail, offset, crowd };
      if (crowd === 0) break;
    }
    const { tail, offset, crowd } = best;
    const next = this.#lastEntry(tail);
    this.#byTail[tail] = this.#entries.length;
    this.#entries.push({ spelling, offset, next, crowd: crowd + 1 });
    this.#notePlaces(spelling, offset);
  }

  find(text: string, spans: Span[]): void {
    const blocks = this.#blocks;
    const places = this.#places;
    const shift = this.#shift;
    for (let at = this.#window; at <= text.length; ) {
      const skip = blocks - (places[blockHash(text, at) >>> shift] ?? 0);
      if (skip === 0) this.#collect(text, at, spans);
      at += skip === 0 ? 1 : skip;
    }
  }

  #collect(text: string, windowEnd: number, spans: Span[]): void {
    let entry = this.#lastEntry(this.#tailHash(text, windowEnd));
    for (; entry !== undefined; entry = entry.next) {
      const start = windowEnd - this.#window - entry.offset;
      if (start >= 0 && text.startsWith(entry.spelling, start)) {
        spans.push({ start, end: start + entry.spelling.length });
      }
    }
  }

  #notePlaces(spelling: string, offset: number): void {
    for (let place = 1; place <= this.#blocks; place++) {
      const hash = blockHash(spelling, offset + place + BLOCK - 1) >>> this.#shift;
      this.#places[hash] = Math.max(this.#places[hash] ?? 0, place);
    }
  }

  #lastEntry(tail: number): Entry | undefined {
    return this.#entries[this.#byTail[tail] ?? 0];
  }

  #tailHash(text: string, end: number): number {
    const hash = blockHash(text, end) ^ (blockHash(text, end - BLOCK) >>> 15);
    return Math.imul(hash, GOLDEN_RATIO) >>> this.#tailShift;
  }
}

function bitsFor(places: number): number {
  return log2(places * 2 - 1);
}

/** Rounded down. An integer to the runtime too: with a window of `2 ** n`, a double, it searches five times as long. */
function log2(n: number): number {
  return 31 - Math.clz32(n);
}

/** Hash of the `BLOCK` characters before `end`. */
function blockHash(text: string, end: number): number {
  const block =
    text.charCodeAt(end - 1) ^
    (text.charCodeAt(end - 2) << 8) ^
    (text.charCodeAt(end - 3) << 16) ^
    (text.charCodeAt(end - 4) << 24);
  return Math.imul(block, GOLDEN_RATIO);
}
