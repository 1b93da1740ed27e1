// Tables that fit the terminal: columns that matter less are shortened, then left out.
import type { ChalkInstance } from "chalk";
import Table from "cli-table3";
import { printable } from "../core/printable.ts";

export interface Column<Row> {
  readonly title: string;
  readonly text: (row: Row) => string;
  readonly paint?: (text: string, row: Row) => string;
  readonly align?: "right";
  /** May be shortened where there is no room. */
  readonly isFlexible?: boolean;
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
/** No column is shortened to less. */
const NARROWEST = 10;
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

/** The table, a line each row, with a line end. Columns without any text are left out. */
export function renderTable<Row>(columns: readonly Column<Row>[], rows: readonly Row[], options: TableOptions): string {
  const filled = columns.map((column) => fill(column, rows)).filter(({ cells }) => cells.some((cell) => cell !== ""));
  const fitting = options.width === undefined ? filled : fit(filled, options.width);
  const lines = [options.paint.bold(render([fitting.map(({ column }) => column.title)], fitting))];
  for (let start = 0; start < rows.length; start += ROWS_AT_A_TIME) {
    lines.push(render(cellsOf(fitting, rows, start), fitting));
  }
  return `${lines.join("\n")}\n`;
}

/** What is shown of some rows, shortened and painted. */
function cellsOf<Row>(columns: readonly Filled<Row>[], rows: readonly Row[], start: number): string[][] {
  return rows.slice(start, start + ROWS_AT_A_TIME).map((row, offset) =>
    columns.map(({ column, cells, width }) => {
      const text = shorten(cells[start + offset] ?? "", width);
      return column.paint === undefined ? text : column.paint(text, row);
    }),
  );
}

function render<Row>(cells: readonly string[][], columns: readonly Filled<Row>[]): string {
  const table = new Table({
    chars: NO_BORDERS,
    colWidths: columns.map(({ width }) => width),
    colAligns: columns.map(({ column }) => column.align ?? "left"),
    style: { head: [], border: [], "padding-left": 0, "padding-right": 0, compact: true },
  });
  table.push(...cells);
  return table
    .toString()
    .split("\n")
    .map((line) => line.trimEnd())
    .join("\n");
}

function fill<Row>(column: Column<Row>, rows: readonly Row[]): Filled<Row> {
  const cells = rows.map((row) => printable(column.text(row)));
  const width = cells.reduce((widest, cell) => Math.max(widest, Bun.stringWidth(cell)), Bun.stringWidth(column.title));
  return { column, cells, width };
}

/** Shortens what may be shortened; where that is not enough, the least important column goes first. */
function fit<Row>(columns: readonly Filled<Row>[], width: number): readonly Filled<Row>[] {
  const excess = totalWidth(columns) - width;
  if (excess <= 0) return columns;
  const slack = columns.reduce(
    (sum, { column, width: own }) => sum + (column.isFlexible ? Math.max(0, own - NARROWEST) : 0),
    0,
  );
  const dropped = excess > slack ? leastImportant(columns) : undefined;
  if (dropped !== undefined)
    return fit(
      columns.filter((column) => column !== dropped),
      width,
    );
  let left = Math.min(excess, slack);
  // From the right: what stands first identifies the row.
  return columns
    .toReversed()
    .map((filled) => {
      const cut = filled.column.isFlexible ? Math.min(left, Math.max(0, filled.width - NARROWEST)) : 0;
      left -= cut;
      return { ...filled, width: filled.width - cut };
    })
    .toReversed();
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
