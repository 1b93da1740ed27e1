// `config schema`: prints the JSON Schema of the config file.
import { configJsonSchema } from "../config/json-schema.ts";
import { EXIT } from "../core/exit-codes.ts";
import type { CliContext } from "./cli-context.ts";

/** Made from the same description that validates the file. */
export function configSchema({ out }: CliContext): number {
  out.write(`${JSON.stringify(configJsonSchema(), null, 2)}\n`);
  return EXIT.ok;
}
