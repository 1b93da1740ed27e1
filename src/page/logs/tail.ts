// The rows of the live list: bounded, newest first, with what is held back while the user looks elsewhere.

export interface TailRow {
  readonly id: string;
  readonly seq: number;
}

/** `held`: what came and is not shown yet, newest first; `missed`: how much more came than could be held. */
export interface Tail<Row extends TailRow> {
  readonly rows: readonly Row[];
  readonly held: readonly Row[];
  readonly missed: number;
}

/** More rows than anybody reads make a page slow. */
export const MOST_ROWS = 500;

export function beginTail<Row extends TailRow>(rows: readonly Row[]): Tail<Row> {
  return { rows: rows.slice(0, MOST_ROWS), held: [], missed: 0 };
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
  const held = (more ? fresh : [...fresh, ...tail.held]).slice(0, MOST_ROWS);
  const missed = tail.missed + (more ? 1 : 0);
  return isHeld ? { ...tail, held, missed } : shown({ rows: tail.rows, held, missed });
}

/** Shows what was held back. Behind a gap nothing older is kept: the list would look whole, and is not. */
export function showHeld<Row extends TailRow>(tail: Tail<Row>): Tail<Row> {
  return tail.held.length === 0 ? tail : shown(tail);
}

function shown<Row extends TailRow>({ rows, held, missed }: Tail<Row>): Tail<Row> {
  return beginTail(missed > 0 ? held : [...held, ...rows]);
}
