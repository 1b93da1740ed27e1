// `config check`: says everything that is wrong with the configuration.
import type { Config } from "../config/config.ts";
import { EXIT } from "../core/exit-codes.ts";
import type { CliContext } from "./cli-context.ts";
import { diagnosticsAsJson, printDiagnostics } from "./diagnostic-output.ts";
import { printJson } from "./print-json.ts";
import { type ConfigOptions, readConfig } from "./read-config.ts";
import { say } from "./say.ts";
import { storedKeys } from "./stored-keys.ts";

/** `EXIT.ok` with warnings only, `EXIT.usage` with an error. */
export function configCheck(context: CliContext, options: ConfigOptions & { readonly json?: boolean }): number {
  const result = readConfig(context, options, { stored: storedKeys(context, options) });
  if (options.json) {
    printJson(context, { ok: result.ok, diagnostics: diagnosticsAsJson(result) });
  } else {
    printDiagnostics(result, context, options);
    if (result.ok) say(context, options, summary(result.config, result.file));
  }
  return result.ok ? EXIT.ok : EXIT.usage;
}

function summary({ providers, models }: Config, file: string | undefined): string {
  const keys = providers.reduce((sum, provider) => sum + provider.keys.length, 0);
  const counts = `providers: ${providers.length}, keys: ${keys}, model names: ${models.size}`;
  return `${file ?? "The environment"} is valid (${counts})`;
}
