// Completes the value of an item of a list that is addressed by its name.

import type { z } from "zod";
import { fieldNames } from "../schema-shape.ts";

export type NamedItem =
  | { readonly ok: true; readonly value: Readonly<Record<string, unknown>> }
  | { readonly ok: false; readonly message: string };

/** What an item with a name holds its secret in, where a text alone would do without a name. */
const SECRET_NAMES = ["token", "key"] as const;

/** The map with its name first; a text or reference alone is the secret of the item. */
export function namedItem(schema: z.core.$ZodType, name: string, value: unknown): NamedItem {
  const known = fieldNames(schema);
  const secretName = SECRET_NAMES.find((field) => known.includes(field));
  const isMap = typeof value === "object" && value !== null && !Array.isArray(value);
  if (secretName !== undefined && (!isMap || "env" in value || "file" in value)) {
    return { ok: true, value: { name, [secretName]: value } };
  }
  if (!isMap) return { ok: false, message: "expected a map such as { name: value }" };
  const { name: own = name, ...others } = value as Record<string, unknown>;
  if (own !== name) return { ok: false, message: "expected a map whose name is the one of the path, or has none" };
  return { ok: true, value: { name, ...others } };
}
