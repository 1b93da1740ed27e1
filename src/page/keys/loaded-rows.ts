// The rows that were loaded of a list which is longer than anybody needs at a time.
import type { KeysAnswer } from "./key-filter.ts";
import type { KeyRow } from "./key-row.ts";

/** From `start` to before `end`, counted from 0. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** More rows than this are not kept: those that are farthest from what is looked at go. */
const MOST_KEPT = 2_000;
/** Rows that are loaded before and behind those that are seen. */
const AROUND = 30;
/** So many rows are asked for at a time at most. */
export const MOST_ASKED = 200;

/** Rows by their places in one order of the keys. */
export class LoadedRows {
  readonly #rows = new Map<number, KeyRow>();
  #order: string | undefined;

  /** The order that the rows are of. */
  get order(): string | undefined {
    return this.#order;
  }

  at(index: number): KeyRow | undefined {
    return this.#rows.get(index);
  }

  /** Takes the rows from `offset` on; those of another order are in other places now, and go. */
  take(offset: number, { keys, order }: Pick<KeysAnswer, "keys" | "order">): void {
    if (order === undefined || order !== this.#order) this.#rows.clear();
    this.#order = order;
    for (const [index, row] of keys.entries()) this.#rows.set(offset + index, row);
    if (this.#rows.size > MOST_KEPT) this.#keepNear(offset);
  }

  /** What must be loaded so that `seen` can be shown; undefined where nothing must. */
  missing(seen: Span, total: number): Span | undefined {
    const end = Math.min(seen.end, total);
    if (!this.#hasGap(seen.start, end)) return undefined;
    const wide = spanAround(seen, total);
    let { start } = wide;
    while (this.#rows.has(start)) start += 1;
    let last = wide.end;
    while (last > start && this.#rows.has(last - 1)) last -= 1;
    return { start, end: Math.min(last, start + MOST_ASKED) };
  }

  #hasGap(start: number, end: number): boolean {
    for (let index = start; index < end; index++) if (!this.#rows.has(index)) return true;
    return false;
  }

  #keepNear(offset: number): void {
    for (const index of this.#rows.keys()) {
      if (Math.abs(index - offset) > MOST_KEPT / 2) this.#rows.delete(index);
    }
  }
}

/** What is asked for to show `seen`, with rows around it for the next steps. */
export function spanAround({ start, end }: Span, total: number): Span {
  const first = Math.max(0, Math.min(start, total) - AROUND);
  return { start: first, end: Math.min(total, first + MOST_ASKED, end + AROUND) };
}

export interface Viewport {
  readonly scrollTop: number;
  readonly height: number;
  readonly rowHeight: number;
}

/** Drawn rows beyond the edges, so that a small step shows no gap. */
const DRAWN_AROUND = 6;

/** The rows that can be seen. */
export function seenSpan({ scrollTop, height, rowHeight }: Viewport, total: number): Span {
  const start = Math.max(0, Math.min(total, Math.floor(scrollTop / rowHeight)));
  return { start, end: Math.min(total, Math.ceil((scrollTop + height) / rowHeight)) };
}

/** The rows that are drawn. */
export function drawnSpan(viewport: Viewport, total: number): Span {
  const { start, end } = seenSpan(viewport, total);
  return { start: Math.max(0, start - DRAWN_AROUND), end: Math.min(total, end + DRAWN_AROUND) };
}

/** How far to scroll so that a row is seen whole; `headHeight`: what covers the top. */
export function scrollFor(index: number, { scrollTop, height, rowHeight }: Viewport): number {
  const top = index * rowHeight;
  if (top < scrollTop) return top;
  return Math.max(scrollTop, top + rowHeight - height);
}
