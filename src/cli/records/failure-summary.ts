// What most of the failures among some records have in common, so that nobody has to count lines.
import type { RecordRow } from "../../admin/record-rows.ts";
import { count } from "../../config/describe-value.ts";
import { severityOf, whyText } from "./record-words.ts";

const MOST_LINES = 3;
/** Fewer failures are seen at a glance. */
const FEWEST = 5;

/** `57 of 61 failures: server_error (500) at openai/team-a`, those with most first; empty where there are few. */
export function failureSummary(rows: readonly RecordRow[]): readonly string[] {
  const failures = rows.filter((row) => severityOf(row) === "bad" || severityOf(row) === "poor");
  if (failures.length < FEWEST) return [];
  const groups = [...Map.groupBy(failures, causeText)].toSorted(([, a], [, b]) => b.length - a.length);
  const shown = groups
    .slice(0, MOST_LINES)
    .map(([cause, { length }]) => `${length} of ${failures.length} failures: ${cause}`);
  const more = groups.length - MOST_LINES;
  return more > 0 ? [...shown, `and ${count(more, "other kind")}`] : shown;
}

function causeText(row: RecordRow): string {
  const { status, provider, key } = row;
  const what = whyText(row) ?? "an error";
  const answer = status === undefined ? "" : ` (${status})`;
  return `${what}${answer}${provider === undefined ? "" : ` at ${provider}/${key ?? "?"}`}`;
}
