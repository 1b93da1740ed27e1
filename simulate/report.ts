// The figures of a run as a Markdown table.
import type { ScenarioResult } from "./run-scenario.ts";

type Column = readonly [title: string, value: (result: ScenarioResult) => string];

const COLUMNS: readonly Column[] = [
  ["", ({ scenario }) => scenario.title],
  ["requests", ({ figures }) => whole(figures.requests)],
  ["goodput", ({ figures }) => figures.goodput.toFixed(3)],
  ["wasted", ({ figures }) => `${(figures.wasted * 100).toFixed(2)} %`],
  ["avoidable", ({ figures }) => whole(figures.avoidable.length)],
  ["wait p50", ({ figures }) => seconds(figures.waitP50Ms)],
  ["p99", ({ figures }) => seconds(figures.waitP99Ms)],
  ["longest", ({ figures }) => seconds(figures.longestWaitMs)],
  ["clients", ({ figures }) => figures.clientFairness.toFixed(3)],
  ["keys", ({ figures }) => figures.keyFairness.toFixed(3)],
];

/** One row for each scenario; those that broke a bound are marked. */
export function table(results: readonly ScenarioResult[]): string {
  const rows = results.map((result) => {
    return COLUMNS.map(([, value], index) =>
      index === 0 && result.broken.length > 0 ? `${value(result)} (!)` : value(result),
    );
  });
  return aligned([COLUMNS.map(([title]) => title), ...rows]);
}

/** What was broken, one line for each bound. */
export function brokenLines(results: readonly ScenarioResult[]): readonly string[] {
  return results.flatMap(({ scenario, broken }) => broken.map((bound) => `${scenario.name}: ${bound}`));
}

function aligned(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? "").length)));
  const line = (cells: readonly string[]) => `| ${cells.map((cell, i) => pad(cell, i, widths[i] ?? 0)).join(" | ")} |`;
  const rule = `| ${widths.map((width, i) => (i === 0 ? "-".repeat(width) : `${"-".repeat(width - 1)}:`)).join(" | ")} |`;
  const [head = [], ...body] = rows;
  return [line(head), rule, ...body.map(line)].join("\n");
}

function pad(cell: string, column: number, width: number): string {
  return column === 0 ? cell.padEnd(width) : cell.padStart(width);
}

function whole(value: number): string {
  return value.toLocaleString("en-US");
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(ms < 10_000 ? 2 : 1)} s`;
}
