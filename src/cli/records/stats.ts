// `stats`: what the requests of a period came to.
import type { ChalkInstance } from "chalk";
import type { OutputOf } from "../../admin/operation-table.ts";
import { EXIT } from "../../core/exit-codes.ts";
import { localZone } from "../../core/local-time.ts";
import type { Dimension, PeriodName } from "../../records/usage-report.ts";
import type { CliContext, JsonOption } from "../cli-context.ts";
import { connect } from "../connect.ts";
import type { TargetOptions } from "../connection.ts";
import { paintFor, widthOf } from "../paint.ts";
import { printedJson } from "../print-json.ts";
import { fitted, hint } from "../say.ts";
import { type Column, renderTable } from "../table.ts";
import { countOf } from "../words.ts";
import { limitOf } from "./record-options.ts";
import { amountText, countedText, moneyText, spanText } from "./record-words.ts";
import { hintRecording } from "./recording-hints.ts";
import { sparkline } from "./sparkline.ts";

export interface StatsOptions extends TargetOptions, JsonOption {
  readonly period?: PeriodName;
  readonly by?: Dimension;
  readonly limit?: string;
}

type Report = OutputOf<"stats">;
type Row = Report["total"];

const LIMIT = { standard: 20, least: 1, most: 1_000 } as const;
const SPARKLINE_WIDTH = 60;

export async function stats(context: CliContext, options: StatsOptions): Promise<number> {
  const { period = "24h", by } = options;
  const limit = limitOf(options.limit, LIMIT);
  await using connection = await connect(context, options, "log");
  const zone = localZone();
  const input = { period, zone, limit, ...(by !== undefined && { by }) };
  const report = await connection.control.call("stats", input);
  if (printedJson(context, options, report)) return EXIT.ok;
  if (report.total.requests === 0) {
    hint(context, options, `No request was counted ${countedText(report, zone)}`);
    hintRecording(context, options, report);
    return EXIT.ok;
  }
  const paint = paintFor(context.out, context, options);
  context.out.write(fitted([`Counted ${countedText(report, zone)}`], context.out));
  if (context.out.isTerminal) context.out.write(sparklines(report, context, paint));
  const rows = by === undefined ? [report.total] : [...report.groups, report.total];
  context.out.write(renderTable(columns(by, report.total, paint), rows, { width: widthOf(context), paint }));
  hint(context, options, ...notesOn(report));
  hintRecording(context, options, report);
  return EXIT.ok;
}

/** Requests, and below them those that failed. */
function sparklines({ series }: Report, { out }: CliContext, paint: ChalkInstance): string {
  const width = Math.min(SPARKLINE_WIDTH, Math.max(10, (out.columns ?? 80) - 12));
  const calls = sparkline(
    series.map(({ requests }) => requests),
    width,
  );
  const failures = series.map(({ failed }) => failed);
  const failed = failures.some((amount) => amount > 0) ? `failed   ${paint.red(sparkline(failures, width))}\n` : "";
  return `requests ${paint.cyan(calls)}\n${failed}`;
}

const TITLES: Readonly<Record<Dimension, string>> = {
  provider: "PROVIDER",
  key: "KEY",
  model: "MODEL",
  token: "TOKEN",
  status: "STATUS",
};

function columns(by: Dimension | undefined, total: Row, paint: ChalkInstance): readonly Column<Row>[] {
  const name = (row: Row) => (row === total ? "all" : (row.name ?? (row.value || "none")));
  return [
    ...(by === undefined ? [] : [{ title: TITLES[by], text: name, least: 12 }]),
    ...(by === "key"
      ? [{ title: "ID", text: (row: Row) => (row === total ? "" : (row.value ?? "")), dropRank: 9 }]
      : []),
    number("REQUESTS", ({ requests }) => amountText(requests)),
    {
      title: "SUCCESS",
      text: successText,
      align: "right",
      paint: (text, row) =>
        row.failed > 0 ? paint.red(text) : row.refused > 0 ? paint.yellow(text) : paint.green(text),
    },
    number("FAILED", ({ failed }) => some(failed), 2),
    number("REFUSED", ({ refused }) => some(refused), 7),
    number("LEFT", ({ left }) => some(left), 8),
    ...(by === "key" || by === "provider" ? [number("ATTEMPTS", attemptsText, 4)] : []),
    number("TOKENS IN", ({ prompt_tokens }) => some(prompt_tokens), 4),
    number("OUT", ({ completion_tokens }) => some(completion_tokens), 3),
    number("COST", ({ cost }) => (cost === 0 ? "" : moneyText(cost)), 1),
    number("TIME P50", ({ duration_ms }) => spanOf(duration_ms.p50), 5),
    number("TIME P95", ({ duration_ms }) => spanOf(duration_ms.p95), 0),
    number("FIRST BYTE P50", ({ first_byte_ms }) => spanOf(first_byte_ms.p50), 11),
    number("FIRST BYTE P95", ({ first_byte_ms }) => spanOf(first_byte_ms.p95), 10),
  ];
}

function number(title: string, text: (row: Row) => string, dropRank?: number): Column<Row> {
  return { title, text, align: "right", ...(dropRank !== undefined && { dropRank }) };
}

function some(amount: number): string {
  return amount === 0 ? "" : amountText(amount);
}

/** `412, 3 failed`: also those for requests that another key or provider served. */
function attemptsText({ attempts, failed_attempts }: Row): string {
  return failed_attempts === 0 ? some(attempts) : `${amountText(attempts)}, ${amountText(failed_attempts)} failed`;
}

function spanOf(ms: number | undefined): string {
  return ms === undefined ? "" : spanText(ms);
}

/** Of those whose client stayed; rounded down, as one failure of a thousand is not 100 %. */
function successText({ requests, served, left }: Row): string {
  const stayed = requests - left;
  if (stayed <= 0) return "";
  const share = (served / stayed) * 100;
  return share > 99 && share < 100 ? `${(Math.floor(share * 100) / 100).toFixed(2)}%` : `${Math.floor(share)}%`;
}

function notesOn({ more, total }: Report): readonly string[] {
  return [
    ...(more > 0 ? [`${more} more: --limit shows them`] : []),
    ...(total.unpriced > 0
      ? [`${countOf(total.unpriced, "request")} of models without a price in usage.prices: the cost is without them`]
      : []),
  ];
}
