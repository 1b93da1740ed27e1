// `config show`: prints the values in effect, secrets masked.
import { parse } from "yaml";
import type { LoadedConfig } from "../config/load-config.ts";
import { renderConfig } from "../config/render-config.ts";
import { sourceText } from "../config/source.ts";
import { EXIT } from "../core/exit-codes.ts";
import { printable } from "../core/printable.ts";
import type { CliContext } from "./cli-context.ts";
import { printDiagnostics } from "./diagnostic-output.ts";
import { printJson } from "./print-json.ts";
import { type ConfigOptions, readConfig } from "./read-config.ts";
import { storedKeys } from "./stored-keys.ts";

interface ShowOptions extends ConfigOptions {
  readonly origin?: boolean;
  readonly json?: boolean;
}

/** `EXIT.usage` when the configuration is wrong: then it says why, and shows nothing. */
export function configShow(context: CliContext, options: ShowOptions): number {
  const result = readConfig(context, options, { stored: storedKeys(context, options) });
  if (!result.ok) {
    printDiagnostics(result, context, options);
    return EXIT.usage;
  }
  const hasOrigins = options.origin === true;
  if (options.json) printJson(context, jsonOf(result, hasOrigins));
  else context.out.write(safeLines(renderConfig(result, { origin: hasOrigins })));
  return EXIT.ok;
}

/** Names are anybody's: YAML leaves a few control characters as they are. */
function safeLines(text: string): string {
  return text.split("\n").map(printable).join("\n");
}

function jsonOf(loaded: LoadedConfig, hasOrigins: boolean): unknown {
  const values: unknown = parse(renderConfig(loaded));
  const origins = [...loaded.origins].map(([path, source]) => [path, sourceText(source)] as const);
  return hasOrigins ? { values, origins: Object.fromEntries(origins) } : values;
}
