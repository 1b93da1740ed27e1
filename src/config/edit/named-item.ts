// Completes the value of an item of a list that is addressed by its name.

import { fieldNames, schemaInside } from "../schema-shape.ts";
import type { Setting } from "./locate-setting.ts";

export type NamedItem =
  | { readonly ok: true; readonly setting: Setting; readonly value: unknown }
  | { readonly ok: false; readonly message: string };

/** What an item with a name holds its secret in, where a text alone would do without a name. */
const SECRET_NAMES = ["token", "key"];

/**
 * The map with its name first. A text or reference alone is the secret of the item: of an item that is there
 * nothing else changes.
 */
export function namedItem(setting: Setting, name: string, value: unknown): NamedItem {
  const { schema, path, missing } = setting;
  const secretName = SECRET_NAMES.find((field) => fieldNames(schema).includes(field));
  const isMap = typeof value === "object" && value !== null && !Array.isArray(value);
  if (secretName !== undefined && (!isMap || "env" in value || "file" in value)) {
    const secret = schemaInside(schema, secretName);
    if (missing !== undefined || secret === undefined)
      return { ok: true, setting, value: { name, [secretName]: value } };
    return { ok: true, setting: { path: [...path, secretName], schema: secret }, value };
  }
  if (!isMap) return { ok: false, message: "expected a map such as { name: value }" };
  const { name: own = name, ...others } = value as Record<string, unknown>;
  if (own !== name) return { ok: false, message: "expected a map whose name is the one of the path, or has none" };
  return { ok: true, setting, value: { name, ...others } };
}
