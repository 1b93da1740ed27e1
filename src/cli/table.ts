// Tables that fit the terminal: columns are shortened as far as they stay readable, then the least important left out.
import type { ChalkInstance } from "chalk";
import { printable } from "../core/printable.ts";

export interface Column<Row> {
  readonly title: string;
  readonly text: (row: Row) => string;
  readonly paint?: (text: string, row: Row) => string;
  readonly align?: "right";
  /** The width to which it may be shortened and still says something; absent: it is not shortened. */
  readonly least?: number;
  /** May be left out where there is no room; those with the highest number first. */
  readonly dropRank?: number;
}

export interface TableOptions {
  /** Undefined: as wide as it is. */
  readonly width: number | undefined;
  readonly paint: ChalkInstance;
}

const GAP = "  ";
/** Column of the table with its cells as plain text. */
interface Filled<Row> {
  readonly column: Column<Row>;
  readonly cells: readonly string[];
  readonly width: number;
}

/** The table, a line each row, with a line end. Columns without any text are left out. */
export function renderTable<Row>(columns: readonly Column<Row>[], rows: readonly Row[], options: TableOptions): string {
  const filled = columns.map((column) => fill(column, rows)).filter(({ cells }) => cells.some((cell) => cell !== ""));
  const fitting = options.width === undefined ? filled : fit(filled, options.width);
  const titles = fitting.map(({ column, width }) => cellOf(column, column.title, width, options.paint.bold));
  const lines = rows.map((row, index) =>
    fitting.map(({ column, cells, width }) =>
      cellOf(column, cells[index] ?? "", width, (text) => column.paint?.(text, row) ?? text),
    ),
  );
  return [titles, ...lines].map((cells) => `${cells.join(GAP).trimEnd()}\n`).join("");
}

/** A text as wide as its column. */
function cellOf<Row>(column: Column<Row>, cell: string, width: number, paint: (text: string) => string): string {
  const text = shorten(cell, width);
  if (text === "") return " ".repeat(width);
  const space = " ".repeat(Math.max(0, width - Bun.stringWidth(text)));
  return column.align === "right" ? space + paint(text) : paint(text) + space;
}

function fill<Row>(column: Column<Row>, rows: readonly Row[]): Filled<Row> {
  const cells = rows.map((row) => printable(column.text(row)));
  const width = cells.reduce((widest, cell) => Math.max(widest, Bun.stringWidth(cell)), Bun.stringWidth(column.title));
  return { column, cells, width };
}

/** Leaves out columns until the others can be readable, then shortens those from the right until they fit. */
function fit<Row>(columns: readonly Filled<Row>[], width: number): readonly Filled<Row>[] {
  if (totalWidth(columns) <= width) return columns;
  const dropped = totalWidth(columns.map(narrowest)) > width ? leastImportant(columns) : undefined;
  if (dropped !== undefined)
    return fit(
      columns.filter((column) => column !== dropped),
      width,
    );
  let excess = totalWidth(columns) - width;
  // What stands first identifies the row.
  const shortened = columns
    .toReversed()
    .map((filled) => {
      const cut = Math.min(excess, filled.width - narrowest(filled).width);
      excess -= cut;
      return { ...filled, width: filled.width - cut };
    })
    .toReversed();
  return squeeze(shortened, excess);
}

/** Where not even that fits, the widest column gives way, again and again. */
function squeeze<Row>(columns: readonly Filled<Row>[], excess: number): readonly Filled<Row>[] {
  const widths = columns.map(({ width }) => width);
  for (let left = excess; left > 0; left--) {
    const widest = Math.max(...widths);
    if (widest <= 1) break;
    widths[widths.lastIndexOf(widest)] = widest - 1;
  }
  return columns.map((filled, index) => ({ ...filled, width: widths[index] ?? filled.width }));
}

function narrowest<Row>(filled: Filled<Row>): Filled<Row> {
  const { column, width } = filled;
  return { ...filled, width: Math.min(width, column.least ?? width) };
}

function totalWidth<Row>(columns: readonly Filled<Row>[]): number {
  return columns.reduce((sum, { width }) => sum + width, GAP.length * Math.max(0, columns.length - 1));
}

function leastImportant<Row>(columns: readonly Filled<Row>[]): Filled<Row> | undefined {
  const optional = columns.filter(({ column }) => column.dropRank !== undefined);
  return optional.toSorted((a, b) => (b.column.dropRank ?? 0) - (a.column.dropRank ?? 0))[0];
}

function shorten(text: string, width: number): string {
  if (Bun.stringWidth(text) <= width) return text;
  let kept = "";
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    if (Bun.stringWidth(kept + segment) > width - 1) break;
    kept += segment;
  }
  return `${kept}…`;
}
