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

test("behind a gap nothing older is shown", () => {
  const tail = addToTail(beginTail(rows(2, 1)), rows(90, 89), { more: true, isHeld: true });
  expect([seqs(tail.held), tail.missed]).toEqual([[90, 89], 1]);
  expect(seqs(showHeld(tail).rows)).toEqual([90, 89]);
  expect(showHeld(tail).missed).toBe(0);
});

test("there are never more rows than a page bears", () => {
  let tail: Tail<TailRow> = beginTail(down(2_000, 900));
  expect(tail.rows).toHaveLength(MOST_ROWS);
  for (let at = 1; at <= 10; at++) tail = addToTail(tail, down(2_000 + at * 100, 100), at % 2 === 0 ? NOW : LATER);
  expect(tail.rows).toHaveLength(MOST_ROWS);
  expect([newestSeq(tail), tail.held.length]).toEqual([3_000, 0]);
});
