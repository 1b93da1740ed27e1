// What the environment configures when there is no config file, and what of it a file puts out of action.

import type { DiagnosticList } from "./diagnostic.ts";
import type { Environment } from "./interpolate.ts";
import { PRESETS } from "./presets.ts";
import { SEED_NOTES, seedNoteOn } from "./seed-notes.ts";
import { readSeedProviders } from "./seed-providers.ts";
import { readSeedProxies, SEED_PROXY_VARIABLES } from "./seed-proxies.ts";
import { readSeedVariables, SEED_PROVIDER_VARIABLES, SEED_SHARED_VARIABLES, SEED_VARIABLES } from "./seed-variables.ts";
import type { StoredKey } from "./stored-key.ts";

type Tree = Record<string, unknown>;

/** Those that mean something where there is no config file. */
export const SEED_NAMES = [
  "API_KEYS",
  "PROVIDERS_CONFIG",
  ...SEED_PROVIDER_VARIABLES,
  ...SEED_SHARED_VARIABLES,
  ...SEED_VARIABLES.map(({ name }) => name),
  ...SEED_PROXY_VARIABLES,
  ...SEED_NOTES.filter(({ isCommon }) => !isCommon).flatMap(({ variables }) => variables),
];

/** The tree of values that stands in for a config file. */
export function readEnvironmentLayer(env: Environment, list: DiagnosticList, stored: readonly StoredKey[] = []): Tree {
  const tree: Tree = {};
  readSeedVariables(env, tree, list);
  readSeedProxies(env, tree, list);
  const seeds = readSeedProviders(env, list);
  const hasSeeds = Boolean(env.PROVIDERS_CONFIG || env.API_KEYS);
  tree.providers = hasSeeds ? seeds : usualProviders(env, stored, list);
  warnOfIgnored(env, list);
  warnOfUnsupported(env, list);
  return tree;
}

/** One warning that names the variables which a config file puts out of action. */
export function warnOfIgnoredByFile(env: Environment, list: DiagnosticList): void {
  const ignored = SEED_NAMES.filter((name) => env[name]);
  if (ignored.length > 0)
    warnOf(ignored, "ignored, because there is a config file: write it there, or remove it", list);
}

/** One provider for each preset whose variable is set, or of which keys are stored. */
function usualProviders(env: Environment, stored: readonly StoredKey[], list: DiagnosticList): Tree[] {
  const withKeys = new Set(stored.map(({ provider }) => provider));
  const isSet = (variable: string | undefined) => variable !== undefined && Boolean(env[variable]);
  const found = PRESETS.filter(
    ({ name, variable, baseUrl }) => baseUrl !== undefined && (isSet(variable) || withKeys.has(name)),
  );
  return found.map(({ name, variable = "" }, index) => {
    const source = isSet(variable) ? ({ kind: "variable", name: variable } as const) : ({ kind: "key-store" } as const);
    list.sources.set(["providers", index], source);
    return { name };
  });
}

function warnOfIgnored(env: Environment, list: DiagnosticList): void {
  const isSet = (name: string) => Boolean(env[name]);
  const usual = PRESETS.flatMap(({ variable }) => variable ?? []).filter(isSet);
  if (env.PROVIDERS_CONFIG) {
    const ignored = ["API_KEYS", ...SEED_PROVIDER_VARIABLES, ...usual].filter(isSet);
    if (ignored.length > 0) warnOf(ignored, "ignored, because PROVIDERS_CONFIG is set", list);
  } else if (env.API_KEYS) {
    if (usual.length > 0) warnOf(usual, "ignored, because API_KEYS is set", list);
  } else {
    const ignored = [...SEED_PROVIDER_VARIABLES, ...SEED_SHARED_VARIABLES].filter(isSet);
    if (ignored.length > 0) warnOf(ignored, "ignored, because API_KEYS is not set", list);
  }
}

function warnOfUnsupported(env: Environment, list: DiagnosticList): void {
  for (const name of Object.keys(env).toSorted()) {
    const note = env[name] ? seedNoteOn(name) : undefined;
    if (note !== undefined) warnOf([name], `has no effect: ${note.instead}`, list);
  }
}

function warnOf(names: readonly string[], message: string, list: DiagnosticList): void {
  list.add({ severity: "warning", source: { kind: "variable", name: names.join(", ") }, path: "", message });
}
