// Keys that an operator wants to add: what may be wrong with them, and what becomes of the stored ones.
import { z } from "zod";
import type { Config, KeyConfig } from "../config/config.ts";
import { count } from "../config/describe-value.ts";
import { nameForMessage } from "../config/name-for-message.ts";
import { nearestName } from "../config/nearest-name.ts";
import { PRESETS, type Preset, presetOf } from "../config/presets.ts";
import { sourceText } from "../config/source.ts";
import type { StoredKey } from "../config/stored-key.ts";
import { keyIdOf } from "../core/ids.ts";
import { maskSecret } from "../core/redaction.ts";
import { UserError } from "../core/user-error.ts";

const MOST_PROBLEMS = 10;
/** As every header can carry it. */
const USABLE = /^[\x21-\x7e]+$/;

/** A key to add, with its id. */
export interface NewKey {
  readonly id: string;
  readonly key: StoredKey;
}

/** What is configured already. */
export interface Present {
  readonly config: Config;
  readonly configFile: string | undefined;
}

export const addedKey = z.object({
  id: z.string(),
  name: z.string(),
  masked: z.string(),
  provider: z.string(),
  outcome: z
    .enum(["added", "updated", "known", "refused"])
    .describe("`known`: it was there already. `refused`: its test failed, so it was not added."),
  source: z.string().optional().describe("Where a known key comes from."),
});

export type AddedKey = z.output<typeof addedKey>;

export function newKey(key: StoredKey): NewKey {
  return { id: keyIdOf(key.provider, key.secret), key };
}

/** @throws UserError that names the keys that cannot be taken, by their places in the list. */
export function checkNewKeys(keys: readonly NewKey[], present: Present): void {
  const names = namesOf(present.config);
  const problems = keys.flatMap((found, index) => {
    const problem = problemOf(found, names, present);
    return problem === undefined ? [] : [keys.length === 1 ? problem : `key ${index + 1}: ${problem}`];
  });
  const [first, ...others] = problems.slice(0, MOST_PROBLEMS);
  if (first === undefined) return;
  const title = keys.length === 1 ? "Cannot add the key" : `Cannot add ${count(keys.length, "key")}, none was added`;
  const more = problems.length > MOST_PROBLEMS ? [`and ${problems.length - MOST_PROBLEMS} more`] : [];
  throw new UserError([`${title}: ${first}`, ...others, ...more].join("\n  "));
}

/** The stored keys with the new ones behind them; what is written in the configuration is not stored a second time. */
export function mergeKeys(
  stored: readonly StoredKey[],
  wanted: readonly NewKey[],
  { providers }: Config,
): { readonly keys: readonly StoredKey[]; readonly outcomes: readonly AddedKey[] } {
  const keys = new Map(stored.map((key) => [newKey(key).id, key]));
  const written = new Map(providers.flatMap((provider) => provider.keys.map((key) => [key.id, key] as const)));
  let isChanged = false;
  const outcomes = wanted.map(({ id, key }): AddedKey => {
    const known = keys.get(id);
    const configured = written.get(id);
    if (known === undefined && configured !== undefined) return alreadyWritten(key, configured);
    const next = known === undefined ? key : { ...known, ...settingsOf(key) };
    const isNews = known === undefined || !isSame(known, next);
    if (isNews) keys.set(id, next);
    isChanged ||= isNews;
    const name = next.name ?? maskSecret(key.secret);
    const outcome = known === undefined ? "added" : isNews ? "updated" : "known";
    return { ...factsOf(id, key, name), outcome, ...(outcome === "known" && { source: "key store" }) };
  });
  return { keys: isChanged ? [...keys.values()] : stored, outcomes };
}

/** One that was not even tried to store. */
export function refusedKey({ id, key }: NewKey): AddedKey {
  return { ...factsOf(id, key, key.name ?? maskSecret(key.secret)), outcome: "refused" };
}

function alreadyWritten(key: StoredKey, { id, name, source }: KeyConfig): AddedKey {
  return { ...factsOf(id, key, name), outcome: "known", source: sourceText(source) };
}

function factsOf(id: string, { provider, secret }: StoredKey, name: string) {
  return { id, name, masked: maskSecret(secret), provider };
}

/** The owner of each name, by provider and name. */
function namesOf({ providers }: Config): Map<string, string> {
  return new Map(providers.flatMap(({ name, keys }) => keys.map((key) => [`${name}\0${key.name}`, key.id] as const)));
}

function problemOf({ id, key }: NewKey, names: Map<string, string>, present: Present): string | undefined {
  return providerProblem(key.provider, present) ?? secretProblem(key.secret) ?? nameProblem(id, key, names);
}

function providerProblem(name: string, { config, configFile }: Present): string | undefined {
  const provider = config.providers.find((found) => found.name === name);
  if (provider?.authHeader === "none") return `the provider ${name} wants no key`;
  if (provider !== undefined) return undefined;
  const preset = presetOf(name);
  const isReady = preset !== undefined && wantsOnlyKey(preset);
  if (isReady && configFile === undefined) return undefined;
  const problem = `there is no provider ${nameForMessage(name)}`;
  if (isReady) return `${problem} in ${configFile}: openai-balance config set providers.${name} {} adds it`;
  const known = [
    ...config.providers.map((found) => found.name),
    ...PRESETS.filter(wantsOnlyKey).map((other) => other.name),
  ];
  const near = nearestName(name, known);
  return near === undefined
    ? `${problem}: known are ${[...new Set(known)].join(", ")}; any other must stand in a config file, with its base_url`
    : `${problem}: did you mean ${near}`;
}

function wantsOnlyKey({ baseUrl, authHeader }: Preset): boolean {
  return baseUrl !== undefined && authHeader === undefined;
}

function secretProblem(secret: string): string | undefined {
  if (/\s/.test(secret)) return "expected a key without spaces";
  if (!USABLE.test(secret)) return "expected a key of printable ASCII characters";
  return secret.includes(",") ? "expected one key, got a comma" : undefined;
}

/** A name that another key has, configured or earlier in the list. */
function nameProblem(id: string, { provider, name }: StoredKey, names: Map<string, string>): string | undefined {
  if (name === undefined) return undefined;
  const place = `${provider}\0${name}`;
  const owner = names.get(place);
  names.set(place, id);
  if (owner === undefined || owner === id) return undefined;
  return `${nameForMessage(name)} is already the name of another key of ${provider}`;
}

function settingsOf({ name, weight, priority, models }: StoredKey): Partial<StoredKey> {
  return {
    ...(name !== undefined && { name }),
    ...(weight !== undefined && { weight }),
    ...(priority !== undefined && { priority }),
    ...(models !== undefined && { models }),
  };
}

function isSame(a: StoredKey, b: StoredKey): boolean {
  return JSON.stringify(settingsOf(a)) === JSON.stringify(settingsOf(b));
}
