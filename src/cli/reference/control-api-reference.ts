// The reference of the control API as Markdown, made from the table of its operations.
import { z } from "zod";
import { API_PREFIX } from "../../admin/api-handler.ts";
import { DOWNLOAD } from "../../admin/file-download.ts";
import { keyRow } from "../../admin/key-rows.ts";
import { type AnyOperation, OPERATIONS } from "../../admin/operation-table.ts";
import { EXIT } from "../../core/exit-codes.ts";
import { block, code, markdownTable } from "./markdown.ts";

/** The whole of docs/control-api.md. */
export function renderControlApi(): string {
  return [
    INTRODUCTION,
    block("sh", EXAMPLES),
    CALLING,
    "## Errors",
    "An error has this form; `exit_code` is what a command that meets it ends with:",
    block("json", JSON.stringify(ERROR, null, 2)),
    markdownTable(
      ["Status", "Code", "Meaning"],
      ERRORS.map(([status, name, meaning]) => [String(status), code(name), meaning]),
    ),
    "## Operations",
    markdownTable(
      ["Operation", "Who", "Purpose"],
      [...OPERATIONS.values()].map((operation) => [
        `[${code(operation.name)}](#${anchorOf(operation.name)})`,
        WHO[operation.who],
        operation.summary,
      ]),
    ),
    ...[...OPERATIONS.values()].map(section),
    "## A key",
    "What `keys.list` and `health` tell of each key.",
    outputTable(keyRow),
  ]
    .join("\n\n")
    .concat("\n");
}

const INTRODUCTION = `# Control API

This page is generated from the program. Commands use this API, and so may any program: over the control socket
\`daemon.sock\` in the data folder, which only the daemon's own user may open, or over HTTP at the address where the
daemon listens, with \`auth.admin_token\`. \`openai-balance status\` says where both are.`;

const EXAMPLES = `# On the daemon's machine, as its user
curl --unix-socket ~/.local/state/openai-balance/daemon.sock http://localhost${API_PREFIX}status
# From anywhere, with the admin token
curl -H "Authorization: Bearer $ADMIN_TOKEN" "http://127.0.0.1:8000${API_PREFIX}keys.list?status=invalid"
curl -H "Authorization: Bearer $ADMIN_TOKEN" http://127.0.0.1:8000${API_PREFIX}keys.reset -d '{"keys":["team-*"]}'`;

const CALLING = `Each operation has one path, its name behind \`${API_PREFIX}\`. It takes a JSON object as body of a POST; one that
changes nothing also takes a GET, with its fields as parameters of the query, where one that stands more than once is a
list. The answer is a JSON object. Operations that answer with items as they come send one JSON object a line
(\`application/x-ndjson\`); an error on the way is the last line. With \`Accept: text/event-stream\` they come as server-sent
events, and the error as one that is named by its code. Whoever closes the connection ends what was begun.

An unknown field is an error. Of an answer, fields with a \`?\` may be absent; more fields may come, those that are here
stay. Times are RFC 3339 in UTC.`;

const ERROR = {
  error: { code: "refused", message: "There is no key team-x: did you mean team-a", exit_code: EXIT.usage },
};

/** Beside those of the table, a proxy on the way may answer with errors of its own. */
export const ERRORS: readonly (readonly [status: number, code: string, meaning: string])[] = [
  [400, "invalid_input", "the input is no JSON object, or a field is wrong or unknown"],
  [401, "invalid_api_key", "over HTTP: the admin token is missing or wrong; this one has no `exit_code`"],
  [
    401,
    "session_ended",
    "the session ended meanwhile that the request came with; a stream ends with this as its last line",
  ],
  [403, "csrf_token", "a change came with a cookie, but without the CSRF token of its session"],
  [
    403,
    "foreign_request",
    "a cookie came with it, and a `Host`, `Origin` or `Sec-Fetch-Site` that is not that of the page",
  ],
  [403, "owner_only", "this operation is possible over the control socket only"],
  [404, "unknown_operation", "there is no operation of this name"],
  [405, "method_not_allowed", "a change takes POST only; the header `allow` says what is taken"],
  [413, "too_large", "the input is larger than 64 MiB"],
  [422, "refused", "it was understood but cannot be done; the message says why, and nothing was changed"],
  [429, "too_many_failures", "too many wrong admin tokens came from this address; `Retry-After` says for how long"],
  [499, "caller_gone", "the caller left before it was done; nobody reads this"],
  [500, "internal_error", "a bug of openai-balance; the daemon's log has it"],
  [503, "stopping", "the daemon ends, and broke the operation off; a stream ends with this error as its last line"],
];

