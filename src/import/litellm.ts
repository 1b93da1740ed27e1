// Reads the config.yaml of a LiteLLM proxy.
import { parseDocument } from "yaml";
import { nameForMessage } from "../config/name-for-message.ts";
import type { ImportPlan } from "./import-plan.ts";
import { type ImportContext, ImportFault, type ImportSource, type Row } from "./import-source.ts";
import { addDeployment, type Deployment } from "./litellm-deployment.ts";
import { addRouting } from "./litellm-routing.ts";
import { PlanDraft } from "./plan-draft.ts";
import { isMap, listAt, mapAt, numberOf, textOf } from "./read-value.ts";

const KNOWN = [
  "model_list",
  "litellm_settings",
  "router_settings",
  "general_settings",
  "environment_variables",
  "credential_list",
  "include",
];
const MOST_ALIASES = 100;

/** @throws ImportFault. */
export function readLiteLlm(source: ImportSource, context: ImportContext): ImportPlan {
  if (source.form === "tables") throw new ImportFault("a database is no config.yaml of LiteLLM");
  const file = mapAt(parsed(source.text), "the file");
  const draft = new PlanDraft("litellm");
  const own = sectionOf(file, "environment_variables");
  const env = { ...Object.fromEntries(Object.keys(own).map((name) => [name, textOf(own, name)])), ...context.env };
  const credentials = credentialsOf(file);
  for (const secret of secretsIn(file, env)) draft.secret(secret);
  const deployments: Deployment[] = [];
  for (const [index, each] of listAt(file.model_list ?? [], "model_list").entries()) {
    const where = `model_list[${index}]`;
    const deployment = addDeployment(mapAt(each, where), { draft, env, where, credentials });
    if (deployment !== undefined) deployments.push(deployment);
  }
  addRouting(
    Map.groupBy(deployments, ({ model }) => model),
    [sectionOf(file, "router_settings"), sectionOf(file, "litellm_settings")],
    draft,
  );
  const general = sectionOf(file, "general_settings");
  addMasterKey(textOf(general, "master_key"), env, draft);
  const days = numberOf(general, "maximum_spend_logs_retention_days");
  if (days !== undefined) draft.setting(["requests", "retention", "requests"], `${days}d`);
  tellOfOthers(file, general, draft);
  return draft.finish();
}

/** Whether a text may be one: nothing else has such a list at its top. */
export function isLiteLlm(text: string): boolean {
  return /^(?:model_list|["']model_list["'])\s*:/m.test(text) || /"model_list"\s*:/.test(text.slice(0, 4_096));
}

function parsed(text: string): unknown {
  const document = parseDocument(text, { logLevel: "error", prettyErrors: true, merge: true });
  const [error] = document.errors;
  if (error !== undefined) {
    const at = error.linePos?.[0];
    const fault = error.code === "DUPLICATE_KEY" ? "a field stands in it twice" : "it is no YAML";
    throw new ImportFault(`${fault}${at === undefined ? "" : ` (line ${at.line}, column ${at.col})`}`);
  }
  try {
    return document.toJS({ maxAliasCount: MOST_ALIASES });
  } catch {
    throw new ImportFault("its aliases stand for too much");
  }
}

function sectionOf(file: Row, name: string): Row {
  const value = file[name];
  return value === undefined || value === null ? {} : mapAt(value, name);
}

/** The keys of all deployments, and the master key: anything may be called by one in a file that is wrong. */
function secretsIn(file: Row, env: ImportContext["env"]): readonly (string | undefined)[] {
  const deployments = Array.isArray(file.model_list) ? file.model_list : [];
  const params = deployments.flatMap((each) =>
    isMap(each) && isMap(each.litellm_params) ? [each.litellm_params] : [],
  );
  const written = [
    ...params.map((each) => textOf(each, "api_key")),
    textOf(sectionOf(file, "general_settings"), "master_key"),
  ];
  return written.map((text) => (text?.startsWith("os.environ/") ? env[text.slice("os.environ/".length)] : text));
}

/** Values that deployments may refer to by a name. */
function credentialsOf(file: Row): ReadonlyMap<string, Row> {
  const entries = listAt(file.credential_list ?? [], "credential_list").map((each, index) => {
    const credential = mapAt(each, `credential_list[${index}]`);
    const values = isMap(credential.credential_values) ? credential.credential_values : {};
    return [textOf(credential, "credential_name") ?? "", values] as const;
  });
  return new Map(entries);
}

/** It opens everything there, also the API for programs, which here has tokens of its own. */
function addMasterKey(written: string | undefined, env: ImportContext["env"], draft: PlanDraft): void {
  if (written === undefined) return;
  const variable = /^os\.environ\/(.+)$/.exec(written)?.[1];
  const value = variable === undefined ? written : env[variable];
  if (!value) {
    const name = nameForMessage(variable ?? "");
    draft.leaveOut("general_settings.master_key", `the variable ${name} is not set here`);
    return;
  }
  draft.adminToken(value);
  draft.leaveOut(
    "general_settings.master_key as a client token",
    "it is the admin token only: programs that used it need a client token",
  );
}

function tellOfOthers(file: Row, general: Row, draft: PlanDraft): void {
  const sections = Object.keys(file).filter((name) => !KNOWN.includes(name));
  if ("include" in file) draft.leaveOut("the files below include", "import each of them as well");
  if (sections.length > 0) draft.leaveOut(sections.map(nameForMessage).join(", "), "nothing here corresponds to it");
  const fields = Object.keys(general).filter(
    (name) => name !== "master_key" && name !== "maximum_spend_logs_retention_days",
  );
  if (fields.length > 0)
    draft.leaveOut(`${fields.map(nameForMessage).join(", ")} in general_settings`, "nothing here corresponds to it");
  if ("database_url" in general)
    draft.leaveOut("keys that clients were given", "they stand hashed in its database: make client tokens anew");
}
