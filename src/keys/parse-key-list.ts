// Reads lists of keys that people bring: one key a line, or JSON as `keys export` writes it.
import { z } from "zod";

/** A key to import; what is missing is as the command says. */
const importedKey = z.strictObject({
  key: z.string().min(1),
  provider: z.string().min(1).optional(),
  name: z.string().min(1).optional(),
  weight: z.number().positive().optional(),
  priority: z.int().optional(),
  models: z.array(z.string().min(1)).min(1).optional(),
});

export type ImportedKey = z.output<typeof importedKey>;

export type KeyList =
  | { readonly ok: true; readonly keys: readonly ImportedKey[] }
  | { readonly ok: false; readonly fault: string };

const listSchema = z.array(
  z.union([
    z
      .string()
      .min(1)
      .transform((key) => ({ key })),
    importedKey,
  ]),
);
const fileSchema = z.object({ keys: listSchema });

/** `OPENAI_API_KEY=`, as in a file of variables; Base64 ends in `=` alone. */
const ASSIGNMENT = /^(?:export\s+)?[A-Za-z][A-Za-z\d]*_\w*=[^=]/;
const QUOTED = /^(["'`]).*\1$/;

/**
 * The keys of a text: JSON (`{"keys": [...]}` or a list of strings or maps), else one key a line; `#` begins a comment.
 * No fault ever quotes the text.
 */
export function parseKeyList(text: string): KeyList {
  const clean = text.replace(/^\uFEFF/, "").trim();
  return /^[[{]/.test(clean) ? parseJson(clean) : parseLines(clean);
}

function parseJson(text: string): KeyList {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { ok: false, fault: "it begins as JSON, but is none" };
  }
  const parsed = Array.isArray(value) ? listSchema.safeParse(value) : fileSchema.safeParse(value);
  if (parsed.success) return { ok: true, keys: Array.isArray(parsed.data) ? parsed.data : parsed.data.keys };
  const place = parsed.error.issues[0]?.path.filter((step) => step !== "keys").join(".");
  return { ok: false, fault: `expected a list of keys, or of maps with a field key (entry ${place || "0"})` };
}

function parseLines(text: string): KeyList {
  const keys: ImportedKey[] = [];
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    const key = line.replace(/(^|\s)#.*$/, "").trim();
    if (key === "") continue;
    const fault = faultOf(key);
    if (fault !== undefined) return { ok: false, fault: `line ${index + 1} ${fault}, expected one key a line` };
    keys.push({ key });
  }
  return { ok: true, keys };
}

/** What other kinds of files have around a key, where it would be taken for a part of it. */
function faultOf(line: string): string | undefined {
  if (ASSIGNMENT.test(line)) return "sets a variable";
  if (/\s/.test(line)) return "has a space";
  return QUOTED.test(line) ? "is in quotes" : undefined;
}
