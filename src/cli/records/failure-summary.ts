// What most of the failures among some records have in common, so that nobody has to count lines.
import type { RecordRow } from "../../admin/record-rows.ts";
import { count } from "../../config/describe-value.ts";
import { severityOf, whyText } from "./record-words.ts";

const MOST_LINES = 3;
/** Fewer failures are seen at a glance. */
const FEWEST = 5;

/** `57 of 61 failures: 500 server_error at openai, with 3 keys`, those with most first; empty where there are few. */
export function failureSummary(rows: readonly RecordRow[]): readonly string[] {
  const failures = rows.filter((row) => severityOf(row) === "bad" || severityOf(row) === "poor");
  if (failures.length < FEWEST) return [];
  const groups = [...Map.groupBy(failures, causeText)].toSorted(([, a], [, b]) => b.length - a.length);
  const tokens = new Set(failures.map(({ token }) => token));
  const shown = groups
    .slice(0, MOST_LINES)
    .map(([cause, alike]) => `${alike.length} of ${failures.length} failures: ${cause}${whoText(alike, tokens.size)}`);
  const more = groups.length - MOST_LINES;
  return more > 0 ? [...shown, `and ${count(more, "other kind")}`] : shown;
}

function causeText(row: RecordRow): string {
  const { status, provider } = row;
  const what = [...(status === undefined ? [] : [status]), whyText(row) ?? "an error"].join(" ");
  return provider === undefined ? what : `${what} at ${provider}`;
}

/** The key or client token that all of them have, where others have others. */
function whoText(alike: readonly RecordRow[], tokensOfAll: number): string {
  const keys = new Set(alike.map(({ key }) => key));
  const tokens = new Set(alike.map(({ token }) => token));
  const [key] = keys;
  const [token] = tokens;
  const keyText = keys.size === 1 ? key && `the key ${key}` : `${keys.size} keys`;
  const isOfOne = tokens.size === 1 && tokensOfAll > 1 && token !== undefined;
  return `${keyText ? `, with ${keyText}` : ""}${isOfOne ? `, all of the client token ${token}` : ""}`;
}
