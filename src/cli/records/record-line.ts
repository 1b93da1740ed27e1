// One request record as one line.
import type { ChalkInstance } from "chalk";
import type { RecordRow } from "../../admin/record-rows.ts";
import { localTime } from "../../core/local-time.ts";
import { printable } from "../../core/printable.ts";
import { moneyText, type Severity, severityOf, spanText, whyText } from "./record-words.ts";

const STATUS_WIDTH = 4;
const TIME_WIDTH = 6;

/**
 * `2026-01-31 12:00:05 +01:00  502   12.1s  chat/completions  gpt-4o  openai/team-a  server_error  3 attempts  …`, with
 * the id of the request at its end; the time is that of its end.
 */
export function recordLine(row: RecordRow, paint: ChalkInstance): string {
  const color = COLORS[severityOf(row)];
  const why = whyText(row);
  const parts = [
    paint.dim(localTime(Date.parse(row.ended_at))),
    color(paint, (row.status === undefined ? "left" : String(row.status)).padEnd(STATUS_WIDTH)),
    spanText(row.ms).padStart(TIME_WIDTH),
    ...[row.operation, ...modelParts(row), ...serverParts(row)].map(printable),
    ...(why === undefined ? [] : [color(paint, printable(why))]),
    ...factParts(row).map(printable),
    paint.dim(printable(row.id)),
  ];
  return `${parts.join("  ")}\n`;
}

const COLORS: Readonly<Record<Severity, (paint: ChalkInstance, text: string) => string>> = {
  good: (paint, text) => paint.green(text),
  poor: (paint, text) => paint.yellow(text),
  bad: (paint, text) => paint.red(text),
  none: (paint, text) => paint.gray(text),
};

function modelParts({ model, upstream_model }: RecordRow): readonly string[] {
  if (model === undefined) return upstream_model === undefined ? [] : [upstream_model];
  return [upstream_model === undefined || upstream_model === model ? model : `${model} as ${upstream_model}`];
}

function serverParts({ provider, key }: RecordRow): readonly string[] {
  return provider === undefined ? [] : [`${provider}/${key ?? "?"}`];
}

function factParts(row: RecordRow): readonly string[] {
  const { prompt_tokens: input, completion_tokens: output, cost, token, waited_ms, first_byte_ms, weight } = row;
  const tokens = input === undefined && output === undefined ? [] : [`${input ?? 0}+${output ?? 0} tokens`];
  return [
    ...(row.attempts > 1 ? [`${row.attempts} attempts`] : []),
    ...(waited_ms > 0 ? [`waited ${spanText(waited_ms)}`] : []),
    ...(row.stream && first_byte_ms !== undefined ? [`first byte ${spanText(first_byte_ms)}`] : []),
    ...tokens,
    ...(cost === undefined ? [] : [`cost ${moneyText(cost)}`]),
    ...(token === undefined ? [] : [`token ${token}`]),
    ...(weight > 1 ? [`one of ${weight}`] : []),
  ];
}
