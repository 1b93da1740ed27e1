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
}

/** So many characters decide how far the search may skip. */
const BLOCK = 4;
/** Longer windows skip further, but fill the table of skips. */
const MAX_WINDOW = 32;
/** Blocks of all windows together, so that the table of skips fits a processor's cache. */
const MAX_BLOCKS = 2 ** 18;
const MIN_SKIPS = 2 ** 12;
/** Free places for each block: in a crowded table skips are short. */
const ROOM = 4;
/** Candidates are looked up by the last characters of their window, as many as every spelling has. */
const TAIL = MIN_SPELLED_LENGTH;
const GOLDEN_RATIO = 0x9e3779b1;

/**
 * The search of Wu and Manber (A fast algorithm for multi-pattern searching, 1994): of each spelling a window of one
 * common length is indexed; a table says for the last block of characters read how far no window can end.
 */
export class SecretSearch {
  readonly #byTail = new Map<string, Entry[]>();
  readonly #window: number;
  readonly #skips: Uint8Array;
  /** Takes the highest bits of a block's hash, which are its best. */
  readonly #shift: number;

  /** Each spelling has `MIN_SPELLED_LENGTH` characters or more. */
  constructor(spellings: ReadonlySet<string>) {
    let shortest = MAX_WINDOW;
    for (const { length } of spellings) shortest = Math.min(shortest, length);
    const affordable = BLOCK - 1 + Math.floor(MAX_BLOCKS / Math.max(spellings.size, 1));
    this.#window = Math.max(MIN_SPELLED_LENGTH, Math.min(shortest, affordable));
    const blocks = spellings.size * (this.#window - BLOCK + 1);
    const bits = Math.ceil(Math.log2(Math.max(blocks * ROOM, MIN_SKIPS)));
    this.#shift = 32 - bits;
    this.#skips = new Uint8Array(2 ** bits).fill(this.#window - BLOCK + 1);
    for (const spelling of spellings) this.#add(spelling);
  }

  /** Every place where a spelling stands, overlapping ones too, in no order. */
  find(text: string): Span[] {
    const spans: Span[] = [];
    if (this.#byTail.size === 0) return spans;
    const skips = this.#skips;
    const shift = this.#shift;
    for (let at = this.#window; at <= text.length; ) {
      const skip = skips[blockHash(text, at) >>> shift] ?? 0;
      if (skip === 0) this.#collect(text, at, spans);
      at += skip === 0 ? 1 : skip;
    }
    return spans;
  }

  #collect(text: string, windowEnd: number, spans: Span[]): void {
    for (const { spelling, offset } of this.#byTail.get(text.slice(windowEnd - TAIL, windowEnd)) ?? []) {
      const start = windowEnd - this.#window - offset;
      if (start >= 0 && text.startsWith(spelling, start)) spans.push({ start, end: start + spelling.length });
    }
  }

  /** Enters a spelling under its least crowded window: many keys share their first or last characters. */
  #add(spelling: string): void {
    const last = spelling.length - this.#window;
    let best = { tail: "", offset: 0, crowd: Number.POSITIVE_INFINITY };
    for (const offset of [last, Math.max(0, last - TAIL), last >> 1, 0]) {
      const windowEnd = offset + this.#window;
      const tail = spelling.slice(windowEnd - TAIL, windowEnd);
      const crowd = this.#byTail.get(tail)?.length ?? 0;
      if (crowd < best.crowd) best = { tail, offset, crowd };
      if (crowd === 0) break;
    }
    const entries = this.#byTail.get(best.tail);
    if (entries === undefined) this.#byTail.set(best.tail, [{ spelling, offset: best.offset }]);
    else entries.push({ spelling, offset: best.offset });
    this.#noteSkips(spelling, best.offset);
  }

  #noteSkips(spelling: string, offset: number): void {
    for (let size = BLOCK; size <= this.#window; size++) {
      const place = blockHash(spelling, offset + size) >>> this.#shift;
      this.#skips[place] = Math.min(this.#skips[place] ?? 0, this.#window - size);
    }
  }
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
