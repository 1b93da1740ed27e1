// Which rows are loaded, drawn and seen of a list of any length.
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import {
  drawnSpan,
  LoadedRows,
  MOST_ASKED,
  type Span,
  scrollFor,
  seenSpan,
  spanAround,
} from "../../../src/page/keys/loaded-rows.ts";
import { rowOf } from "./rows.ts";

const rowsOf = (start: number, count: number) => Array.from({ length: count }, (_, index) => rowOf(start + index));

describe("LoadedRows", () => {
  test("misses what is seen, with rows around it, and nothing once that is there", () => {
    const rows = new LoadedRows();
    expect(rows.missing({ start: 100, end: 120 }, 1_000)).toEqual({ start: 70, end: 150 });
    rows.take(70, { keys: rowsOf(70, 80), order: "1" });
    expect(rows.missing({ start: 100, end: 120 }, 1_000)).toBeUndefined();
    expect(rows.missing({ start: 140, end: 160 }, 1_000)).toEqual({ start: 150, end: 190 });
    expect([rows.at(70)?.id, rows.at(69)]).toEqual([rowOf(70).id, undefined]);
  });

  test("forgets the rows of another order", () => {
    const rows = new LoadedRows();
    rows.take(0, { keys: rowsOf(0, 50), order: "1" });
    rows.take(50, { keys: rowsOf(50, 10), order: "1" });
    expect(rows.at(0)).toBeDefined();
    rows.take(50, { keys: rowsOf(50, 10), order: "2" });
    expect([rows.at(0), rows.at(55)?.id, rows.order]).toEqual([undefined, rowOf(55).id, "2"]);
  });

  test("keeps no more than some thousand, those that are near", () => {
    const rows = new LoadedRows();
    for (let start = 0; start < 100_000; start += 200) rows.take(start, { keys: rowsOf(start, 200), order: "1" });
    const kept = Array.from({ length: 100_000 }, (_, index) => index).filter((index) => rows.at(index) !== undefined);
    expect(kept.length).toBeLessThanOrEqual(2_200);
    expect(kept).toContain(99_999);
  });

  test("asks for small pieces until all that is seen is there, wherever somebody looks", () => {
    const looks = fc.array(fc.record({ start: fc.nat(5_000), rows: fc.integer({ min: 1, max: 60 }) }), {
      maxLength: 30,
    });
    fc.assert(
      fc.property(looks, fc.nat(5_000), (all, total) => {
        const rows = new LoadedRows();
        for (const { start, rows: count } of all) {
          const seen: Span = { start: Math.min(start, total), end: Math.min(total, start + count) };
          for (let span = rows.missing(seen, total); span !== undefined; span = rows.missing(seen, total)) {
            expect(span.end).toBeGreaterThan(span.start);
            expect(span.end - span.start).toBeLessThanOrEqual(MOST_ASKED);
            expect(span.end).toBeLessThanOrEqual(total);
            rows.take(span.start, { keys: rowsOf(span.start, span.end - span.start), order: "1" });
          }
          for (let index = seen.start; index < seen.end; index++) expect(rows.at(index)?.id).toBe(rowOf(index).id);
        }
      }),
    );
  });
});

describe("a viewport", () => {
  const viewport = { scrollTop: 1_030, height: 500, rowHeight: 50 };

  test("sees rows that it shows in part, and draws some around them", () => {
    expect(seenSpan(viewport, 1_000)).toEqual({ start: 20, end: 31 });
    expect(drawnSpan(viewport, 1_000)).toEqual({ start: 14, end: 37 });
    expect(seenSpan(viewport, 25)).toEqual({ start: 20, end: 25 });
    expect(seenSpan(viewport, 3)).toEqual({ start: 3, end: 3 });
    expect(drawnSpan({ ...viewport, scrollTop: 0 }, 0)).toEqual({ start: 0, end: 0 });
  });

  test("scrolls no further than it must", () => {
    expect(scrollFor(25, viewport)).toBe(1_030);
    expect(scrollFor(20, viewport)).toBe(1_000);
    expect(scrollFor(40, viewport)).toBe(1_550);
  });

  test("is asked for with rows around, but never for many", () => {
    expect(spanAround({ start: 0, end: 20 }, 30)).toEqual({ start: 0, end: 30 });
    expect(spanAround({ start: 500, end: 5_000 }, 10_000)).toEqual({ start: 470, end: 670 });
    expect(spanAround({ start: 50, end: 60 }, 20)).toEqual({ start: 0, end: 20 });
  });
});
