// `config schema`: prints the JSON Schema of the config file.
import { z } from "zod";
import { configSchema } from "../config/schema.ts";
import { EXIT } from "../core/exit-codes.ts";
import type { CliContext } from "./cli-context.ts";

/** What may be written, before defaults are filled in. */
export function configSchemaCommand({ out }: CliContext): number {
  const schema = { title: "Configuration of openai-balance", ...z.toJSONSchema(configSchema, { io: "input" }) };
  out.write(`${JSON.stringify(schema, null, 2)}\n`);
  return EXIT.ok;
}
