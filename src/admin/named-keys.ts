// Finds keys by words: an id, the beginning of one, a name, a pattern of names, or the secret itself.
import { count } from "../config/describe-value.ts";
import { nameForMessage } from "../config/name-for-message.ts";
import { compileGlobs } from "../core/glob.ts";
import { lazily } from "../core/lazily.ts";
import { inSlices, mapInSlices } from "../core/slices.ts";
import { UserError } from "../core/user-error.ts";
import type { KnownKey } from "./known-keys.ts";
import { nearestOfMany } from "./nearest-of-many.ts";

/** The shortest beginning of an id that stands for it. */
const ID_PREFIX = 6;

/**
 * The keys that words mean.
 * @throws UserError where a word means no key, or a name means several: then an id or the provider must say which.
 */
export async function namedKeys(words: readonly string[], keys: readonly KnownKey[]): Promise<ReadonlySet<KnownKey>> {
  const chosen = new Set<KnownKey>();
  const byId = await keysById(words, keys);
  const lookUp = lookUpIn(keys);
  for await (const slice of inSlices(words)) {
    for (const word of slice) {
      const found = byId.get(word) ?? (await otherKeysOf(word, keys, lookUp));
      for (const known of found) chosen.add(known);
    }
  }
  return chosen;
}

/** The keys whose ids are among the words: programs name keys so, again and again. */
async function keysById(words: readonly string[], keys: readonly KnownKey[]) {
  const wanted = new Set(words);
  const found = new Map<string, KnownKey[]>();
  for await (const slice of inSlices(keys)) {
    for (const known of slice) {
      const { id } = known.key;
      if (wanted.has(id)) found.set(id, [...(found.get(id) ?? []), known]);
    }
  }
  return found;
}

/** The keys that have a word as one of their facts; `idStart`: as the first characters of their id. */
type LookUp = (fact: "name" | "secret" | "idStart", word: string) => Promise<readonly KnownKey[]>;

/** Thousands of words may name as many keys: none of them is looked for by going through all keys. */
function lookUpIn(keys: readonly KnownKey[]): LookUp {
  const by = (fact: (key: KnownKey["key"]) => string) => lazily(() => groupInSlices(keys, ({ key }) => fact(key)));
  const maps = {
    name: by(({ name }) => name),
    secret: by(({ secret }) => secret),
    idStart: by(({ id }) => id.slice(0, ID_PREFIX)),
  };
  return async (fact, word) => (await maps[fact]()).get(word) ?? [];
}

async function groupInSlices<Item>(items: readonly Item[], keyOf: (item: Item) => string) {
  const groups = new Map<string, Item[]>();
  for await (const slice of inSlices(items)) {
    for (const item of slice) {
      const key = keyOf(item);
      const group = groups.get(key);
      if (group === undefined) groups.set(key, [item]);
      else group.push(item);
    }
  }
  return groups;
}

/** By a word that is no id. */
async function otherKeysOf(word: string, keys: readonly KnownKey[], lookUp: LookUp): Promise<readonly KnownKey[]> {
  if (/[*?]/.test(word)) return ofPattern(word, keys);
  const named = await lookUp("name", word);
  if (named.length > 1)
    throw new UserError(
      `${count(named.length, "key")} are named ${nameForMessage(word)}: name the provider with --provider, or one of the ids ${named.map(({ key }) => key.id).join(", ")}`,
    );
  if (named.length === 1) return named;
  const ofSecret = await lookUp("secret", word);
  return ofSecret.length > 0 ? ofSecret : byPrefix(word, keys, lookUp);
}

async function ofPattern(word: string, keys: readonly KnownKey[]): Promise<readonly KnownKey[]> {
  const matches = compileGlobs([word]);
  const named = await mapInSlices(keys, (known) => (matches(known.key.name) ? known : undefined));
  const found = named.filter((known) => known !== undefined);
  return found.length > 0 ? found : refuse(word, keys);
}

async function byPrefix(word: string, keys: readonly KnownKey[], lookUp: LookUp): Promise<readonly KnownKey[]> {
  const near = word.length < ID_PREFIX ? [] : await lookUp("idStart", word.slice(0, ID_PREFIX));
  const matches = near.filter(({ key }) => key.id.startsWith(word));
  if (matches.length > 1) throw new UserError(`${count(matches.length, "id")} begin with ${word}: write more of it`);
  return matches.length > 0 ? matches : refuse(word, keys);
}

/** @throws UserError with the name that was probably meant. */
async function refuse(word: string, keys: readonly KnownKey[]): Promise<never> {
  const names = keys.values().map(({ key }) => key.name);
  const near = await nearestOfMany(word, names);
  const hint = near === undefined ? "openai-balance keys list shows all" : `did you mean ${near}`;
  throw new UserError(`There is no key ${nameForMessage(word)}: ${hint}`);
}
