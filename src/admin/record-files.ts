// Request records as files: all that is kept as JSON lines, or one line of a table for each.
import type { FileForm } from "./file-download.ts";
import { type RecordDetail, recordRow } from "./record-rows.ts";

const FIELDS = Object.keys(recordRow.shape) as readonly (keyof RecordDetail)[];
/** Of the attempt that was the last one. */
const OF_ATTEMPT = ["reason", "message"] as const;

/**
 * What begins a formula where a spreadsheet opens the file: a client chooses the name of a model. Also in the wide forms
 * of East Asia, behind spaces, and where semicolons or tabs part cells, as the language of the reader has it
 * (owasp.org/www-community/attacks/CSV_Injection).
 */
const FORMULA = /(^|[;\t])(?=[\s"]*[=+\-@\uFF1D\uFF0B\uFF0D\uFF20])|^(?=[\t\r\n])/g;
const QUOTED = /[",;\t\r\n]/;

export const RECORD_FILES = {
  ndjson: { type: "application/x-ndjson", head: "", line: (record) => `${JSON.stringify(record)}\n` },
  /** RFC 4180. */
  csv: { type: "text/csv; charset=utf-8; header=present", head: csvLine([...FIELDS, ...OF_ATTEMPT]), line: csvRow },
} satisfies Readonly<Record<string, FileForm<RecordDetail>>>;

function csvRow(record: RecordDetail): string {
  const last = record.tries.at(-1);
  return csvLine([...FIELDS.map((name) => record[name]), ...OF_ATTEMPT.map((name) => last?.[name])]);
}

function csvLine(cells: readonly unknown[]): string {
  return `${cells.map(csvCell).join(",")}\r\n`;
}

function csvCell(value: unknown): string {
  if (typeof value !== "string") return value === undefined ? "" : String(value);
  const text = value.replace(FORMULA, "$1'");
  return QUOTED.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
