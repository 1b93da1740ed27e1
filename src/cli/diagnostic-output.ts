// Prints what is wrong with a configuration, for a person or as JSON.
import { count } from "../config/describe-value.ts";
import { type Diagnostic, formatDiagnostic } from "../config/diagnostic.ts";
import type { LoadResult } from "../config/load-config.ts";
import { sourceText } from "../config/source.ts";
import type { CliContext, GlobalOptions } from "./cli-context.ts";
import { paintFor } from "./paint.ts";
import { fitted, note } from "./say.ts";

/** Writes each problem on a line of its own, then how many there are, to the error stream. */
export function printDiagnostics(result: LoadResult, context: CliContext, options: GlobalOptions): void {
  const paint = paintFor(context.err, context, options);
  const all = diagnosticsOf(result);
  for (const diagnostic of all) {
    const { severity } = diagnostic;
    const text = fitted([`${severity} ${formatDiagnostic(diagnostic)}`], context.err);
    const label = severity === "error" ? paint.red(severity) : paint.yellow(severity);
    context.err.write(label + text.slice(severity.length));
  }
  const errors = all.filter(({ severity }) => severity === "error").length;
  if (errors > 0) note(context, `Cannot use the configuration: ${count(errors, "error")}`);
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
