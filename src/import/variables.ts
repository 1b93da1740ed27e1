// Reads the variables that configure this program where it has no config file: a dotenv file, a JSON map of them, or
// the table of settings of a program that keeps them.
import { splitList } from "../config/coerce-text.ts";
import { count } from "../config/describe-value.ts";
import { type Diagnostic, DiagnosticList } from "../config/diagnostic.ts";
import { parseEnvFile } from "../config/env-file.ts";
import { readEnvironmentLayer, SEED_NAMES } from "../config/environment-layer.ts";
import type { Environment } from "../config/interpolate.ts";
import { nameForMessage } from "../config/name-for-message.ts";
import { PRESETS, presetOf } from "../config/presets.ts";
import { seedNoteOn } from "../config/seed-notes.ts";
import { keyIdOf } from "../core/ids.ts";
import type { ImportPlan } from "./import-plan.ts";
import { type ImportContext, ImportFault, type ImportSource, type Row, type Tables } from "./import-source.ts";
import { PlanDraft } from "./plan-draft.ts";
import { isMap, mapAt, textOf } from "./read-value.ts";
import { schemaFault } from "./schema-fault.ts";

/** The table of settings: a row each variable. */
export const SETTINGS_TABLE = "t_settings";
/** Tables beside it, which are only counted. */
export const LOG_TABLES = ["t_request_log", "t_error_logs"] as const;

/** Where keys stand: without them the rest is of no use. */
const VITAL: ReadonlySet<string> = new Set(["API_KEYS", "PROVIDERS_CONFIG"]);
/** What a provider has of its own here, as it stands below `providers`. */
type Fields = Readonly<Record<string, unknown>>;

/** @throws ImportFault. */
export function readVariables(source: ImportSource, context: ImportContext): ImportPlan {
  const draft = new PlanDraft("variables");
  const env = environmentOf(source);
  const list = new DiagnosticList();
  const { providers, auth = {}, default_provider, ...settings } = readEnvironmentLayer(env, list) as Tree;
  tellOf(list.sorted(), draft);
  const names = new Map<string, string>();
  for (const [index, fields] of providers.entries()) {
    const name = addProvider(mapAt(fields, `PROVIDERS_CONFIG[${index}]`), { draft, env, context });
    if (name !== undefined) names.set(String(fields.name), name);
  }
  const { client_tokens: tokens = [], admin_token: adminToken, ...session } = auth;
  for (const token of tokens) if (typeof token === "string") draft.token({ token }, "ALLOWED_TOKENS");
  draft.adminToken(adminToken);
  for (const [field, value] of Object.entries(session)) draft.setting(["auth", field], value);
  if (default_provider !== undefined)
    draft.setting(["default_provider"], names.get(default_provider) ?? default_provider);
  for (const [section, value] of Object.entries(settings)) addSettings([section], value, draft);
  if (source.form === "tables") tellOfLogs(source.tables, draft);
  tellOfOthers(env, draft);
  return draft.finish();
}

/** Some of the names are those of variables that are known here. */
export function holdsVariables(names: readonly string[]): boolean {
  return names.some((name) => VARIABLES.has(name));
}

const USUAL: ReadonlySet<string> = new Set(PRESETS.flatMap(({ variable }) => variable ?? []));
const VARIABLES: ReadonlySet<string> = new Set([...SEED_NAMES.filter((name) => !name.endsWith("*")), ...USUAL]);

interface Tree extends Readonly<Record<string, unknown>> {
  readonly providers: readonly Fields[];
  readonly auth?: { readonly client_tokens?: readonly unknown[]; readonly admin_token?: string };
  readonly default_provider?: string;
}

function environmentOf(source: ImportSource): Environment {
  if (source.form === "tables") return fromRows(source.tables.rows.get(SETTINGS_TABLE) ?? []);
  if (source.json === undefined) return parseEnvFile(source.text);
  return fromMap(mapAt(source.json, "the file"));
}

