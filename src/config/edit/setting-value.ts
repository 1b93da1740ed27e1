// Makes the value that a field expects of the text that was typed for it.

import { isAlias, isMap, isNode, isPair, isScalar, type Node, parseDocument, visit } from "yaml";
import { z } from "zod";
import { coerceText, splitList } from "../coerce-text.ts";
import { describeValue } from "../describe-value.ts";
import { unwrapped } from "../schema-shape.ts";

export type SettingValue =
  | {
      readonly ok: true;
      readonly value: unknown;
      /** A list or map was written in brackets, and is to be written so. */
      readonly isFlow: boolean;
    }
  /** What was expected, without the text. */
  | { readonly ok: false; readonly message: string };

const MAP = "expected a map such as { name: value }";
const LIST = "expected a list such as [first, second]";

/** Whether the value fits is left to the validation; lists and maps are YAML, lists of texts also separated by commas. */
export function settingValue(schema: z.core.$ZodType, text: string): SettingValue {
  const inner = unwrapped(schema);
  if (isMapSchema(inner)) return yamlValue(text, "map");
  if (inner instanceof z.ZodArray) return listValue(inner, text);
  if (inner instanceof z.ZodUnion) return unionValue(inner, text);
  return { ok: true, value: coerceText(inner, text), isFlow: true };
}

/** A map with fixed or free fields, and nothing else. */
export function isMapSchema(schema: z.core.$ZodType): boolean {
  const inner = unwrapped(schema);
  return inner instanceof z.ZodObject || inner instanceof z.ZodRecord;
}

function listValue(schema: z.ZodArray, text: string): SettingValue {
  const start = text.trimStart();
  if (/^(?:\[|-(?:\s|$))/.test(start)) return yamlValue(text, "list");
  if (start.startsWith("{") || !acceptsText(schema.element)) {
    return { ok: false, message: `${LIST}, got ${describeValue(text)}` };
  }
  return { ok: true, value: splitList(text), isFlow: true };
}

function unionValue(schema: z.ZodUnion, text: string): SettingValue {
  const options = schema.options.map(unwrapped);
  const start = text.trimStart();
  if (start.startsWith("{") && options.some(isMapSchema)) return yamlValue(text, "map");
  if (start.startsWith("[") && options.some((option) => option instanceof z.ZodArray)) return yamlValue(text, "list");
  const number = options.find((option) => option instanceof z.ZodNumber);
  return { ok: true, value: number === undefined ? text : coerceText(number, text), isFlow: true };
}

function acceptsText(schema: z.core.$ZodType): boolean {
  const inner = unwrapped(schema);
  return inner instanceof z.ZodUnion ? inner.options.some(acceptsText) : inner instanceof z.ZodString;
}

function yamlValue(text: string, kind: "map" | "list"): SettingValue {
  const expected = kind === "map" ? MAP : LIST;
  const document = parseDocument(text, { logLevel: "error", prettyErrors: false });
  const { contents } = document;
  if (document.errors.length > 0 || document.warnings.length > 0 || !isSimple(contents)) {
    return { ok: false, message: `${expected}, got text that is no plain YAML; special characters need quotes` };
  }
  const value: unknown = document.toJS();
  const found = Array.isArray(value) ? "list" : typeof value === "object" && value !== null ? "map" : undefined;
  if (found !== kind) return { ok: false, message: `${expected}, got ${describeValue(value)}` };
  return { ok: true, value, isFlow: contents !== null && "flow" in contents && contents.flow === true };
}

/** Nothing but lists, maps with plain names, and scalars: no aliases, whose anchors would be needed in the file. */
function isSimple(contents: Node | null): boolean {
  let isSimpleSoFar = true;
  visit(contents, (_, node) => {
    if (isAlias(node) || (isNode(node) && "anchor" in node && node.anchor !== undefined)) isSimpleSoFar = false;
    if (isPair(node) && !isScalar(node.key)) isSimpleSoFar = false;
    if (isMap(node) && node.has("__proto__")) isSimpleSoFar = false;
    return isSimpleSoFar ? undefined : visit.BREAK;
  });
  return isSimpleSoFar;
}
