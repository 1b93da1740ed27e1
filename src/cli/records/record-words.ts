// The words in which commands tell of request records.
import type { RecordRow } from "../../admin/record-rows.ts";
import { roughDuration } from "../../core/durations.ts";
import { localTime } from "../../core/local-time.ts";

const TENTHS_UNTIL_MS = 60_000;

/** `911ms`, `12.1s`, `3m20s`. */
export function spanText(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)}ms`;
  return ms < TENTHS_UNTIL_MS ? `${(ms / 1_000).toFixed(1)}s` : roughDuration(ms);
}

/** `from 2026-01-31 12:00:00 +01:00 to …`: long periods begin at the hour into which they fall. */
export function countedText({ from, to }: { readonly from: string; readonly to: string }, zone: string): string {
  const [start, end] = [from, to].map((time) => localTime(Date.parse(time)));
  return `from ${start} to ${end} (${zone})`;
}

/** Money as it is read: `0.0012`, `12.35`. */
export function moneyText(amount: number): string {
  return String(amount < 1 ? Number(amount.toPrecision(2)) : Math.round(amount * 100) / 100);
}

/** Digits in threes. */
export function amountText(amount: number): string {
  return amount.toLocaleString("en-US");
}

/** What was wrong: our own code, as the client got it, and how the last attempt ended. */
export function whyText({ end, status, error_code, outcome }: RecordRow): string | undefined {
  if (end === "client_gone") return "the client left";
  const code = codeText(error_code, outcome === "ok" ? undefined : outcome);
  if (end === "interrupted") return code === undefined ? "broken off" : `broken off: ${code}`;
  return (status ?? 0) >= 400 || end === "error" ? code : undefined;
}

/** Both, where the one does not tell the other: `upstream_invalid_response (overloaded)`. */
function codeText(code: string | undefined, outcome: string | undefined): string | undefined {
  if (code === undefined || outcome === undefined) return code ?? outcome;
  return code.includes(outcome) ? code : `${code} (${outcome})`;
}

export type Severity = "good" | "poor" | "bad" | "none";

/** How much a person should look at it. */
export function severityOf({ end, failed, status }: RecordRow): Severity {
  if (failed || end === "interrupted" || (status ?? 0) >= 500) return "bad";
  if (end === "client_gone") return "none";
  return (status ?? 0) >= 400 || end === "error" ? "poor" : "good";
}
