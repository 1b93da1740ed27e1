// Prints what a command found as JSON, for programs.
import type { CliContext, JsonOption } from "./cli-context.ts";

/** One JSON document. */
export function printJson({ out }: CliContext, value: unknown): void {
  out.write(`${JSON.stringify(value, null, 2)}\n`);
}

/** Prints the value where JSON is asked for, and says whether it did. */
export function printedJson(context: CliContext, { json }: JsonOption, value: unknown): boolean {
  if (json !== true) return false;
  printJson(context, value);
  return true;
}
