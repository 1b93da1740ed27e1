// Keys that an operator wants to add: what may be wrong with them, and what becomes of the stored ones.
import { z } from "zod";
import type { Config, KeyConfig } from "../config/config.ts";
import { count } from "../config/describe-value.ts";
import { nameForMessage } from "../config/name-for-message.ts";
import { nearestName } from "../config/nearest-name.ts";
import { storedKeyConfig } from "../config/normalise-keys.ts";
import { PRESETS, type Preset, presetOf } from "../config/presets.ts";
import { sourceText } from "../config/source.ts";
import type { StoredKey } from "../config/stored-key.ts";
import { maskSecret } from "../core/redaction.ts";
import { MIN_SPELLED_LENGTH } from "../core/secret-spellings.ts";
import { UserError } from "../core/user-error.ts";
import { referredAs } from "./referred-as.ts";

const MOST_PROBLEMS = 10;
/** As every header can carry it. */
const USABLE = /^[\x21-\x7e]+$/;
const CONTROL = /\p{Cc}/u;

/** A key to add, with its id. */
export interface NewKey {
  readonly id: string;
  readonly key: StoredKey;
}

/** What is configured already. */
export interface Present {
  readonly config: Config;
  readonly configFile: string | undefined;
  /** Whether the configuration would have the key's provider if the key were stored. */
  readonly hasPlaceFor: (key: StoredKey) => boolean;
}

export const addedKey = z.object({
  id: z.string().describe("12 hex digits; the same over restarts, safe to show."),
  name: z.string().describe("What logs call it."),
  masked: z.string().describe("The secret's first and last four characters."),
  provider: z.string().describe("Its provider."),
  outcome: z
    .enum(["added", "updated", "known", "refused"])
    .describe("`known`: it was there already. `refused`: its test failed, so it was not added."),
  source: z.string().optional().describe("Where a known key comes from."),
});

export type AddedKey = z.output<typeof addedKey>;

export function newKey(key: StoredKey): NewKey {
  return { id: storedKeyConfig(key).id, key };
}

/** @throws UserError that names the keys that cannot be taken, by their places in the list. */
export function checkNewKeys(keys: readonly NewKey[], present: Present): void {
  const { config } = present;
  const names = namesOf(config);
  const configured = config.providers.flatMap((provider) => provider.keys);
  const secrets = new Set([...configured, ...keys.map(({ key }) => key)].map(({ secret }) => secret));
  const providers = new Map<string, string | undefined>();
  const problems = keys.flatMap((found, index) => {
    const { provider, secret } = found.key;
    const isKnown = providers.has(provider);
    if (!isKnown) providers.set(provider, providerProblem(found.key, present));
    const ofProvider = providers.get(provider);
    // Told with the first of its keys: it is the same for all of them.
    if (isKnown && ofProvider !== undefined) return [];
    const problem =
      ofProvider ??
      secretProblem(secret, config) ??
      unfitName(found, secrets) ??
      nameProblem(found, names) ??
      renameProblem(found, config);
    return problem === undefined ? [] : [keys.length === 1 ? problem : `key ${index + 1}: ${problem}`];
  });
  const [first, ...others] = problems.slice(0, MOST_PROBLEMS);
  if (first === undefined) return;
  const title = keys.length === 1 ? "Cannot add the key" : `Cannot add ${count(keys.length, "key")}, none was added`;
  const more = problems.length > MOST_PROBLEMS ? [`and ${problems.length - MOST_PROBLEMS} more`] : [];
  throw new UserError([`${title}: ${first}`, ...others, ...more].join("\n  "));
}

/** `outcomes`: one for each wanted key, in their order. */
export interface MergedKeys {
  readonly keys: readonly StoredKey[];
  readonly outcomes: readonly AddedKey[];
}

/** The stored keys with the new ones behind them; what is written in the configuration is not stored a second time. */
export function mergeKeys(stored: readonly StoredKey[], wanted: readonly NewKey[], { providers }: Config): MergedKeys {
  const keys = new Map(stored.map((key) => [newKey(key).id, key]));
  const written = new Map(
    providers.flatMap((provider) => provider.keys.filter(isWritten).map((key) => [key.id, key] as const)),
  );
  let isChanged = false;
  const outcomes = wanted.map(({ id, key }): AddedKey => {
    const configured = written.get(id);
    if (configured !== undefined) return alreadyWritten(key, configured);
    const known = keys.get(id);
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

/** It counts as what is written, also where the store has it too. */
function isWritten({ source }: KeyConfig): boolean {
  return source.kind !== "key-store";
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

function providerProblem(key: StoredKey, { config, configFile, hasPlaceFor }: Present): string | undefined {
  const name = key.provider;
  const provider = config.providers.find((found) => found.name === name);
  const preset = presetOf(name);
  if ((provider ?? preset)?.authHeader === "none") return `the provider ${name} wants no key`;
  if (provider !== undefined) return undefined;
  const isReady = preset !== undefined && wantsOnlyKey(preset);
  const problem = `there is no provider ${nameForMessage(name)}`;
  if (isReady && configFile !== undefined)
    return `${problem} in ${configFile}: openai-balance config set providers.${name} {} adds it`;
  if (isReady)
    return hasPlaceFor(key)
      ? undefined
      : `${problem}, and API_KEYS or PROVIDERS_CONFIG says which there are: add it there`;
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

function secretProblem(secret: string, { providers }: Config): string | undefined {
  // Taken as a secret it would be masked wherever the provider is named.
  if (presetOf(secret) !== undefined || providers.some(({ name }) => name === secret))
    return "expected a key, got the name of a provider, which --provider takes";
  if (/\s/.test(secret)) return "expected a key without spaces";
  if (!USABLE.test(secret)) return "expected a key of printable ASCII characters";
  return secret.includes(",") ? "expected one key, got a comma" : undefined;
}

/** Names stand in logs, tables and files: one that is a key would show it, say where two columns were swapped. */
function unfitName({ key: { name, secret } }: NewKey, secrets: ReadonlySet<string>): string | undefined {
  if (name === undefined) return undefined;
  if (CONTROL.test(name)) return "expected a name without control characters";
  const isIn = secret.length >= MIN_SPELLED_LENGTH && name.includes(secret);
  return isIn || secrets.has(name) ? "expected a name that holds no key" : undefined;
}

/** A name that another key has, configured or earlier in the list. */
function nameProblem({ id, key: { provider, name } }: NewKey, names: Map<string, string>): string | undefined {
  if (name === undefined) return undefined;
  const place = `${provider}\0${name}`;
  const owner = names.get(place);
  names.set(place, id);
  if (owner === undefined || owner === id) return undefined;
  return `${nameForMessage(name)} is already the name of another key of ${provider}`;
}

/** What refers to a key may do so by its name. */
function renameProblem({ id, key: { provider, name } }: NewKey, config: Config): string | undefined {
  const field = name === undefined ? undefined : referredAs(id, provider, config);
  const known = field && config.providers.flatMap(({ keys }) => keys).find((key) => key.id === id);
  if (known === undefined || known.name === name || isWritten(known)) return undefined;
  return `the configuration names it as ${field}, so that it cannot get another name: change that first`;
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
