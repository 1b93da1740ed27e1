// The reference of all fields as Markdown, made from the schema.

import { z } from "zod";
import { OWN_VARIABLES } from "./own-variables.ts";
import { PRESETS } from "./presets.ts";
import { providerSchema } from "./provider-schema.ts";
import { configSchema } from "./schema.ts";
import { fieldsOf, unwrapped } from "./schema-shape.ts";
import { WEBHOOK_EVENTS } from "./webhook-events.ts";

interface Row {
  readonly field: string;
  readonly kind: string;
  readonly standard: string;
  readonly meaning: string;
}

/** The whole of docs/config.md. */
export function renderReference(): string {
  const top = Object.entries(configSchema.shape);
  const sections = top.filter(([, schema]) => fieldsOf(schema) !== undefined);
  const single = top.filter(([, schema]) => fieldsOf(schema) === undefined);
  return [
    INTRODUCTION,
    "## Top level",
    table(single.map(([name, schema]) => rowOf(name, schema))),
    ...sections.flatMap(([name, schema]) => [`## \`${name}\``, describe(schema), table(rowsOf(schema, ""))]),
    "## `providers`",
    "Each entry describes one provider. What is not written is taken from the top level where the same field stands there.",
    table(rowsOf(providerSchema, "").map((row) => inheriting(row, "top level"))),
    "### `providers[].api_keys`",
    "An entry is a string, `{ env: NAME }`, `{ file: PATH }`, or a map:",
    table(rowsOf(mapIn(providerSchema.shape.api_keys, "key"), "").map((row) => inheriting(row, "provider"))),
    "### Presets",
    "A provider with one of these names needs no `base_url`; without keys of its own it takes them from the variable.",
    presetTable(),
    "## `rules`",
    "An entry is a map. It needs a condition, which is `status`, `code` or `body_matches`; all that are given must hold. Those of a provider come first, and have no field `provider`. Health, logs and `explain` name the rule by its place: `rule_2` is the second of the top level, `provider_rule_2` the second of its provider.",
    table(rowsOf(itemIn(configSchema.shape.rules), "")),
    "## `auth.client_tokens`",
    "An entry is a string, `{ env: NAME }`, `{ file: PATH }`, or a map:",
    table(rowsOf(mapIn(authField("client_tokens"), "token"), "")),
    "## `webhooks`",
    "An entry is a map; [webhooks](webhooks.md) says what is sent.",
    table(rowsOf(itemIn(configSchema.shape.webhooks), "")),
    "Events, for `events`:",
    eventTable(),
    "## Variables",
    "Each replaces the field of the file. Lists are written as JSON or with commas. An unknown name is an error.",
    markdownTable(
      ["Variable", "Field"],
      OWN_VARIABLES.map(({ name, path }) => [code(name), code(path.join("."))]),
    ),
  ]
    .join("\n\n")
    .concat("\n");
}

const INTRODUCTION = `# Configuration

This page is generated from the schema; \`openai-balance config schema\` prints the same as JSON Schema.

Command-line flags go before \`OPENAI_BALANCE_*\` variables, these before the file, the file before defaults;
\`openai-balance config show --origin\` says where each value came from. Durations are written \`250ms\`, \`10s\`, \`5m\`,
\`24h\`, \`7d\`, sizes \`64MiB\`, \`10MB\` or bytes, counts \`500\`, \`200k\`, \`2M\`. Any string may hold \`\x24{NAME}\` or
\`\x24{NAME:-default}\`; \`$\x24{\` is a plain \`\x24{\`. Paths are relative to the folder of the config file.`;

function rowsOf(schema: z.core.$ZodType | undefined, prefix: string): readonly Row[] {
  return Object.entries((schema && fieldsOf(schema)) ?? {}).flatMap(([name, field]) => {
    const inside = fieldsOf(field) === undefined ? [] : rowsOf(field, `${prefix}${name}.`);
    return [rowOf(prefix + name, field), ...inside];
  });
}

function rowOf(field: string, schema: z.core.$ZodType): Row {
  return { field, kind: kindOf(schema), standard: defaultOf(schema), meaning: describe(schema) };
}

/** Says of a field where it is taken from if it is not written. */
function inheriting(row: Row, from: string): Row {
  const isInherited = /^((timeouts|limits)\..+|max_failures|max_retries|strategy|affinity|proxies)$/.test(row.field);
  return isInherited ? { ...row, standard: from } : row;
}

function describe(schema: z.core.$ZodType): string {
  const own = z.globalRegistry.get(schema)?.description;
  const inner = innerOf(schema);
  return own ?? (inner === undefined ? "" : describe(inner));
}

/** What a field expects is its error: the schema says it once. */
function kindOf(schema: z.core.$ZodType): string {
  const { def } = unwrapped(schema)._zod;
  if (def.type === "boolean") return "true or false";
  const issue = { code: "custom", input: undefined, path: [], message: "" } as unknown as z.core.$ZodRawIssue;
  const text = def.error?.(issue as never);
  const said = typeof text === "string" ? text : text?.message;
  return (said ?? "").replace(/^an? /, "");
}

function defaultOf(schema: z.core.$ZodType): string {
  const { def } = schema._zod;
  if (def.type === "default") {
    const value = (def as z.core.$ZodDefaultDef).defaultValue;
    return code(typeof value === "string" ? value : JSON.stringify(value));
  }
  if (def.type === "prefault") return "";
  return def.type === "optional" ? "" : "required";
}

function innerOf(schema: z.core.$ZodType): z.core.$ZodType | undefined {
  return (schema._zod.def as Partial<z.core.$ZodOptionalDef>).innerType;
}

function itemIn(schema: z.core.$ZodType | undefined): z.core.$ZodType | undefined {
  const list = schema && unwrapped(schema);
  return list instanceof z.ZodArray ? list.element : undefined;
}

/** The map among the kinds that an item of a list may have. */
function mapIn(schema: z.core.$ZodType | undefined, field: string): z.core.$ZodType | undefined {
  const item = itemIn(schema);
  if (!(item instanceof z.ZodUnion)) return undefined;
  return item.options.find((option) => fieldsOf(option)?.[field] !== undefined);
}

function authField(name: string): z.core.$ZodType | undefined {
  return fieldsOf(configSchema.shape.auth)?.[name];
}

function table(rows: readonly Row[]): string {
  const cells = rows.map(({ field, kind, standard, meaning }) => [code(field), kind, standard, meaning]);
  return markdownTable(["Field", "Kind", "Default", "Meaning"], cells);
}

function presetTable(): string {
  const cells = PRESETS.map(({ name, baseUrl, dialect, testModel, variable, authHeader }) => [
    code(name),
    baseUrl ?? "yours",
    code(dialect),
    testModel === undefined ? "" : code(testModel),
    authHeader === "none" ? "no key" : code(variable ?? ""),
  ]);
  return markdownTable(["Name", "Base URL", "Dialect", "Test model", "Variable"], cells);
}

function eventTable(): string {
  const cells = Object.entries(WEBHOOK_EVENTS).map(([name, meaning]) => [code(name), meaning]);
  return markdownTable(["Event", "Meaning"], cells);
}

function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

function code(text: string): string {
  return `\`${text}\``;
}
