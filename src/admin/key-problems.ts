// What may be wrong with keys that an operator wants to add, or with what is said about them.
import type { Config } from "../config/config.ts";
import { count } from "../config/describe-value.ts";
import { inheritLimits } from "../config/inherit-limits.ts";
import { nameForMessage } from "../config/name-for-message.ts";
import { nearestName } from "../config/nearest-name.ts";
import { countsDays } from "../config/normalise-limits.ts";
import { PRESETS, type Preset, presetOf } from "../config/presets.ts";
import type { StoredKey } from "../config/stored-key.ts";
import { UserError } from "../core/user-error.ts";
import { renameProblem, secretsAmong, takenName, unfitName } from "./key-name-problems.ts";
import type { NewKey } from "./new-keys.ts";
import type { ControlPorts } from "./ports.ts";

const MOST_PROBLEMS = 10;
/** As every header can carry it. */
const USABLE = /^[\x21-\x7e]+$/;

/** What is configured already. */
export interface Present {
  readonly config: Config;
  readonly configFile: string | undefined;
  /** Whether the configuration would have the key's provider if the key were stored. */
  readonly hasPlaceFor: (key: StoredKey) => boolean;
}

export function presentIn(ports: Pick<ControlPorts, "config" | "configFile" | "keys">): Present {
  const { keys } = ports;
  return { config: ports.config(), configFile: ports.configFile(), hasPlaceFor: (key) => keys.hasPlaceFor(key) };
}

/** `isShared`: a key before it was refused for the same. */
export interface KeyProblem {
  readonly text: string;
  readonly isShared: boolean;
}

/** Says of each key that is to be added, one after the other, why it cannot be. `keys`: all of them. */
export function problemFinder(keys: readonly NewKey[], present: Present): (key: NewKey) => KeyProblem | undefined {
  const { config } = present;
  const names = namesOf(config);
  const secrets = secretsAmong(config, keys);
  const providers = new Map<string, string | undefined>();
  return (found) => {
    const { provider, secret } = found.key;
    const isKnown = providers.has(provider);
    if (!isKnown) providers.set(provider, providerProblem(found.key, present));
    const ofProvider = providers.get(provider);
    if (ofProvider !== undefined) return { text: ofProvider, isShared: isKnown };
    const text =
      secretProblem(secret, config) ??
      unfitName(found.key, secrets) ??
      newNameProblem(found, names) ??
      renameProblem(found, config) ??
      dayProblem(found.key, config);
    return text === undefined ? undefined : { text, isShared: false };
  };
}

/** @throws UserError that names the keys that cannot be taken, by their places in the list. */
export function checkNewKeys(keys: readonly NewKey[], present: Present): void {
  const problemOf = problemFinder(keys, present);
  const problems = keys.flatMap((key, index) => {
    const problem = problemOf(key);
    // Told with the first of its keys: it is the same for all of them.
    if (problem === undefined || problem.isShared) return [];
    return [keys.length === 1 ? problem.text : `key ${index + 1}: ${problem.text}`];
  });
  refuseAll(problems, keys.length);
}

/** @throws UserError where there is a problem. `amount`: how many keys were to be added. */
export function refuseAll(problems: readonly string[], amount: number): void {
  const [first, ...others] = problems.slice(0, MOST_PROBLEMS);
  if (first === undefined) return;
  const title = amount === 1 ? "Cannot add the key" : `Cannot add ${count(amount, "key")}, none was added`;
  const more = problems.length > MOST_PROBLEMS ? [`and ${problems.length - MOST_PROBLEMS} more`] : [];
  throw new UserError([`${title}: ${first}`, ...others, ...more].join("\n  "));
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

/** Providers that are not configured, and would be once a key of theirs is stored. */
export function addablePresets(present: Present): string[] {
  const names = new Set(present.config.providers.map(({ name }) => name));
  const open = PRESETS.filter((preset) => !names.has(preset.name) && wantsOnlyKey(preset));
  const [first] = open;
  if (first === undefined || present.configFile !== undefined) return [];
  // What has a place for one has a place for all of them, and to ask takes long where there are many keys.
  const hasPlace = present.hasPlaceFor({ provider: first.name, secret: "not-a-key", added_at: "" });
  return hasPlace ? open.map(({ name }) => name) : [];
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

/** The owner of each name, by provider and name. */
function namesOf({ providers }: Config): Map<string, string> {
  return new Map(providers.flatMap(({ name, keys }) => keys.map((key) => [`${name}\0${key.name}`, key.id] as const)));
}

/** A name that another key has, configured or earlier in the list. */
function newNameProblem({ id, key: { provider, name } }: NewKey, names: Map<string, string>): string | undefined {
  if (name === undefined) return undefined;
  const place = `${provider}\0${name}`;
  const owner = names.get(place);
  if (owner === undefined) names.set(place, id);
  return owner === undefined || owner === id ? undefined : takenName(name, provider);
}

/** As in the config file: what is said of days must be heeded by something. */
export function dayProblem({ provider, limits }: StoredKey, { providers }: Config): string | undefined {
  if (limits?.day === undefined || limits.day === "rolling") return undefined;
  const around = providers.find(({ name }) => name === provider)?.statedLimits;
  const heeding = around === undefined ? limits : inheritLimits(limits, around);
  return countsDays(heeding) ? undefined : "limits.day has no effect: neither rpd nor tpd is set";
}
