// Finds the keys that an operator means: by id, name, glob, state, or the secret itself.
import { z } from "zod";
import type { Config } from "../config/config.ts";
import { count } from "../config/describe-value.ts";
import { nameForMessage } from "../config/name-for-message.ts";
import { nearestName } from "../config/nearest-name.ts";
import { compileGlobs } from "../core/glob.ts";
import { lazily } from "../core/lazily.ts";
import { UserError } from "../core/user-error.ts";
import { KEY_STATES, type KeyRow, stateOf } from "./key-rows.ts";
import type { KnownKey } from "./known-keys.ts";
import type { ControlPorts } from "./ports.ts";

/** The fields by which operations select keys. */
export const keySelection = {
  keys: z
    .array(z.string().min(1))
    .default([])
    .describe("Ids, names, patterns of names (`*`, `?`), or keys themselves. Empty: all that the other fields leave."),
  provider: z.string().optional().describe("Only keys of this provider."),
  status: z.enum(KEY_STATES).optional().describe("Only keys in this state."),
};

export interface KeySelection {
  readonly keys: readonly string[];
  readonly provider?: string | undefined;
  readonly status?: KeyRow["state"] | undefined;
}

/** The shortest beginning of an id that stands for it. */
const ID_PREFIX = 6;

/**
 * The keys that are meant, each once, in their order.
 * @throws UserError where a word means no key, or a name means several: then an id or the provider must say which.
 */
export function selectKeys(
  keys: readonly KnownKey[],
  selection: KeySelection,
  ports: Pick<ControlPorts, "config" | "key">,
): readonly KnownKey[] {
  const { provider, status } = selection;
  const open = provider === undefined ? keys : keys.filter((known) => known.provider === provider);
  // A provider that is not configured may have keys in the store all the same.
  if (open.length === 0) checkProvider(provider, ports.config());
  const chosen = new Set<KnownKey>();
  const lookUp = lookUpIn(open);
  for (const word of selection.keys) for (const known of keysOf(word, open, lookUp)) chosen.add(known);
  const all = selection.keys.length === 0 ? open : open.filter((known) => chosen.has(known));
  return status === undefined ? all : all.filter((known) => stateOf(known, ports) === status);
}

/** @throws UserError with the nearest name when there is no such provider. */
export function checkProvider(name: string | undefined, { providers }: Config): void {
  if (name === undefined || providers.some((provider) => provider.name === name)) return;
  const names = providers.map((provider) => provider.name);
  const near = nearestName(name, names);
  const hint =
    near !== undefined
      ? `did you mean ${near}`
      : names.length > 0
        ? `there are ${names.join(", ")}`
        : "none is configured";
  throw new UserError(`There is no provider ${nameForMessage(name)}: ${hint}`);
}

/** The keys that have a word as one of their facts; `idStart`: as the first characters of their id. */
type LookUp = (fact: "id" | "name" | "secret" | "idStart", word: string) => readonly KnownKey[];

/** Thousands of words may name as many keys: none of them is looked for by going through all keys. */
function lookUpIn(keys: readonly KnownKey[]): LookUp {
  const by = (fact: (key: KnownKey["key"]) => string) => lazily(() => Map.groupBy(keys, ({ key }) => fact(key)));
  const maps = {
    id: by(({ id }) => id),
    name: by(({ name }) => name),
    secret: by(({ secret }) => secret),
    idStart: by(({ id }) => id.slice(0, ID_PREFIX)),
  };
  return (fact, word) => maps[fact]().get(word) ?? [];
}

function keysOf(word: string, keys: readonly KnownKey[], lookUp: LookUp): readonly KnownKey[] {
  if (/[*?]/.test(word)) {
    const matches = compileGlobs([word]);
    return found(
      word,
      keys.filter(({ key }) => matches(key.name)),
      keys,
    );
  }
  const byId = lookUp("id", word);
  if (byId.length > 0) return byId;
  const named = lookUp("name", word);
  if (named.length > 1)
    throw new UserError(
      `${count(named.length, "key")} are named ${nameForMessage(word)}: name the provider with --provider, or one of the ids ${named.map(({ key }) => key.id).join(", ")}`,
    );
  if (named.length === 1) return named;
  const ofSecret = lookUp("secret", word);
  return ofSecret.length > 0 ? ofSecret : byPrefix(word, keys, lookUp);
}

function byPrefix(word: string, keys: readonly KnownKey[], lookUp: LookUp): readonly KnownKey[] {
  const near = word.length < ID_PREFIX ? [] : lookUp("idStart", word.slice(0, ID_PREFIX));
  const matches = near.filter(({ key }) => key.id.startsWith(word));
  if (matches.length < 2) return found(word, matches, keys);
  throw new UserError(`${count(matches.length, "id")} begin with ${word}: write more of it`);
}

function found(word: string, matches: readonly KnownKey[], keys: readonly KnownKey[]): readonly KnownKey[] {
  if (matches.length > 0) return matches;
  const near = nearestName(
    word,
    keys.map(({ key }) => key.name),
  );
  const hint = near === undefined ? "openai-balance keys list shows all" : `did you mean ${near}`;
  throw new UserError(`There is no key ${nameForMessage(word)}: ${hint}`);
}
