// Gives strings in which variables were replaced the kind that their field expects.

import type { z } from "zod";
import { coerceText } from "./coerce-text.ts";
import { type FieldPath, pathText } from "./field-path.ts";
import { schemaInside } from "./schema-shape.ts";

/** `port: ${PORT}` is a number, `include: ${PATTERNS}` a list: only where a variable was replaced. */
export function coerceReplaced(schema: z.core.$ZodType, value: unknown, replaced: ReadonlySet<string>): unknown {
  const walk = (inside: z.core.$ZodType | undefined, node: unknown, path: FieldPath): unknown => {
    if (inside === undefined) return node;
    if (typeof node === "string") return replaced.has(pathText(path)) ? coerceText(inside, node) : node;
    if (Array.isArray(node))
      return node.map((item, index) => walk(schemaInside(inside, index), item, [...path, index]));
    if (typeof node !== "object" || node === null) return node;
    const entries = Object.entries(node);
    return Object.fromEntries(
      entries.map(([name, item]) => [name, walk(schemaInside(inside, name), item, [...path, name])]),
    );
  };
  return walk(schema, value, []);
}
