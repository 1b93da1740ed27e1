// Recognises whose file it is by what stands in it, and reads it into a plan.
import { parseKeyList } from "../admin/parse-key-list.ts";
import { CHANNEL_TABLES, channelNumbersOf, numbersOf, readChannels } from "./channels.ts";
import { GPT_LOAD_TABLES, isGptLoad, readGptLoad } from "./gpt-load.ts";
import { IMPORT_KINDS, type ImportKind, type ImportPlan } from "./import-plan.ts";
import { type ImportContext, ImportFault, type ImportSource, type Row, type Tables } from "./import-source.ts";
import { readKeyList } from "./key-list.ts";
import { isLiteLlm, readLiteLlm } from "./litellm.ts";
import { isMap } from "./read-value.ts";
import { holdsVariables, readVariables, SETTINGS_TABLE } from "./variables.ts";

/** `from`: whose file it is said to be; recognised by its content where nobody says. @throws ImportFault. */
export function readPlan(given: ImportSource, from: ImportKind | undefined, context: ImportContext): ImportPlan {
  const source = asTables(given);
  const kind = from ?? recognise(source);
  if (kind === undefined)
    throw unknown(source.form === "tables" ? " (what its program wrote last may be in a -wal file beside it)" : "");
  if (context.provider !== undefined && kind !== "variables" && kind !== "keys")
    throw new ImportFault("it names its providers itself: leave --provider out");
  switch (kind) {
    case "variables":
      return readVariables(source, context);
    case "gpt-load":
      return readGptLoad(source);
    case "one-api":
    case "new-api":
      return readChannels(source, kind);
    case "litellm":
      return readLiteLlm(source, context);
    case "keys":
      return readKeyList(source, context);
    default:
      return kind satisfies never;
  }
}

/** Undefined for what is nobody's. @throws ImportFault for a dump, in which nothing is looked for. */
export function recognise(given: ImportSource): ImportKind | undefined {
  const source = asTables(given);
  if (source.form === "tables") return recogniseTables(source.tables);
  const { text, json } = source;
  if (json === undefined) return recogniseText(text);
  if (isGptLoad(json)) return "gpt-load";
  const numbers = channelNumbersOf(json);
  if (numbers !== undefined) return numbers;
  if (isMap(json) && "model_list" in json) return "litellm";
  if (isMap(json) && holdsVariables(Object.keys(json))) return "variables";
  return Array.isArray(json) || (isMap(json) && Array.isArray(json.keys)) ? "keys" : undefined;
}

function recogniseTables({ rows }: Tables): ImportKind | undefined {
  if (rows.has(SETTINGS_TABLE)) return "variables";
  if (GPT_LOAD_TABLES.slice(0, 2).every((table) => rows.has(table))) return "gpt-load";
  const channels = rows.get("channels");
  return channels === undefined ? undefined : numbersOf(Object.keys(channels[0] ?? {}));
}

const ASSIGNMENT = /^\s*(?:export\s+)?([A-Za-z_]\w*)\s*=/;

const MOST_LINES = 10_000;
/** As sqlite3, mysqldump and pg_dump write them. */
const STATEMENT = /^(?:CREATE TABLE|INSERT INTO|COPY) /m;

/** Lines that set variables are no keys, whatever they are called. */
function recogniseText(text: string): ImportKind {
  if (isLiteLlm(text)) return "litellm";
  const names = text.split("\n", MOST_LINES).flatMap((line) => ASSIGNMENT.exec(line)?.[1] ?? []);
  if (holdsVariables(names)) return "variables";
  if (STATEMENT.test(text))
    throw new ImportFault("it is a dump in SQL: import the file of SQLite, or the tables of another database as JSON");
  const list = parseKeyList(text);
  if (!list.ok) throw unknown(`, and no list of keys (${list.fault})`);
  return "keys";
}

function unknown(more: string): ImportFault {
  return new ImportFault(
    `it is not known whose file it is${more}: say so with --from, one of ${IMPORT_KINDS.join(", ")}`,
  );
}

/** JSON that holds tables with their rows, as other databases than SQLite write it. */
function asTables(source: ImportSource): ImportSource {
  if (source.form === "tables" || !isMap(source.json)) return source;
  const tables = Object.entries(source.json);
  const isTable = (name: string) => DATABASES.some((names) => names.includes(name));
  const rows = tables.filter((table): table is [string, readonly Row[]] => isTable(table[0]) && isRows(table[1]));
  if (rows.length < 2 && !tables.every(([name]) => name === "channels")) return source;
  return { form: "tables", tables: { rows: new Map(rows), counts: new Map() } };
}

const DATABASES: readonly (readonly string[])[] = [GPT_LOAD_TABLES, CHANNEL_TABLES];

function isRows(value: unknown): boolean {
  return Array.isArray(value) && value.every(isMap);
}
