// Makes a provider of what was written about it, and reports what does not fit together within it.

import { createSecureContext } from "node:tls";
import { compileGlobs } from "../core/glob.ts";
import { checkHeaders, isOfTheConnection } from "./check-headers.ts";
import { checkBaseUrl, checkUrl } from "./check-url.ts";
import type { KeyConfig, ProviderConfig } from "./config.ts";
import type { FieldPath } from "./field-path.ts";
import type { LoadContext } from "./load-context.ts";
import { nativeBaseOf } from "./native-base.ts";
import { normaliseKeys } from "./normalise-keys.ts";
import { normaliseLimits } from "./normalise-limits.ts";
import { normaliseRules } from "./normalise-rules.ts";
import { normaliseModelTimeouts, normaliseTimeouts } from "./normalise-timeouts.ts";
import { presetOf } from "./presets.ts";
import { readNamedFile } from "./read-named-file.ts";
import type { ResolvedProvider } from "./resolve-provider.ts";

/** With its own rules only. Reports every mistake; the result is of use only if there was none. */
export function normaliseProvider(raw: ResolvedProvider, path: FieldPath, context: LoadContext): ProviderConfig {
  const keys = normaliseKeys(raw, path, context);
  const timeouts = normaliseTimeouts(raw.timeouts);
  const baseUrl = checkedUrls(raw, path, context);
  checkOtherFields(raw, path, context);
  warnOfNoKeys(raw, keys, { path, context });
  return {
    name: raw.name,
    path: raw.path,
    enabled: raw.enabled,
    ...baseUrl,
    dialect: raw.dialect,
    apiVersion: raw.api_version,
    authHeader: raw.auth_header,
    authPrefix: raw.auth_prefix,
    keys,
    headers: { ...raw.headers, ...raw.custom_headers },
    timeouts,
    modelTimeouts: normaliseModelTimeouts(raw.timeouts, timeouts),
    maxFailures: raw.max_failures,
    maxRetries: raw.max_retries,
    strategy: raw.strategy,
    affinity: raw.affinity,
    limits: normaliseLimits(raw.limits),
    statedLimits: raw.limits,
    rules: normaliseRules(raw.rules ?? [], [...path, "rules"], context),
    models: { include: raw.models?.include ?? ["*"], exclude: raw.models?.exclude ?? [] },
    modelRequestKey: referredKey("model_request_key", raw, keys, { path, context }),
    statefulKey: referredKey("stateful_key", raw, keys, { path, context }),
    newObjects: raw.new_objects,
    objectLists: raw.object_lists,
    passOrganization: raw.pass_organization,
    testModel: raw.test_model,
    probePath: raw.probe_path === "none" ? undefined : raw.probe_path,
    ca: readCertificates(raw.ca_file, [...path, "ca_file"], context),
  };
}

interface Place {
  readonly path: FieldPath;
  readonly context: LoadContext;
}

function checkedUrls(raw: ResolvedProvider, path: FieldPath, { list }: LoadContext) {
  const baseUrl = checkUrl(raw.base_url, [...path, "base_url"], list);
  if (raw.api_version === undefined && baseUrl !== "") checkBaseUrl(baseUrl, [...path, "base_url"], list);
  const nativePath = [...path, "native_base_url"];
  if (raw.native_base_url !== undefined && raw.dialect === "openai") {
    list.error(nativePath, "has no effect: the dialect has no paths of its own");
  }
  const native = raw.native_base_url;
  const nativeBaseUrl = native === undefined ? nativeBaseOf(baseUrl, raw.dialect) : checkUrl(native, nativePath, list);
  return { baseUrl, nativeBaseUrl };
}