/** An empty value leaves to the environment what is meant. */
function fromRows(rows: readonly Row[]): Environment {
  return Object.fromEntries(rows.flatMap((row) => [[textOf(row, "key") ?? "", textOf(row, "value")]]));
}

/** Values may be texts, as in the environment, or what these texts say. */
function fromMap(map: Row): Environment {
  const text = (value: unknown) => (typeof value === "object" ? JSON.stringify(value) : String(value));
  return Object.fromEntries(
    Object.entries(map).flatMap(([name, value]) => (value === null ? [] : [[name, text(value)]])),
  );
}

interface Around {
  readonly draft: PlanDraft;
  readonly env: Environment;
  readonly context: ImportContext;
}

/** Undefined for one without an address, whose keys must go nowhere. */
function addProvider(given: Row, { draft, env, context }: Around): string | undefined {
  const { name: written, api_keys: keys, model_request_key: modelKey, ...fields } = given;
  const fault = fields.base_url === undefined ? undefined : schemaFault(["providers", 0, "base_url"], fields.base_url);
  if (fault !== undefined) {
    for (const key of Array.isArray(keys) ? keys : []) draft.secret(String(key));
    draft.leaveOut(`the provider ${nameForMessage(String(written))} and its keys`, `base_url: ${fault}`);
    return undefined;
  }
  const known = presetOf(String(written));
  const isUsual = Object.keys(given).length === 1 && known !== undefined;
  const isUnnamed = written === "default";
  const wanted = isUnnamed ? context.provider : String(written);
  const name = draft.provider(wanted, isUsual ? { base_url: known.baseUrl, dialect: known.dialect } : fields);
  const texts = isUsual ? splitList(env[known.variable ?? ""] ?? "") : keys;
  if (!Array.isArray(texts)) throw new ImportFault(`the keys of ${nameForMessage(String(written))}: expected a list`);
  const where = isUsual ? known.variable : isUnnamed ? "API_KEYS" : nameForMessage(String(written));
  for (const [index, key] of texts.entries())
    draft.key({ key: typeof key === "string" ? key : "", provider: name }, `${where}, number ${index + 1}`);
  if (typeof modelKey === "string") {
    const command = `openai-balance config set providers.${name}.model_request_key ${keyIdOf(name, modelKey)}`;
    draft.leaveOut(`model_request_key of ${name}`, `the key must be there first; afterwards: ${command}`);
  }
  return name;
}

/** Each field for itself, so that one that is there already keeps no other from being set. */
function addSettings(path: readonly string[], value: unknown, draft: PlanDraft): void {
  if (!isMap(value)) draft.setting(path, value);
  else for (const [name, inside] of Object.entries(value)) addSettings([...path, name], inside, draft);
}

/** @throws ImportFault where keys would be lost. */
function tellOf(diagnostics: readonly Diagnostic[], draft: PlanDraft): void {
  for (const { severity, source, path, message } of diagnostics) {
    const name = source?.kind === "variable" ? source.name : path;
    if (severity === "error" && VITAL.has(name)) throw new ImportFault(`${path === "" ? name : path}: ${message}`);
    draft.leaveOut(path === "" || path === name ? name : `${name} (${path})`, message);
  }
}

function tellOfLogs({ counts }: Tables, draft: PlanDraft): void {
  for (const table of LOG_TABLES) {
    const rows = counts.get(table) ?? 0;
    if (rows > 0)
      draft.leaveOut(
        `${count(rows, "row")} of ${table}`,
        "request records begin anew here: those say less, in local time without a zone",
      );
  }
}

function tellOfOthers(env: Environment, draft: PlanDraft): void {
  const names = Object.keys(env).filter((name) => env[name] && !VARIABLES.has(name) && seedNoteOn(name) === undefined);
  const own = names.filter((name) => name.startsWith("OPENAI_BALANCE_"));
  const others = names.filter((name) => !own.includes(name));
  if (own.length > 0) draft.leaveOut(own.join(", "), "these count as they are, with --env-file or in the environment");
  if (others.length > 0) draft.leaveOut(others.map(nameForMessage).join(", "), "nothing here has such a name");
}
