// Recognises whose file it is by what stands in it, and reads it into a plan.
import { channelNumbersOf, numbersOf, readChannels } from "./channels.ts";
import { GPT_LOAD_TABLES, isGptLoad, readGptLoad } from "./gpt-load.ts";
import { IMPORT_KINDS, type ImportKind, type ImportPlan } from "./import-plan.ts";
import { type ImportContext, ImportFault, type ImportSource, type Tables } from "./import-source.ts";
import { readKeyList } from "./key-list.ts";
import { isLiteLlm, readLiteLlm } from "./litellm.ts";
import { isMap } from "./read-value.ts";
import { holdsVariables, readVariables, SETTINGS_TABLE } from "./variables.ts";

/** `from`: whose file it is said to be; recognised by its content where nobody says. @throws ImportFault. */
export function readPlan(source: ImportSource, from: ImportKind | undefined, context: ImportContext): ImportPlan {
  const kind = from ?? recognise(source);
  if (kind === undefined)
    throw new ImportFault(`it is not known whose file it is: say so with --from, one of ${IMPORT_KINDS.join(", ")}`);
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

/** Undefined for what is nobody's. */
export function recognise(source: ImportSource): ImportKind | undefined {
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

/** Lines that set variables are no keys, whatever they are called. */
function recogniseText(text: string): ImportKind {
  if (isLiteLlm(text)) return "litellm";
  const names = text.split("\n", MOST_LINES).flatMap((line) => ASSIGNMENT.exec(line)?.[1] ?? []);
  return holdsVariables(names) ? "variables" : "keys";
}

const MOST_LINES = 10_000;
