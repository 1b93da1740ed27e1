// A file of another program, as the parsers are given it.
import { parseDocument } from "yaml";
import { UserError } from "../core/user-error.ts";

/** A row of a table, by the names of its columns. */
export type Row = Readonly<Record<string, unknown>>;

/** `counts`: how many rows tables have that are not read. */
export interface Tables {
  readonly rows: ReadonlyMap<string, readonly Row[]>;
  readonly counts: ReadonlyMap<string, number>;
}

/** `json`: undefined for a text that is none. */
export type ImportSource =
  | { readonly form: "text"; readonly text: string; readonly json: unknown }
  | { readonly form: "tables"; readonly tables: Tables };

/** The environment that a file may refer to, and the provider that the command names. */
export interface ImportContext {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly provider: string | undefined;
}

/** As far as it is worth while to look for a fault. */
const MOST_LOOKED_AT = 1_000_000;

/** What is wrong with a file that was to be imported; its message never quotes the file. */
export class ImportFault extends UserError {}

/** The source that a text is. @throws ImportFault for one that begins as JSON and is none. */
export function textSource(written: string): ImportSource {
  const text = written.replace(/^\uFEFF/, "");
  if (!/^\s*[[{]/.test(text)) return { form: "text", text, json: undefined };
  try {
    return { form: "text", text, json: JSON.parse(text) };
  } catch {
    throw new ImportFault(`it begins as JSON, but is none${placeOfFault(text)}`);
  }
}

/** JSON is YAML, whose parser says where, and quotes nothing in doing so. */
function placeOfFault(text: string): string {
  const document = parseDocument(text.slice(0, MOST_LOOKED_AT), { logLevel: "error" });
  const at = text.length > MOST_LOOKED_AT ? undefined : document.errors[0]?.linePos?.[0];
  return at === undefined ? "" : ` (line ${at.line}, column ${at.col})`;
}
