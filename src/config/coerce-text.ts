// Turns text from a variable or flag into the kind of value that its field expects.

import { z } from "zod";
import { unwrapped } from "./schema-shape.ts";

/** Text that does not fit is returned as it is: the validation says what was expected. */
export function coerceText(schema: z.core.$ZodType, text: string): unknown {
  const inner = unwrapped(schema);
  if (inner instanceof z.ZodNumber) return /^-?\d+(\.\d+)?$/.test(text.trim()) ? Number(text) : text;
  if (inner instanceof z.ZodBoolean) return wordOf(text.trim().toLowerCase()) ?? text;
  if (inner instanceof z.ZodArray) return parseList(text) ?? text;
  if (inner instanceof z.ZodObject || inner instanceof z.ZodRecord) return parseJson(text, "{") ?? text;
  if (inner instanceof z.ZodUnion) return parseJson(text, "{") ?? numberAmong(inner.options, text) ?? text;
  return text;
}

function numberAmong(options: readonly z.core.$ZodType[], text: string): unknown {
  const schema = options.find((option) => option instanceof z.ZodNumber);
  return schema && coerceText(schema, text);
}

/** The items of a JSON list, or of one separated by commas or lines; undefined for text that begins as JSON but is none. */
export function parseList(text: string): unknown {
  return text.trimStart().startsWith("[") ? parseJson(text, "[") : splitList(text);
}

/** The items of a list separated by commas or lines, trimmed, without empty ones. */
export function splitList(text: string): string[] {
  return text
    .split(/[,\r\n]/)
    .map((item) => item.trim())
    .filter((item) => item !== "");
}

/** The value of JSON text that begins with `opening`; undefined for everything else. */
export function parseJson(text: string, opening: "[" | "{"): unknown {
  if (!text.trimStart().startsWith(opening)) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** True or false in the spellings of shells and env files; undefined for everything else. */
export function wordOf(text: string): boolean | undefined {
  if (["true", "1", "yes", "on"].includes(text)) return true;
  return ["false", "0", "no", "off"].includes(text) ? false : undefined;
}
