// The rows of the live list: nothing twice, nothing missed without a word, and never too many.
import { expect, test } from "bun:test";
import {
  addToTail,
  beginTail,
  MOST_ROWS,
  newestSeq,
  showHeld,
  type Tail,
  type TailRow,
} from "../../../src/page/logs/tail.ts";

const rows = (...seqs: readonly number[]): readonly TailRow[] => seqs.map((seq) => ({ id: `req_${seq}`, seq }));
const down = (from: number, count: number) => rows(...Array.from({ length: count }, (_, at) => from - at));
const seqs = (list: readonly TailRow[]) => list.map(({ seq }) => seq);
const NOW = { more: false, isHeld: false };
const LATER = { more: false, isHeld: true };

test("what comes stands above what was there, once", () => {
  let tail = beginTail(rows(3, 2, 1));
  tail = addToTail(tail, rows(5, 4, 3), NOW);
  tail = addToTail(tail, rows(5, 4), NOW);
  expect(seqs(tail.rows)).toEqual([5, 4, 3, 2, 1]);
  expect(newestSeq(tail)).toBe(5);
});

test("what waits moves nothing until it is shown, and is not asked for again", () => {
  let tail = addToTail(beginTail(rows(1)), rows(2), LATER);
  tail = addToTail(tail, rows(4, 3), LATER);
  expect([seqs(tail.rows), seqs(tail.held), newestSeq(tail)]).toEqual([[1], [4, 3, 2], 4]);
  // The user is back: what comes then brings what waited along.
  expect(seqs(addToTail(tail, rows(5), NOW).rows)).toEqual([5, 4, 3, 2, 1]);
  const shown = showHeld(tail);
  expect([seqs(shown.rows), shown.held]).toEqual([[4, 3, 2, 1], []]);
  expect(showHeld(shown)).toBe(shown);
});

test("behind a gap nothing older is shown, and the list is to be asked for anew", () => {
  const tail = addToTail(beginTail(rows(2, 1)), rows(90, 89), { more: true, isHeld: true });
  expect([seqs(tail.held), tail.hasGap, tail.isCut]).toEqual([[90, 89], true, false]);
  const shown = showHeld(addToTail(tail, rows(91), LATER));
  expect([seqs(shown.rows), shown.hasGap, shown.isCut]).toEqual([[91, 90, 89], false, true]);
  // Until it is, it stays so.
  expect(addToTail(shown, rows(92), NOW).isCut).toBe(true);
});

test("there are never more rows than a page bears, and what is cut off is told", () => {
  let tail: Tail<TailRow> = beginTail(down(1_000, 100));
  for (let at = 1; at <= 4; at++) tail = addToTail(tail, down(1_000 + at * 100, 100), at % 2 === 0 ? NOW : LATER);
  expect([tail.rows.length, tail.isCut]).toEqual([MOST_ROWS, false]);
  tail = addToTail(tail, down(1_500, 100), NOW);
  expect([tail.rows.length, tail.isCut, newestSeq(tail)]).toEqual([MOST_ROWS, true, 1_500]);
  let held: Tail<TailRow> = beginTail(rows(1));
  for (let at = 1; at <= 6; at++) held = addToTail(held, down(1_000 + at * 100, 100), LATER);
  expect([held.held.length, held.hasGap]).toEqual([MOST_ROWS, true]);
});
