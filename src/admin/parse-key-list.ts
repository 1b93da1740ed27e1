// Reads lists of keys that people bring: one key a line, or JSON as `keys export` writes it.
import { z } from "zod";
import { limitsSchema } from "../config/limits-schema.ts";
import { maskSecret } from "../core/redaction.ts";

/** A key to import; what is missing is as the command says. */
const importedKey = z.strictObject({
  key: z.string().min(1),
  provider: z.string().min(1).optional(),
  name: z.string().min(1).optional(),
  weight: z.number().positive().optional(),
  priority: z.int().optional(),
  models: z.array(z.string().min(1)).min(1).optional(),
  limits: limitsSchema.optional(),
});

export type ImportedKey = z.output<typeof importedKey>;

export type KeyList =
  | { readonly ok: true; readonly keys: readonly ImportedKey[] }
  | { readonly ok: false; readonly fault: string };

/** `line`: of the text, or the place in a JSON list, counted from 1. */
export type KeyEntry = { readonly line: number } & (
  | { readonly ok: true; readonly key: ImportedKey }
  /** `where`: as a message about the whole text names the place. */
  | { readonly ok: false; readonly masked: string; readonly fault: string; readonly where: string }
);

/** What a text holds, good and bad, in its order: looked at while it is gone through, once, as it may be long. */
export type KeyEntries =
  | { readonly ok: true; readonly entries: Iterable<KeyEntry> }
  | { readonly ok: false; readonly fault: string };

const entrySchema = z.union([
  z
    .string()
    .min(1)
    .transform((key) => ({ key })),
  importedKey,
]);

/** `OPENAI_API_KEY=`, as in a file of variables; Base64 ends in `=` alone. */
const ASSIGNMENT = /^(?:export\s+)?[A-Za-z][A-Za-z\d]*_\w*=[^=]/;
const QUOTED = /^(["'`]).*\1$/;

const NO_LIST = "expected a list of keys, or of maps with a field key";

/** The keys of a text, all or none. No fault ever quotes the text. */
export function parseKeyList(text: string): KeyList {
  const read = readKeyEntries(text);
  if (!read.ok) return read;
  const keys: ImportedKey[] = [];
  for (const entry of read.entries) {
    if (!entry.ok) return { ok: false, fault: entry.where };
    keys.push(entry.key);
  }
  return { ok: true, keys };
}

/**
 * Each key of a text for itself: JSON (`{"keys": [...]}` or a list of strings or maps), else one key a line; `#` begins
 * a comment. No fault ever quotes the text.
 */
export function readKeyEntries(text: string): KeyEntries {
  const isJson = /^[[{]/.test(text.replace(/^\uFEFF/, "").trimStart());
  return isJson ? readJson(text.replace(/^\uFEFF/, "")) : { ok: true, entries: readLines(text) };
}

function readJson(text: string): KeyEntries {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { ok: false, fault: "it begins as JSON, but is none" };
  }
  const list = Array.isArray(value) ? value : (value as { readonly keys?: unknown }).keys;
  if (!Array.isArray(list)) return { ok: false, fault: `${NO_LIST} (entry 0)` };
  return { ok: true, entries: Iterator.from(list).map(readItem) };
}

function readItem(item: unknown, index: number): KeyEntry {
  const parsed = entrySchema.safeParse(item);
  if (parsed.success) return { line: index + 1, ok: true, key: parsed.data };
  const path = parsed.error.issues[0]?.path ?? [];
  const where = `${NO_LIST} (entry ${[index, ...path].join(".")})`;
  const inside = path.length === 0 ? "" : `, and ${path.join(".")} is not as it should be`;
  const fault = `expected a key, or a map with a field key${inside}`;
  return { line: index + 1, ok: false, masked: maskSecret(secretIn(item)), fault, where };
}

function secretIn(item: unknown): string {
  const secret = typeof item === "object" && item !== null && "key" in item ? item.key : item;
  return typeof secret === "string" ? secret : "";
}

function* readLines(text: string): Generator<KeyEntry> {
  for (const [index, written] of text.split(/\r?\n/).entries()) {
    // A mark of the order of bytes counts as a space.
    const key = written.replace(/(^|\s)#.*$/, "").trim();
    if (key !== "") yield readLine(key, index + 1);
  }
}

function readLine(key: string, line: number): KeyEntry {
  const fault = faultOf(key);
  if (fault === undefined) return { line, ok: true, key: { key } };
  const where = `line ${line} ${fault}, expected one key a line`;
  return { line, ok: false, masked: maskSecret(key), fault: `it ${fault}, expected one key a line`, where };
}

/** What other kinds of files have around a key, where it would be taken for a part of it. */
function faultOf(line: string): string | undefined {
  if (ASSIGNMENT.test(line)) return "sets a variable";
  if (/\s/.test(line)) return "has a space";
  return QUOTED.test(line) ? "is in quotes" : undefined;
}
