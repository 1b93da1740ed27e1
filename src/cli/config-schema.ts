// `config schema`: prints the JSON Schema of the config file.
import { configJsonSchema } from "../config/json-schema.ts";
import { EXIT } from "../core/exit-codes.ts";
import type { CliContext } from "./cli-context.ts";
import { printJson } from "./print-json.ts";

/** Made from the same description that validates the file. */
export function configSchema(context: CliContext): number {
  printJson(context, configJsonSchema());
  return EXIT.ok;
}
