// Reads one entry of LiteLLM's model_list: a provider, a key of it, and what the model is called there.
import type { DialectName } from "../config/config.ts";
import { nameForMessage } from "../config/name-for-message.ts";
import { PRESETS, presetOf } from "../config/presets.ts";
import type { ImportContext, Row } from "./import-source.ts";
import { liteLlmProvider } from "./litellm-providers.ts";
import type { PlanDraft } from "./plan-draft.ts";
import { azureUrl, plainUrl, versionedUrl } from "./provider-url.ts";
import { isMap, mapAt, numberOf, textOf } from "./read-value.ts";

export interface DeploymentContext {
  readonly draft: PlanDraft;
  readonly env: ImportContext["env"];
  readonly where: string;
  readonly credentials: ReadonlyMap<string, Row>;
}

/** `model`: what clients ask for. `target`: where that goes. `order`: the smallest goes first, without one the last. */
export interface Deployment {
  readonly model: string;
  readonly target: string;
  readonly order: number;
}

/** What LiteLLM calls our presets, where that differs. */
const PREFIXES: Readonly<Record<string, string>> = {
  together_ai: "together",
  fireworks_ai: "fireworks",
  ollama_chat: "ollama",
  "text-completion-openai": "openai",
  azure_text: "azure",
};
/** What speaks the OpenAI API at an address that the entry names. */
const COMPATIBLE: ReadonlySet<string> = new Set([
  "openai_like",
  "hosted_vllm",
  "vllm",
  "lm_studio",
  "litellm_proxy",
  "custom_openai",
  "llamafile",
  "xinference",
]);
/** What is carried over, or has no meaning without the rest. */
const CARRIED: ReadonlySet<string> = new Set([
  "model",
  "api_key",
  "api_base",
  "base_url",
  "api_version",
  "rpm",
  "tpm",
  "weight",
  "order",
  "organization",
  "extra_headers",
  "timeout",
  "stream_timeout",
  "max_retries",
  "litellm_credential_name",
  "max_parallel_requests",
  "custom_llm_provider",
]);

/** Undefined for one that cannot be served here, which is told of. */
export function addDeployment(entry: Row, context: DeploymentContext): Deployment | undefined {
  const { draft, where, credentials } = context;
  const given = mapAt(entry.litellm_params, `${where}.litellm_params`);
  const params = { ...credentials.get(textOf(given, "litellm_credential_name") ?? ""), ...given };
  const written = textOf(params, "model") ?? "";
  const skip = (why: string): undefined => draft.leaveOut(where, why) as undefined;
  const { prefix, model } = partsOf(written, textOf(params, "custom_llm_provider"));
  const fields = fieldsOf(prefix, params, context);
  if (typeof fields === "string") return skip(fields);
  const wanted = presetOf(prefix)?.baseUrl === fields.base_url || prefix === "azure" ? undefined : nameOfPrefix(prefix);
  const provider = draft.provider(wanted, fields);
  addKey(provider, { prefix, model, params: { rpm: entry.rpm, tpm: entry.tpm, ...params } }, context);
  tellOfOthers(given, context);
  const name = textOf(entry, "model_name") ?? written;
  if (name.includes("*") || model.includes("*")) {
    if (name !== `${provider}/*`)
      draft.leaveOut(
        `the name ${nameForMessage(name)} of ${where}`,
        "a route has no pattern here: clients write the provider before the model",
      );
    return undefined;
  }
  return { model: name, target: `${provider}/${model}`, order: numberOf(params, "order") ?? Number.POSITIVE_INFINITY };
}

/** One provider for each address, whatever its prefix: names are made of that. */
function nameOfPrefix(prefix: string): string | undefined {
  return presetOf(prefix) !== undefined || COMPATIBLE.has(prefix) ? undefined : prefix;
}

function partsOf(written: string, named: string | undefined): { readonly prefix: string; readonly model: string } {
  const slash = written.indexOf("/");
  const first = slash < 0 ? "" : written.slice(0, slash);
  const prefix = Object.hasOwn(PREFIXES, first) ? (PREFIXES[first] ?? first) : first;
  if (named !== undefined && first !== named) return { prefix: named, model: written };
  if (slash >= 0) return { prefix, model: written.slice(slash + 1) };
  return { prefix: written.startsWith("claude") ? "anthropic" : "openai", model: written };
}

