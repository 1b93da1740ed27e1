// Makes providers of API_KEYS or PROVIDERS_CONFIG, for a setup without a config file.

import { parseJson, parseList } from "./coerce-text.ts";
import type { DiagnosticList } from "./diagnostic.ts";
import type { FieldPath } from "./field-path.ts";
import type { Environment } from "./interpolate.ts";
import { readList, reportSeed, retriesOf, type SeedReading, secondsOf } from "./seed-variables.ts";

type Fields = Record<string, unknown>;

const BASE_URL = "https://api.openai.com/v1";
const TEST_MODEL = "gpt-4o-mini";

/** Fields that mean the same here. */
const SAME = [
  "name",
  "path",
  "base_url",
  "model_request_key",
  "custom_headers",
  "max_failures",
  "test_model",
  "enabled",
];

/** The providers that the variables describe; PROVIDERS_CONFIG goes before API_KEYS. Neither is set: none. */
export function readSeedProviders(env: Environment, list: DiagnosticList): readonly Fields[] {
  const providers = env.PROVIDERS_CONFIG
    ? fromProvidersConfig(env.PROVIDERS_CONFIG, list)
    : env.API_KEYS
      ? [fromApiKeys(env, list)]
      : [];
  return providers.map((provider, index) => withShared(provider, ["providers", index], { env, list }));
}

function fromApiKeys(env: Environment, list: DiagnosticList): Fields {
  const path = ["providers", 0];
  const provider: Fields = { name: "default" };
  const set = (field: string, name: string, reading: SeedReading) => {
    if (!reading.ok) return reportSeed(name, reading.expects, env[name], list);
    provider[field] = reading.value;
    list.sources.set([...path, field], { kind: "variable", name });
  };
  list.sources.set(path, { kind: "variable", name: "API_KEYS" });
  provider.base_url = BASE_URL;
  set("api_keys", "API_KEYS", readList(env.API_KEYS ?? ""));
  if (env.BASE_URL) set("base_url", "BASE_URL", { ok: true, value: env.BASE_URL.trim() });
  if (env.CUSTOM_HEADERS) set("headers", "CUSTOM_HEADERS", readObject(env.CUSTOM_HEADERS));
  if (env.MODEL_REQUEST_KEY)
    set("model_request_key", "MODEL_REQUEST_KEY", { ok: true, value: env.MODEL_REQUEST_KEY.trim() });
  return provider;
}

function fromProvidersConfig(text: string, list: DiagnosticList): Fields[] {
  const entries = parseJson(text, "[");
  if (!Array.isArray(entries)) {
    reportSeed("PROVIDERS_CONFIG", "a JSON list of providers", text, list);
    return [];
  }
  list.sources.set(["providers"], { kind: "variable", name: "PROVIDERS_CONFIG" });
  return entries.map((entry: unknown, index) =>
    typeof entry === "object" && entry !== null && !Array.isArray(entry)
      ? fromEntry(entry as Fields, ["providers", index], list)
      : (entry as Fields),
  );
}

function fromEntry(entry: Fields, path: FieldPath, list: DiagnosticList): Fields {
  const provider: Fields = {};
  for (const [field, value] of Object.entries(entry)) {
    if (value === null || value === "") continue;
    if (SAME.includes(field)) provider[field] = value;
    else if (field === "api_keys") provider.api_keys = typeof value === "string" ? (parseList(value) ?? value) : value;
    else if (field === "timeout") setTimeouts(provider, secondsOf(value), [...path, field], list);
    else if (field === "max_retries") setField(provider, field, retriesOf(value), { path, list });
    else list.warning([...path, field], "is not known here and has no effect: remove it");
  }
  return provider;
}

function setTimeouts(provider: Fields, reading: SeedReading, path: FieldPath, list: DiagnosticList): void {
  if (reading.ok) provider.timeouts = { first_byte: reading.value, stream_idle: reading.value };
  else list.error(path, `expected ${reading.expects}`);
}

function setField(
  provider: Fields,
  field: string,
  reading: SeedReading,
  to: { path: FieldPath; list: DiagnosticList },
): void {
  if (reading.ok) provider[field] = reading.value;
  else to.list.error([...to.path, field], `expected ${reading.expects}`);
}

/** Adds what holds for all of these providers, and drops a model request key that the provider does not have. */
function withShared(given: Fields, path: FieldPath, context: { env: Environment; list: DiagnosticList }): Fields {
  const { env, list } = context;
  if (typeof given !== "object" || given === null) return given;
  const provider = { test_model: env.TEST_MODEL || TEST_MODEL, ...given };
  if (env.TEST_MODEL && given.test_model === undefined)
    list.sources.set([...path, "test_model"], { kind: "variable", name: "TEST_MODEL" });
  const excluded = env.FILTERED_MODELS ? readList(env.FILTERED_MODELS) : undefined;
  if (excluded?.ok === true) {
    list.sources.set([...path, "models"], { kind: "variable", name: "FILTERED_MODELS" });
    Object.assign(provider, { models: { exclude: excluded.value } });
  } else if (excluded !== undefined && path[1] === 0) {
    reportSeed("FILTERED_MODELS", excluded.expects, env.FILTERED_MODELS, list);
  }
  return withoutForeignModelKey(provider, path, list);
}

function withoutForeignModelKey(provider: Fields, path: FieldPath, list: DiagnosticList): Fields {
  const { model_request_key: key, ...rest } = provider;
  if (typeof key !== "string" || !Array.isArray(provider.api_keys) || provider.api_keys.includes(key)) return provider;
  list.warning(
    [...path, "model_request_key"],
    "is none of the provider's keys, so any of them lists models: add it to the keys",
  );
  list.sources.forget([...path, "model_request_key"]);
  return rest;
}

function readObject(text: string): SeedReading {
  const value = parseJson(text, "{");
  return value === undefined ? { ok: false, expects: "a JSON object" } : { ok: true, value };
}
