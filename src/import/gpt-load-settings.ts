// What gpt-load says of its groups, and of all of them, in the fields of this program.
import { nameForMessage } from "../config/name-for-message.ts";
import type { Row } from "./import-source.ts";
import type { PlanDraft } from "./plan-draft.ts";
import { isMap, jsonOf, listAt, mapAt, numberOf, textOf } from "./read-value.ts";

interface Around {
  readonly draft: PlanDraft;
  readonly where: string;
}

/** A setting there, and the field here; both of a group and of the system. */
interface Mapping {
  readonly name: string;
  readonly path: readonly string[];
  readonly value: (given: number) => unknown;
}

const same = (given: number) => given;
const seconds = (given: number) => (given > 0 ? `${given}s` : undefined);

const SHARED: readonly Mapping[] = [
  { name: "max_retries", path: ["max_retries"], value: same },
  { name: "blacklist_threshold", path: ["max_failures"], value: same },
  { name: "request_timeout", path: ["timeouts", "response"], value: seconds },
  { name: "connect_timeout", path: ["timeouts", "connect"], value: seconds },
  { name: "response_header_timeout", path: ["timeouts", "first_byte"], value: seconds },
];

const SYSTEM: readonly Mapping[] = [
  ...SHARED,
  { name: "key_validation_interval_minutes", path: ["health", "check_interval"], value: (given) => `${given}m` },
  {
    name: "request_log_retention_days",
    path: ["requests", "retention", "requests"],
    value: (given) => (given > 0 ? `${given}d` : "3650d"),
  },
];

/** What has a counterpart but says nothing that would be missed here. */
const SILENT: ReadonlySet<string> = new Set([
  "app_url",
  "proxy_keys",
  "proxy_url",
  "idle_conn_timeout",
  "max_idle_conns",
  "max_idle_conns_per_host",
  "key_validation_concurrency",
  "key_validation_timeout_seconds",
  "key_validation_interval_minutes",
  "request_log_write_interval_minutes",
  "enable_request_body_logging",
]);

/** The fields of a provider that a group says. */
export function groupSettings(group: Row, around: Around): Readonly<Record<string, unknown>> {
  const { draft, where } = around;
  const given = jsonOf(group, "config", where);
  const config = isMap(given) ? given : {};
  const proxy = textOf(config, "proxy_url");
  const fields: Record<string, unknown> = { ...headersOf(group, around) };
  for (const { name, path, value } of SHARED) {
    const number = numberOf(config, name);
    const written = number === undefined ? undefined : value(number);
    const [field = "", inner] = path;
    if (written === undefined) continue;
    fields[field] = inner === undefined ? written : { ...(fields[field] as object | undefined), [inner]: written };
  }
  tellOfOthers(config, SHARED, { draft, where: `config of ${where}` });
  const overrides = jsonOf(group, "param_overrides", where);
  if (isMap(overrides) && Object.keys(overrides).length > 0)
    draft.leaveOut(`param_overrides of ${where}`, "bodies pass untouched here");
  const validation = textOf(group, "validation_endpoint");
  if (validation !== undefined && !/^\/v1\/(?:chat\/completions|messages)$/.test(validation))
    draft.leaveOut(`validation_endpoint of ${where}`, "keys are tried by GET /models, or where probe_path says");
  return { ...fields, ...(proxy !== undefined && { proxies: [proxy] }) };
}

/** What holds for all groups. */
export function systemSettings(settings: Row, draft: PlanDraft): void {
  for (const { name, path, value } of SYSTEM) {
    const number = numberOf(settings, name);
    const written = number === undefined ? undefined : value(number);
    if (written !== undefined) draft.setting(path, written);
  }
  const proxy = textOf(settings, "proxy_url");
  if (proxy !== undefined) draft.setting(["proxies", "urls"], [proxy]);
  if (textOf(settings, "enable_request_body_logging") === "true")
    draft.setting(["requests", "record_bodies"], "on_error");
  tellOfOthers(settings, SYSTEM, { draft, where: "system_settings" });
}

function tellOfOthers(given: Row, known: readonly Mapping[], { draft, where }: Around): void {
  const names = Object.keys(given).filter(
    (name) => !SILENT.has(name) && !known.some((mapping) => mapping.name === name),
  );
  if (names.length > 0)
    draft.leaveOut(`${names.map(nameForMessage).join(", ")} in ${where}`, "nothing here corresponds to it");
}

/** Rules that set a header; those that take one away, and those with values of the request, have no counterpart. */
function headersOf(group: Row, { draft, where }: Around): { readonly headers?: Readonly<Record<string, string>> } {
  const given = jsonOf(group, "header_rules", where);
  const headers = new Map<string, string>();
  for (const [index, each] of (given === undefined || given === null
    ? []
    : listAt(given, `${where}.header_rules`)
  ).entries()) {
    const rule = mapAt(each, `${where}.header_rules[${index}]`);
    const name = textOf(rule, "key") ?? "";
    const value = textOf(rule, "value") ?? "";
    if (textOf(rule, "action") === "set" && !value.includes("${")) headers.set(name, value);
    else draft.leaveOut(`header_rules[${index}] of ${where}`, "only headers with a fixed value can be set here");
  }
  return headers.size === 0 ? {} : { headers: Object.fromEntries(headers) };
}
