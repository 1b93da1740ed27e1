// Completes what was written about a provider by its preset and by what it inherits.

import type { DialectName, Strategy } from "./config.ts";
import type { FieldPath } from "./field-path.ts";
import { inheritedPaths, inheritLimits } from "./inherit-limits.ts";
import type { ResolvedLimits } from "./limits-schema.ts";
import type { LoadContext } from "./load-context.ts";
import { type Preset, presetAt, presetOf } from "./presets.ts";
import { type RawProvider, type RawTimeouts, TIMEOUT_NAMES } from "./provider-schema.ts";
import type { RawConfig } from "./schema.ts";
import type { Source } from "./source.ts";

/** A provider with every field that has a value, still as it is written: units and references as text. */
export interface ResolvedProvider extends RawProvider {
  readonly path: string;
  /** Empty if it is missing, which is reported. */
  readonly base_url: string;
  readonly dialect: DialectName;
  readonly timeouts: RawConfig["timeouts"];
  readonly max_failures: number;
  readonly max_retries: number;
  readonly strategy: Strategy;
  readonly affinity: "off" | "auto";
  readonly limits: ResolvedLimits;
  readonly probe_path: string;
}

/** Reports a missing base URL. */
export function resolveProvider(
  raw: RawProvider,
  index: number,
  top: RawConfig,
  context: LoadContext,
): ResolvedProvider {
  const path: FieldPath = ["providers", index];
  const preset = presetOf(raw.name);
  const derive = <T>(field: string, value: T, source: Source | undefined): T => {
    if (source !== undefined) context.derived.set([...path, field], source);
    return value;
  };
  const baseUrl = raw.base_url ?? derive("base_url", preset?.baseUrl, fromPreset(preset));
  if (baseUrl === undefined) reportNoBaseUrl(raw, path, context);
  const speaker = preset ?? (baseUrl === undefined ? undefined : presetAt(baseUrl));
  const probePath = raw.probe_path ?? derive("probe_path", speaker?.probePath, fromPreset(speaker)) ?? "/models";
  const testModel = raw.test_model ?? derive("test_model", preset?.testModel, fromPreset(preset));
  return {
    ...raw,
    path: raw.path ?? raw.name,
    base_url: baseUrl ?? "",
    dialect: raw.dialect ?? derive("dialect", speaker?.dialect ?? "openai", fromPreset(speaker)),
    ...credentials(raw, preset, baseUrl, { path, context }),
    ...inherited(raw, top, { path, context }),
    probe_path: probePath,
    ...(testModel === undefined ? {} : { test_model: testModel }),
  };
}

interface Place {
  readonly path: FieldPath;
  readonly context: LoadContext;
}

function fromPreset(preset: Preset | undefined): Source | undefined {
  return preset && { kind: "preset", name: preset.name };
}

function reportNoBaseUrl(raw: RawProvider, path: FieldPath, { list }: LoadContext): void {
  const hint =
    raw.name === "azure" ? "such as https://NAME.openai.azure.com/openai/v1" : "since the name is not that of a preset";
  list.error([...path, "base_url"], `expected an http or https URL, ${hint}`);
}

/** Takes the key from the preset's usual variable, or the preset's way to do without, where nothing else is written. */
function credentials(raw: RawProvider, preset: Preset | undefined, baseUrl: string | undefined, place: Place) {
  const hasOwn = raw.api_keys !== undefined || raw.keys_file !== undefined || raw.auth_header !== undefined;
  if (preset === undefined || hasOwn) return {};
  const { path, context } = place;
  if (preset.authHeader !== undefined) {
    context.derived.set([...path, "auth_header"], { kind: "preset", name: preset.name });
    return { auth_header: preset.authHeader };
  }
  const { variable } = preset;
  if (variable === undefined || !context.env[variable]) return {};
  if (!isAtHome(preset, baseUrl)) {
    const message = `${variable} is not used, because base_url is not that of the preset: write \${${variable}} into api_keys if it is meant`;
    context.list.warning(path, message);
    return {};
  }
  context.derived.set([...path, "api_keys"], { kind: "variable", name: variable });
  return { api_keys: [{ env: variable }] };
}

/** A key must not go to another host than its owner knows of, just because a provider has a well-known name. */
function isAtHome(preset: Preset, baseUrl: string | undefined): boolean {
  if (preset.baseUrl === undefined || baseUrl === undefined) return true;
  return URL.parse(baseUrl)?.origin === URL.parse(preset.baseUrl)?.origin;
}

/** What the top level says where the provider does not. */
function inherited(raw: RawProvider, top: RawConfig, place: Place) {
  const { path, context } = place;
  const inherit = <Field extends "max_failures" | "max_retries" | "strategy" | "affinity">(
    field: Field,
  ): RawConfig[Field] => {
    const own = raw[field] as RawConfig[Field] | undefined;
    if (own === undefined) context.derived.set([...path, field], context.originOf([field]));
    return own ?? top[field];
  };
  for (const inside of inheritedPaths(raw.limits, top.limits))
    context.derived.set([...path, "limits", ...inside], context.originOf(["limits", ...inside]));
  return {
    timeouts: inheritTimeouts(raw.timeouts, top.timeouts, place),
    max_failures: inherit("max_failures"),
    max_retries: inherit("max_retries"),
    strategy: inherit("strategy"),
    affinity: inherit("affinity"),
    limits: inheritLimits(raw.limits, top.limits),
  };
}

function inheritTimeouts(
  own: RawTimeouts | undefined,
  top: RawConfig["timeouts"],
  { path, context }: Place,
): RawConfig["timeouts"] {
  const timeouts = { ...top };
  for (const name of TIMEOUT_NAMES) {
    const value = own?.[name];
    if (value === undefined) context.derived.set([...path, "timeouts", name], context.originOf(["timeouts", name]));
    else timeouts[name] = value;
  }
  const models = { ...own?.models };
  for (const [pattern, inherited] of Object.entries(top.models ?? {})) {
    models[pattern] = { ...inherited, ...own?.models?.[pattern] };
    context.derived.set([...path, "timeouts", "models", pattern], context.originOf(["timeouts", "models", pattern]));
  }
  return Object.keys(models).length > 0 ? { ...timeouts, models } : timeouts;
}
