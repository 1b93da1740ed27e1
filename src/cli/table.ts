// Tables that fit the terminal: columns are shortened as far as they stay readable, then the least important left out.
import type { ChalkInstance } from "chalk";
import Table from "cli-table3";
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

const GAP = 2;
/** The library's time grows with the square of the rows: 12 s for 10,000 at once. */
const ROWS_AT_A_TIME = 20;
/** A character for private use, which `printable` texts could hold, but stand-ins alone are given to the library. */
const STAND_IN = "\ue000";
const NO_BORDERS = {
  top: "",
  "top-mid": "",
  "top-left": "",
  "top-right": "",
  bottom: "",
  "bottom-mid": "",
  "bottom-left": "",
  "bottom-right": "",
  left: "",
  "left-mid": "",
  mid: "",
  "mid-mid": "",
  right: "",
  "right-mid": "",
  middle: " ".repeat(GAP),
} as const;

/** Column of the table with its cells as plain text. */
interface Filled<Row> {
  readonly column: Column<Row>;
  readonly cells: readonly string[];
  readonly width: number;
}

/** What is shown of a cell. */
interface Shown {
  readonly text: string;
  readonly width: number;
}

/** The table, a line each row, with a line end. Columns without any text are left out. */
export function renderTable<Row>(columns: readonly Column<Row>[], rows: readonly Row[], options: TableOptions): string {
  const filled = columns.map((column) => fill(column, rows)).filter(({ cells }) => cells.some((cell) => cell !== ""));
  const fitting = options.width === undefined ? filled : fit(filled, options.width);
  const titles = fitting.map(({ column, width }) => shownOf(column.title, width, options.paint.bold));
  const lines = [render([titles], fitting)];
  for (let start = 0; start < rows.length; start += ROWS_AT_A_TIME) {
    lines.push(render(cellsOf(fitting, rows, start), fitting));
  }
  return `${lines.join("\n")}\n`;
}

/** What is shown of some rows, shortened and painted. */
function cellsOf<Row>(columns: readonly Filled<Row>[], rows: readonly Row[], start: number): Shown[][] {
  return rows
    .slice(start, start + ROWS_AT_A_TIME)
    .map((row, offset) =>
      columns.map(({ column, cells, width }) =>
        shownOf(cells[start + offset] ?? "", width, (text) => column.paint?.(text, row) ?? text),
      ),
    );
}

function shownOf(cell: string, width: number, paint: (text: string) => string): Shown {
  const text = shorten(cell, width);
  return { text: text === "" ? "" : paint(text), width: Bun.stringWidth(text) };
}

/**
 * The library measures texts by an older Unicode than terminals do, and cuts what it takes for too wide: it is given
 * plain stand-ins of the same width, in whose places the texts are put.
 */
function render<Row>(cells: readonly (readonly Shown[])[], columns: readonly Filled<Row>[]): string {
  const table = new Table({
    chars: NO_BORDERS,
    colWidths: columns.map(({ width }) => width),
    colAligns: columns.map(({ column }) => column.align ?? "left"),
    style: { head: [], border: [], "padding-left": 0, "padding-right": 0, compact: true },
  });
  table.push(...cells.map((row) => row.map(({ width }) => (width === 0 ? "" : STAND_IN.padEnd(width, "-")))));
  const texts = cells.flatMap((row) => row.filter(({ width }) => width > 0).map(({ text }) => text)).values();
  return table
    .toString()
    .split("\n")
    .map((line) => line.trimEnd().replaceAll(/\ue000-*/g, () => texts.next().value ?? ""))
    .join("\n");
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
  return columns.reduce((sum, { width }) => sum + width, GAP * Math.max(0, columns.length - 1));
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
