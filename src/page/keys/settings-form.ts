// The form in which settings of keys are edited: the texts of its fields, and what they say of keys.
import type { InputOf } from "../../admin/operation-table.ts";
import type { TextKey } from "../texts/texts.ts";
import type { KeyRow } from "./key-row.ts";

/** What is said of keys that are added. */
export type KeySettings = NonNullable<InputOf<"keys.add">["settings"]>;

/** What is to change of keys that are there; `null` takes a setting back. */
export type KeyChange = Pick<InputOf<"keys.set">, "name" | "weight" | "priority" | "models" | "limits">;

export const LIMIT_FIELDS = ["rpm", "rpd", "tpm", "tpd", "concurrency", "day"] as const;
export const FIELDS = ["name", "weight", "priority", "models", ...LIMIT_FIELDS] as const;

export type FieldName = (typeof FIELDS)[number];

/** An empty text: nothing is said. */
export type SettingsForm = Readonly<Record<FieldName, string>>;

export const EMPTY_FORM = Object.fromEntries(FIELDS.map((field) => [field, ""])) as SettingsForm;

const MOST_NAME_CHARS = 200;
/** As `src/core/sizes.ts` reads counts. */
const COUNT = /^\d+(\.\d+)?\s*[km]?$/i;

/** What is said of one key, as its fields show it. */
export function formOf({ name, masked, weight, priority, models, own_limits: limits = {} }: KeyRow): SettingsForm {
  const ofLimits = LIMIT_FIELDS.map((field) => [field, String(limits[field] ?? "")]);
  return {
    ...EMPTY_FORM,
    ...Object.fromEntries(ofLimits),
    // The masked form is the name of a key that has none of its own.
    name: name.startsWith(masked) ? "" : name,
    weight: weight === 1 ? "" : String(weight),
    priority: priority === 0 ? "" : String(priority),
    models: (models ?? []).join(", "),
  };
}

/** Those that say another thing than before. */
export function changedFields(before: SettingsForm, now: SettingsForm): readonly FieldName[] {
  return FIELDS.filter((field) => before[field].trim() !== now[field].trim());
}

/** What these fields say of keys that are there; an empty one takes its setting back. */
export function changeOf(form: SettingsForm, fields: readonly FieldName[]): KeyChange {
  const said = fields.map((field) => [field, valueIn(field, form) ?? null] as const);
  const limits = said.filter(([field]) => isLimit(field));
  const others = said.filter(([field]) => !isLimit(field));
  return { ...Object.fromEntries(others), ...(limits.length > 0 && { limits: Object.fromEntries(limits) }) };
}

/** What is said of keys that are added; undefined where that is nothing. */
export function settingsOf(form: SettingsForm): KeySettings | undefined {
  const fields = FIELDS.filter((field) => form[field].trim() !== "");
  return fields.length === 0 ? undefined : (changeOf(form, fields) as KeySettings);
}

/** What is wrong with a field, as far as that can be told here; the daemon looks at everything. */
export function faultOf(field: FieldName, form: SettingsForm): TextKey | undefined {
  const text = form[field].trim();
  if (text === "") return undefined;
  switch (field) {
    case "name":
      return text.length > MOST_NAME_CHARS ? "key_edit.faults.name" : undefined;
    case "weight":
      return Number(text) > 0 && Number(text) <= 1_000 ? undefined : "key_edit.faults.weight";
    case "priority":
      return /^-?\d+$/.test(text) && Math.abs(Number(text)) <= 1_000 ? undefined : "key_edit.faults.priority";
    case "models":
      return patternsIn(text).length === 0 ? "key_edit.faults.models" : undefined;
    case "day":
      return undefined;
    default:
      return COUNT.test(text) && Number.parseFloat(text) > 0 ? undefined : "key_edit.faults.limit";
  }
}

export function isFine(form: SettingsForm): boolean {
  return FIELDS.every((field) => faultOf(field, form) === undefined);
}

function isLimit(field: FieldName): boolean {
  return LIMIT_FIELDS.some((limit) => limit === field);
}

function valueIn(field: FieldName, form: SettingsForm): string | number | readonly string[] | undefined {
  const text = form[field].trim();
  if (text === "") return undefined;
  if (field === "models") return patternsIn(text);
  if (field === "name" || field === "day") return text;
  return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text;
}

function patternsIn(text: string): readonly string[] {
  return text
    .split(/[,\n]/)
    .map((pattern) => pattern.trim())
    .filter((pattern) => pattern !== "");
}
