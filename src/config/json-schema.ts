// The JSON Schema of the configuration, for editors.

import { z } from "zod";
import { configSchema } from "./schema.ts";

/** Any field may hold a reference to a variable, which is replaced before its kind is checked. */
const REFERENCE = { type: "string", pattern: "\\$\\{" } as const;

/** Draft 2020-12. */
export function configJsonSchema(): Readonly<Record<string, unknown>> {
  const schema = z.toJSONSchema(configSchema, {
    io: "input",
    override: ({ zodSchema, jsonSchema }) => {
      const { type } = zodSchema._zod.def;
      if (type !== "number" && type !== "boolean" && type !== "enum" && type !== "array") return;
      const { default: standard, description, ...own } = jsonSchema;
      for (const field of Object.keys(jsonSchema)) Reflect.deleteProperty(jsonSchema, field);
      Object.assign(
        jsonSchema,
        standard === undefined ? {} : { default: standard },
        description === undefined ? {} : { description },
      );
      jsonSchema.anyOf = [own, REFERENCE];
    },
  });
  return { ...schema, title: "Configuration of openai-balance" };
}
