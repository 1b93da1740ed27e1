// Prints what a command found as JSON, for programs.
import type { CliContext, JsonOption } from "./cli-context.ts";

/** One JSON document. */
export function printJson({ out }: CliContext, value: unknown): void {
  out.write(`${safeJson(JSON.stringify(value, null, 2))}\n`);
}

/** One JSON value on a line of its own, of a stream. */
export function printJsonLine({ out }: CliContext, line: string): void {
  out.write(`${safeJson(line)}\n`);
}

/** JSON leaves as they are what terminals obey (ECMA-48, 5.3), and what makes text read in another order. */
function safeJson(json: string): string {
  return json.replace(/[\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, (char) => {
    return `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}

/** Prints the value where JSON is asked for, and says whether it did. */
export function printedJson(context: CliContext, { json }: JsonOption, value: unknown): boolean {
  if (json !== true) return false;
  printJson(context, value);
  return true;
}
