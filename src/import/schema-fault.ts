// Says what the schema of the config file has against a value, without quoting it.
import { z } from "zod";
import { describeValue } from "../config/describe-value.ts";
import type { FieldPath } from "../config/field-path.ts";
import { configSchema } from "../config/schema.ts";
import { schemaInside } from "../config/schema-shape.ts";

/** What was expected, and what is there instead; undefined for a value that the field takes. */
export function schemaFault(path: FieldPath, value: unknown): string | undefined {
  const schema = path.reduce<z.core.$ZodType | undefined>((at, step) => at && schemaInside(at, step), configSchema);
  if (schema === undefined) return "there is no such field";
  const result = z.safeParse(schema, value);
  if (result.success) return undefined;
  const [issue] = result.error.issues;
  const inside = (issue?.path ?? []).map(String).join(".");
  return `${inside === "" ? "" : `${inside}: `}expected ${issue?.message}, got ${describeValue(value)}`;
}