/** The fields of its provider, or why it has none here. */
function fieldsOf(prefix: string, params: Row, context: DeploymentContext): Readonly<Record<string, unknown>> | string {
  const preset = presetOf(prefix);
  const known = liteLlmProvider(prefix);
  const isAzure = preset?.dialect === "azure";
  const usual = isAzure && context.env.AZURE_API_BASE ? "os.environ/AZURE_API_BASE" : known?.address;
  const written = textOf(params, "api_base") ?? textOf(params, "base_url") ?? usual;
  const base = written === undefined ? undefined : resolved(written, context.env);
  if (preset === undefined && known === undefined && !COMPATIBLE.has(prefix))
    return `${nameForMessage(prefix)} speaks no OpenAI API that is known here, and nothing is translated`;
  if (written !== undefined && base === undefined)
    return `the variable of its api_base is not set here: set it, or name a file with it by --env-file`;
  if (base === undefined && preset?.baseUrl === undefined) return "it has no api_base";
  const url = base === undefined ? preset?.baseUrl : addressOf(base, { dialect: preset?.dialect, own: known?.address });
  if (url === undefined) return "its api_base is no http address";
  const headers = headersOf(params, context);
  const version = textOf(params, "api_version") ?? context.env.AZURE_API_VERSION;
  return {
    base_url: url,
    ...(preset !== undefined && preset.dialect !== "openai" && { dialect: preset.dialect }),
    ...(preset?.authHeader !== undefined &&
      textOf(params, "api_key") === undefined && { auth_header: preset.authHeader }),
    ...(isAzure && version !== undefined && { api_version: resolved(version, context.env) }),
    ...(Object.keys(headers).length > 0 && { headers }),
  };
}

/** `own`: what LiteLLM calls without being told. */
interface AddressFacts {
  readonly dialect: DialectName | undefined;
  readonly own: string | undefined;
}

/** Its SDKs add what OpenAI's does, behind `/v1` too. */
function addressOf(base: string, { dialect, own }: AddressFacts): string | undefined {
  if (dialect === "azure") return azureUrl(base);
  if (dialect === "gemini") return versionedUrl(base, "/v1beta/openai");
  if (dialect === "anthropic") return versionedUrl(base);
  const url = plainUrl(base);
  const isPreset = url === own || PRESETS.some((preset) => preset.baseUrl === url);
  return url === undefined || isPreset || new URL(url).pathname !== "/" ? url : versionedUrl(base);
}

interface KeyFacts {
  readonly prefix: string;
  readonly model: string;
  readonly params: Row;
}

function addKey(provider: string, { prefix, model, params }: KeyFacts, { draft, env, where }: DeploymentContext): void {
  const references = keyReferences(prefix, textOf(params, "api_key"));
  if (references.length === 0) return;
  const [key] = references.flatMap((reference) => resolved(reference, env) ?? []);
  if (key === undefined) {
    const variables = references.map((reference) => nameForMessage(variableIn(reference) ?? "")).join(" or ");
    draft.leaveOut(
      `the key of ${where}`,
      `the variable ${variables} is not set here: set it, or name a file with it by --env-file`,
    );
    return;
  }
  const counts = {
    rpm: numberOf(params, "rpm"),
    tpm: numberOf(params, "tpm"),
    concurrency: numberOf(params, "max_parallel_requests"),
  };
  const limits = Object.fromEntries(Object.entries(counts).filter(([, count]) => count !== undefined && count > 0));
  const weight = numberOf(params, "weight");
  draft.key(
    {
      key,
      provider,
      ...(weight !== undefined && weight > 0 && { weight: Math.min(weight, 1_000) }),
      ...(Object.keys(limits).length > 0 && model !== "*" && { limits: { models: { [model]: limits } } }),
    },
    where,
  );
}

/** The key itself or where it is, or without one where it usually is. */
function keyReferences(prefix: string, written: string | undefined): readonly string[] {
  if (written !== undefined) return [written];
  const variables = [presetOf(prefix)?.variable, ...(liteLlmProvider(prefix)?.variables ?? [])];
  return variables.flatMap((variable) => (variable === undefined ? [] : `os.environ/${variable}`));
}

/** A text, or the variable that it refers to; undefined where that is not set. */
function resolved(text: string, env: ImportContext["env"]): string | undefined {
  const variable = variableIn(text);
  return variable === undefined ? text : env[variable] || undefined;
}

/** `os.environ/NAME`, or `${NAME}`, which another program puts in before LiteLLM reads the file. */
function variableIn(text: string): string | undefined {
  return /^os\.environ\/(.+)$/.exec(text)?.[1] ?? /^\$\{(\w+)\}$/.exec(text)?.[1];
}

function headersOf(params: Row, { env, draft, where }: DeploymentContext): Readonly<Record<string, string>> {
  const headers: Record<string, string> = {};
  const organization = resolved(textOf(params, "organization") ?? "", env);
  if (organization) headers["OpenAI-Organization"] = organization;
  for (const [name, value] of Object.entries(isMap(params.extra_headers) ? params.extra_headers : {})) {
    const text = typeof value === "string" ? resolved(value, env) : undefined;
    if (text === undefined || name === "__proto__")
      draft.leaveOut(`a header of ${where}`, "its value is no text, or its variable is not set here");
    else headers[name] = text;
  }
  return headers;
}

function tellOfOthers(params: Row, { draft, where }: DeploymentContext): void {
  const names = Object.keys(params).filter((name) => !CARRIED.has(name));
  if (names.length > 0)
    draft.leaveOut(
      `${names.map(nameForMessage).join(", ")} of ${where}`,
      "bodies pass untouched here, or nothing corresponds to it",
    );
  const timeouts = ["timeout", "stream_timeout", "max_retries"].filter((name) => name in params);
  if (timeouts.length > 0)
    draft.leaveOut(
      `${timeouts.join(", ")} of ${where}`,
      "they are said of a provider here, with timeouts.models by model",
    );
}
