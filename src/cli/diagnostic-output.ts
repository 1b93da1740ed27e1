// Prints what is wrong with a configuration, for a person or as JSON.
import { type Diagnostic, formatDiagnostic } from "../config/diagnostic.ts";
import type { LoadResult } from "../config/load-config.ts";
import { sourceText } from "../config/source.ts";
import type { CliContext, GlobalOptions } from "./cli-context.ts";
import { paintFor } from "./paint.ts";

/** Writes each problem on a line of its own, then how many there are, to the error stream. */
export function printDiagnostics(result: LoadResult, context: CliContext, options: GlobalOptions): void {
  const paint = paintFor(context.err, context, options);
  const all = diagnosticsOf(result);
  for (const diagnostic of all) {
    const isError = diagnostic.severity === "error";
    const label = isError ? paint.red("error") : paint.yellow("warning");
    context.err.write(`${label} ${formatDiagnostic(diagnostic)}\n`);
  }
  const errors = all.filter(({ severity }) => severity === "error").length;
  if (errors > 0) context.err.write(`Cannot use the configuration: ${count(errors, "error")}\n`);
}

/** The same as a JSON value. */
export function diagnosticsAsJson(result: LoadResult): readonly object[] {
  return diagnosticsOf(result).map(({ severity, source, path, message }) => ({
    severity,
    source: source === undefined ? null : sourceText(source),
    path,
    message,
  }));
}

function diagnosticsOf(result: LoadResult): readonly Diagnostic[] {
  return result.ok ? result.warnings : result.diagnostics;
}

function count(amount: number, noun: string): string {
  return amount === 1 ? `1 ${noun}` : `${amount} ${noun}s`;
}
