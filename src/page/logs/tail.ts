// The rows of the live list: bounded, newest first, with what is held back while the user looks elsewhere.

export interface TailRow {
  readonly id: string;
  readonly seq: number;
}

/**
 * `held`: what came and is not shown yet, newest first; `hasGap`: more came than could be held, so that some are missing
 * below it. `isCut`: of what was shown below the rows some is not there any more, so that the page behind them does not
 * join on: the list is to be asked for anew.
 */
export interface Tail<Row extends TailRow> {
  readonly rows: readonly Row[];
  readonly held: readonly Row[];
  readonly hasGap: boolean;
  readonly isCut: boolean;
}

/** More rows than anybody reads make a page slow. */
export const MOST_ROWS = 500;

export function beginTail<Row extends TailRow>(rows: readonly Row[]): Tail<Row> {
  return { rows, held: [], hasGap: false, isCut: false };
}

/** The place behind which nothing is known yet. */
export function newestSeq({ rows, held }: Tail<TailRow>): number {
  return Math.max(0, ...[held[0], rows[0]].map((row) => row?.seq ?? 0));
}

/**
 * What has come, newest first. `more`: there is a gap below it, as there was too much. `isHeld`: it is not shown before
 * the user asks for it.
 */
export function addToTail<Row extends TailRow>(
  tail: Tail<Row>,
  come: readonly Row[],
  { more, isHeld }: { readonly more: boolean; readonly isHeld: boolean },
): Tail<Row> {
  const newest = newestSeq(tail);
  const fresh = come.filter(({ seq }) => seq > newest);
  if (fresh.length === 0) return tail;
  const all = more ? fresh : [...fresh, ...tail.held];
  const held = all.slice(0, MOST_ROWS);
  const hasGap = tail.hasGap || more || held.length < all.length;
  return isHeld ? { ...tail, held, hasGap } : shown({ ...tail, held, hasGap });
}

/** Shows what was held back. Behind a gap nothing older is kept: the list would look whole, and is not. */
export function showHeld<Row extends TailRow>(tail: Tail<Row>): Tail<Row> {
  return tail.held.length === 0 ? tail : shown(tail);
}

function shown<Row extends TailRow>({ rows, held, hasGap, isCut }: Tail<Row>): Tail<Row> {
  const all = hasGap ? held : [...held, ...rows];
  const left = all.slice(0, MOST_ROWS);
  return { ...beginTail(left), isCut: isCut || hasGap || left.length < all.length };
}
