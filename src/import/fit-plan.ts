// Fits a plan to the providers that are there: a key must never go to another address than the one it is for.
import { RESERVED_NAMES } from "../config/check-provider-names.ts";
import { presetOf } from "../config/presets.ts";
import type { ImportPlan, PlannedKey, PlannedProvider, PlannedSetting, PlannedToken } from "./import-plan.ts";

/** A provider of the configuration. */
export interface PresentProvider {
  readonly name: string;
  readonly path: string;
  readonly base_url: string;
  readonly is_default: boolean;
}

/** `providers`: those that are to be added. `known`: names of those that are there. */
export interface FittedPlan extends ImportPlan {
  readonly known: readonly string[];
}

/** The plan with the names under which its providers can be, or are already. */
export function fitPlan(plan: ImportPlan, present: readonly PresentProvider[]): FittedPlan {
  const names = new Map<string, string>();
  const taken = new Set([
    ...present.flatMap(({ name, path }) => [name, path]),
    ...plan.providers.map(({ name }) => name),
  ]);
  const known: string[] = [];
  const added: PlannedProvider[] = [];
  for (const provider of plan.providers) {
    const place = placeFor(provider, present, taken);
    names.set(provider.name, place.name);
    if (place.isKnown) known.push(place.name);
    else added.push({ ...provider, name: place.name, fields: { ...withAddress(provider, place.name) } });
  }
  const renamed = (name: string) => names.get(name) ?? name;
  // In a new file it is the first one.
  const defaultName = present.length === 0 ? plan.providers[0]?.name : present.find((each) => each.is_default)?.name;
  return {
    ...plan,
    providers: added,
    known,
    keys: plan.keys.map(
      (key): PlannedKey => (key.provider === undefined ? key : { ...key, provider: renamed(key.provider) }),
    ),
    clientTokens: plan.clientTokens.map(
      (token): PlannedToken =>
        token.providers === undefined ? token : { ...token, providers: token.providers.map(renamed) },
    ),
    settings: plan.settings
      .filter(({ unlessDefault }) => unlessDefault === undefined || renamed(unlessDefault) !== defaultName)
      .map((setting) => renamedSetting(setting, renamed)),
  };
}

interface Place {
  readonly name: string;
  readonly isKnown: boolean;
}

/** Under its own name, or with a number behind it where another address has that. */
function placeFor(provider: PlannedProvider, present: readonly PresentProvider[], taken: Set<string>): Place {
  const baseUrl = addressOf(provider);
  for (let number = 1; ; number++) {
    const name = number === 1 ? provider.name : `${provider.name}-${number}`;
    const there = present.find((each) => each.name === name);
    if (there !== undefined && there.base_url === baseUrl) return { name, isKnown: true };
    if (there !== undefined || isTaken(name, number, taken, present)) continue;
    taken.add(name);
    return { name, isKnown: false };
  }
}

function isTaken(
  name: string,
  number: number,
  taken: ReadonlySet<string>,
  present: readonly PresentProvider[],
): boolean {
  if (RESERVED_NAMES.has(name.toLowerCase())) return true;
  return number === 1 ? present.some(({ path }) => path === name) : taken.has(name);
}

function addressOf({ name, fields }: PlannedProvider): unknown {
  return fields.base_url ?? presetOf(name)?.baseUrl;
}

/** Under another name a known address must be written. */
function withAddress(provider: PlannedProvider, name: string): Readonly<Record<string, unknown>> {
  if (name === provider.name || provider.fields.base_url !== undefined) return provider.fields;
  const preset = presetOf(provider.name);
  return {
    base_url: preset?.baseUrl,
    ...(preset !== undefined && preset.dialect !== "openai" && { dialect: preset.dialect }),
    ...(preset?.authHeader !== undefined && { auth_header: preset.authHeader }),
    ...provider.fields,
  };
}

function renamedSetting({ path, value }: PlannedSetting, renamed: (name: string) => string): PlannedSetting {
  if (path[0] === "default_provider" && typeof value === "string") return { path, value: renamed(value) };
  return path[0] === "models" ? { path, value: renamedTargets(value, renamed) } : { path, value };
}

function renamedTargets(value: unknown, renamed: (name: string) => string): unknown {
  if (Array.isArray(value)) return value.map((each) => renamedTargets(each, renamed));
  const [name = "", ...model] = String(value).split("/");
  return [renamed(name), ...model].join("/");
}