const WHO: Readonly<Record<AnyOperation["who"], string>> = {
  admin: "socket or admin token",
  owner: "socket only",
};

function section(operation: AnyOperation): string {
  const { name, kind, who, form, summary, input, output } = operation;
  const methods = kind === "read" ? "GET or POST" : "POST";
  return [
    `### ${name}`,
    `${code(`${methods} ${API_PREFIX}${name}`)} · ${WHO[who]}`,
    summary,
    Object.keys(input.shape).length === 0 ? "It takes no fields." : `It takes:\n\n${inputTable(input)}`,
    output instanceof z.ZodDiscriminatedUnion
      ? eventTables(output)
      : `${form === "stream" ? "It answers with items, each" : "It answers with"}:\n\n${outputTable(output)}`,
    ...downloadText(operation),
  ].join("\n\n");
}

function downloadText(operation: AnyOperation): readonly string[] {
  if (operation.form !== "stream" || operation.download === undefined) return [];
  const names = Object.keys(operation.download.forms).map((name) => code(`${DOWNLOAD}=${name}`));
  return [
    `With ${names.join(" or ")} beside its fields it answers with a file for a browser; what fails on the way breaks that off.`,
  ];
}

/** Items of several kinds, whose `event` says what their `data` is. */
function eventTables({ options }: z.ZodDiscriminatedUnion): string {
  const tables = (options as readonly z.ZodObject<{ event: z.ZodLiteral; data: z.ZodObject }>[]).map((option) => {
    const { event, data } = option.shape;
    const heading = `${code(String(event.value))}, ${meaningOf(option)}`;
    return Object.keys(data.shape).length === 0 ? `${heading}.` : `${heading}:\n\n${outputTable(data)}`;
  });
  return ["It answers with items `{ id?, event, data }`; `event` says what there is in `data`.", ...tables].join(
    "\n\n",
  );
}

interface Field {
  readonly path: string;
  readonly schema: z.core.$ZodType;
  /** The field that has the same fields inside, and shows them. */
  readonly like: string | undefined;
}

function inputTable(schema: z.core.$ZodType): string {
  const rows = fieldsIn(schema).map(({ path, schema: field }) => [
    code(path),
    kindOf(field),
    standardOf(field),
    meaningOf(field),
  ]);
  return markdownTable(["Field", "Kind", "Default", "Meaning"], rows);
}

function outputTable(schema: z.core.$ZodType): string {
  const rows = fieldsIn(schema).map(({ path, schema: field, like }) => [
    code(isOptional(field) ? `${path}?` : path),
    like === undefined ? kindOf(field) : `${kindOf(field)} as ${code(like)}`,
    meaningOf(field),
  ]);
  return markdownTable(["Field", "Kind", "Meaning"], rows);
}