function checkOtherFields(raw: ResolvedProvider, path: FieldPath, context: LoadContext): void {
  const { list } = context;
  if (raw.api_version !== undefined && raw.dialect !== "azure") {
    list.error([...path, "api_version"], "has no effect: only the azure dialect has versions");
  }
  if (raw.auth_header === "none") {
    for (const field of ["api_keys", "keys_file", "auth_prefix"] as const) {
      if (raw[field] !== undefined) list.error([...path, field], "has no effect: auth_header is none");
    }
  }
  const authHeader = raw.auth_header;
  if (authHeader !== undefined && isOfTheConnection(authHeader)) {
    list.error([...path, "auth_header"], "cannot carry a credential: the connection sets this header");
  }
  checkHeaders(raw.headers, [...path, "headers"], { list, authHeader });
  checkHeaders(raw.custom_headers, [...path, "custom_headers"], { list, authHeader });
  checkHeaderNames(raw, path, context);
  for (const [index, key] of (raw.api_keys ?? []).entries()) {
    if (typeof key === "object" && "key" in key)
      checkHeaders(key.headers, [...path, "api_keys", index, "headers"], { list, authHeader });
  }
  checkFilters(raw, path, context);
}

function checkHeaderNames(raw: ResolvedProvider, path: FieldPath, { list }: LoadContext): void {
  const names = new Set(Object.keys(raw.headers ?? {}).map((name) => name.toLowerCase()));
  for (const name of Object.keys(raw.custom_headers ?? {})) {
    if (names.has(name.toLowerCase())) list.error([...path, "custom_headers", name], "is also set in headers");
  }
}

function checkFilters(raw: ResolvedProvider, path: FieldPath, { list }: LoadContext): void {
  const isExcluded = compileGlobs(raw.models?.exclude ?? []);
  for (const [index, pattern] of (raw.models?.include ?? []).entries()) {
    const hasNoEffect = pattern !== "*" && !/[*?]/.test(pattern) && isExcluded(pattern);
    if (hasNoEffect)
      list.error([...path, "models", "include", index], "has no effect: exclude takes the model out again");
  }
}

function warnOfNoKeys(raw: ResolvedProvider, keys: readonly KeyConfig[], { path, context }: Place): void {
  const isExplained = ["api_keys", "keys_file"].some((field) => context.list.touchesBroken([...path, field]));
  if (keys.length > 0 || !raw.enabled || isExplained) return;
  const variable = presetOf(raw.name)?.variable;
  const ways =
    variable === undefined
      ? `openai-balance keys add --provider ${raw.name} adds one`
      : `set ${variable}, or add one with openai-balance keys add --provider ${raw.name}`;
  context.list.warning(path, `has no key, its requests are answered with status 503: ${ways}`);
}

/** The id of the key that the field names: by name, by id, or by the secret itself. */
function referredKey(
  field: "model_request_key" | "stateful_key",
  raw: ResolvedProvider,
  keys: readonly KeyConfig[],
  { path, context }: Place,
): string | undefined {
  const wanted = raw[field];
  if (wanted === undefined) return undefined;
  const key = keys.find(({ name, id, secret }) => wanted === name || wanted === id || wanted === secret);
  const isExplained =
    context.list.touchesBroken([...path, "api_keys"]) || context.list.touchesBroken([...path, "keys_file"]);
  if (key !== undefined || isExplained) return key?.id;
  const message = "expected the name or the id of one of the provider's keys";
  // A store that cannot be opened must not keep the daemon from starting.
  if (context.stored.isComplete) context.list.error([...path, field], message);
  else context.list.warning([...path, field], `${message}; it may be in the key store, which cannot be opened`);
  return undefined;
}

function readCertificates(file: string | undefined, path: FieldPath, context: LoadContext): string | undefined {
  if (file === undefined) return undefined;
  const read = readNamedFile(file, context.files);
  if (!read.ok) context.list.error(path, read.reason);
  else if (!holdsCertificates(read.text)) context.list.error(path, "expected a file with PEM certificates");
  return read.ok ? read.text : undefined;
}

function holdsCertificates(pem: string): boolean {
  if (!pem.includes("-----BEGIN CERTIFICATE-----")) return false;
  try {
    createSecureContext({ ca: pem });
    return true;
  } catch {
    return false;
  }
}