/** Fields of a map with those inside them: `keys[].id`. */
function fieldsIn(schema: z.core.$ZodType): readonly Field[] {
  const shown = new Map<z.core.$ZodType, string>();
  const walk = (inside: z.core.$ZodType, prefix: string): readonly Field[] => {
    if (!(inside instanceof z.ZodObject)) return [];
    return Object.entries<z.core.$ZodType>(inside.shape).flatMap(([name, field]) => {
      const path = prefix + name;
      const { inner, suffix } = itemOf(field);
      const like = shown.get(inner);
      if (like !== undefined || inner === keyRow) return [{ path, schema: field, like }];
      if (inner instanceof z.ZodObject) shown.set(inner, path);
      return [{ path, schema: field, like }, ...walk(inner, `${path}${suffix}.`)];
    });
  };
  return walk(schema, "");
}

/** What a list holds. */
function itemOf(schema: z.core.$ZodType): { readonly inner: z.core.$ZodType; readonly suffix: string } {
  const inner = unwrapped(schema);
  if (inner instanceof z.ZodNullable) return itemOf(inner.unwrap());
  if (!(inner instanceof z.ZodArray)) return { inner, suffix: "" };
  const deeper = itemOf(inner.element);
  return { inner: deeper.inner, suffix: `[]${deeper.suffix}` };
}

/** Without `optional` and `default` around it. */
function unwrapped(schema: z.core.$ZodType): z.core.$ZodType {
  const { def } = schema._zod;
  const isWrapper = def.type === "optional" || def.type === "default";
  return isWrapper ? unwrapped((def as z.core.$ZodOptionalDef).innerType) : schema;
}

function kindOf(schema: z.core.$ZodType): string {
  const inner = unwrapped(schema);
  if (inner === keyRow) return "[a key](#a-key)";
  if (inner instanceof z.ZodNullable) return `${kindOf(inner.unwrap())}, or null`;
  if (inner instanceof z.ZodArray) return `list of ${plural(kindOf(inner.element))}`;
  if (inner instanceof z.ZodEnum) return inner.options.map((option) => code(String(option))).join(", ");
  if (inner instanceof z.ZodObject) return "map";
  if (inner instanceof z.ZodISODateTime) return "time";
  if (inner instanceof z.ZodNumber) return numberText(inner);
  // One, or several: the list of them says no more.
  if (inner instanceof z.ZodUnion)
    return inner.options.map((kind) => (kind instanceof z.ZodArray ? "a list of these" : kindOf(kind))).join(", or ");
  return KINDS[inner._zod.def.type] ?? inner._zod.def.type;
}

function numberText({ def, format, minValue, maxValue }: z.ZodNumber): string {
  const isLimit = (value: number | null) => value !== null && Math.abs(value) < Number.MAX_SAFE_INTEGER;
  const isAbove = def.checks?.some((check) => "inclusive" in check._zod.def && check._zod.def.inclusive === false);
  return [
    format === "safeint" ? "whole number" : "number",
    ...(isLimit(minValue) ? [isAbove ? "above" : "from", minValue] : []),
    ...(isLimit(maxValue) ? ["to", maxValue] : []),
  ].join(" ");
}

const KINDS: Readonly<Record<string, string>> = { string: "text", boolean: "true or false", record: "map" };

function plural(kind: string): string {
  if (kind === "text") return "texts";
  return kind.startsWith("[a key]") ? "[keys](#a-key)" : kind.replace(/^(map|list|number|time)\b/, "$1s");
}

function standardOf(schema: z.core.$ZodType): string {
  const { def } = schema._zod;
  if (def.type === "default") return code(JSON.stringify((def as z.core.$ZodDefaultDef).defaultValue));
  return isOptional(schema) ? "" : "required";
}

function isOptional(schema: z.core.$ZodType): boolean {
  return schema._zod.def.type === "optional";
}

/** The nearest description. */
function meaningOf(schema: z.core.$ZodType): string {
  const own = z.globalRegistry.get(schema)?.description;
  const { innerType } = schema._zod.def as Partial<z.core.$ZodOptionalDef>;
  return own ?? (innerType === undefined ? "" : meaningOf(innerType));
}

function anchorOf(name: string): string {
  return name.toLowerCase().replaceAll(/[^\w-]/g, "");
}
