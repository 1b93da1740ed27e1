// `keys.set`: changes what is said of keys of the encrypted store.
import { z } from "zod";
import type { Config } from "../../config/config.ts";
import { type Source, sourceText } from "../../config/source.ts";
import type { StoredKey } from "../../config/stored-key.ts";
import { maskSecret } from "../../core/redaction.ts";
import { inSlices, mapInSlices } from "../../core/slices.ts";
import { UserError } from "../../core/user-error.ts";
import { renameProblem, secretsAmong, takenName, unfitName } from "../key-name-problems.ts";
import { dayProblem } from "../key-problems.ts";
import { changedKey, isChange, type KeyChange, keyChange } from "../key-settings.ts";
import type { KnownKey } from "../known-keys.ts";
import { changeSelection, meantKeys, namedKey, nameOf } from "../meant-keys.ts";
import { isWritten, newKey } from "../new-keys.ts";
import { call } from "../operation.ts";

const refusedKey = namedKey.extend({ why: z.string().describe("Why, and where to change it instead.") });

type Refused = z.output<typeof refusedKey>;

export const keysSet = call({
  name: "keys.set",
  kind: "change",
  who: "admin",
  summary:
    "Changes name, weight, priority, models and limits of keys of the encrypted store; what they rest for and what is used of limits stays.",
  input: z.strictObject({ ...changeSelection, ...keyChange }),
  output: z.object({
    keys: z.array(namedKey).describe("The keys that were changed, or were so already."),
    refused: z.array(refusedKey).describe("Keys that are not the store's, or that cannot be so."),
  }),
  async run({ keys, provider, status, search, min_failures, all, ...change }, ports) {
    if (!isChange(change)) throw new UserError("What is to change? Give a name, weight, priority, models or limits");
    const meant = await meantKeys({ keys, provider, status, search, min_failures, all }, ports);
    refuseSharedName(meant, change);
    const config = ports.config();
    const refused: Refused[] = [];
    const open: KnownKey[] = [];
    for await (const slice of inSlices(meant)) {
      for (const known of slice) {
        if (known.key.source.kind === "key-store") open.push(known);
        else refused.push({ ...nameOf(known), why: whereInstead(known.provider, known.key.source) });
      }
    }
    if (open.length === 0) return { keys: [], refused };
    const outcome = { done: new Map<string, StoredKey>(), problems: new Map<string, string>() };
    // Made beforehand, as the change itself is one step; a key that is another one by then is made anew.
    const wanted = new Set(open.map(({ key }) => key.id));
    const found = await mapInSlices(ports.keys.list(), (key) => (wanted.has(newKey(key).id) ? [key] : []));
    const made = new Map(await mapInSlices(found.flat(), (key) => [key, readied(changedKey(key, change))] as const));
    await ports.keys.change((stored) => applied(stored, { wanted, change, config, made }, outcome));
    for (const known of open) {
      const why = outcome.problems.get(known.key.id);
      if (why !== undefined) refused.push({ ...nameOf(known), why });
    }
    return { keys: open.flatMap((known) => renamed(known, outcome.done.get(known.key.id))), refused };
  },
});

/** `wanted`: ids. */
interface Wish {
  readonly wanted: ReadonlySet<string>;
  readonly change: KeyChange;
  readonly config: Config;
  readonly made: ReadonlyMap<StoredKey, StoredKey>;
}

/** What is made of a key when it is first used is made now. */
function readied(key: StoredKey): StoredKey {
  newKey(key);
  return key;
}

interface Outcome {
  readonly done: Map<string, StoredKey>;
  readonly problems: Map<string, string>;
}

/** The same list where nothing is new. It runs when its turn has come: the keys may be others by then. */
function applied(stored: readonly StoredKey[], wish: Wish, { done, problems }: Outcome): readonly StoredKey[] {
  const problemOf = problemFinder(stored, wish);
  let isChanged = false;
  const next = stored.map((key) => {
    const { id } = newKey(key);
    if (!wish.wanted.has(id)) return key;
    const changed = wish.made.get(key) ?? changedKey(key, wish.change);
    const why = problemOf(id, changed);
    if (why !== undefined) {
      problems.set(id, why);
      return key;
    }
    done.set(id, changed);
    isChanged ||= changed !== key;
    return changed;
  });
  for (const id of wish.wanted) if (!done.has(id) && !problems.has(id)) problems.set(id, "it was removed meanwhile");
  return isChanged ? next : stored;
}

/** @throws UserError: to one key a name means something, to several it does not. */
function refuseSharedName(meant: readonly KnownKey[], { name }: KeyChange): void {
  if (typeof name === "string" && meant.length > 1)
    throw new UserError(`A name is for one key only, and these are ${meant.length}: name one of them by its id`);
}

/** Says why a key cannot be as the change would make it. */
function problemFinder(stored: readonly StoredKey[], { change, config }: Wish) {
  const isNamed = change.name !== undefined;
  const secrets = isNamed ? secretsAmong(config, stored.map(newKey)) : new Set<string>();
  const names = isNamed ? ownersOf(stored, config) : new Map<string, string>();
  return (id: string, key: StoredKey): string | undefined =>
    (isNamed ? nameProblem(id, key, { names, secrets, config }) : undefined) ?? dayProblem(key, config);
}

interface NameScene {
  readonly names: ReadonlyMap<string, string>;
  readonly secrets: ReadonlySet<string>;
  readonly config: Config;
}

function nameProblem(id: string, key: StoredKey, { names, secrets, config }: NameScene): string | undefined {
  const { provider, name } = key;
  const unfit = unfitName(key, secrets) ?? renameProblem({ id, key: { ...key, name: calledOf(key) } }, config);
  if (unfit !== undefined || name === undefined) return unfit;
  const owner = names.get(`${provider}\0${name}`);
  return owner === undefined || owner === id ? undefined : takenName(name, provider);
}

/** The owner of each name, by provider and name. */
function ownersOf(stored: readonly StoredKey[], { providers }: Config): ReadonlyMap<string, string> {
  const written = providers.flatMap(({ name, keys }) =>
    keys.filter(isWritten).map((key) => [`${name}\0${key.name}`, key.id] as const),
  );
  return new Map([...stored.map((key) => [`${key.provider}\0${calledOf(key)}`, newKey(key).id] as const), ...written]);
}

function calledOf({ name, secret }: StoredKey): string {
  return name ?? maskSecret(secret);
}

function renamed(known: KnownKey, key: StoredKey | undefined) {
  return key === undefined ? [] : [{ ...nameOf(known), name: key.name ?? maskSecret(key.secret) }];
}

function whereInstead(provider: string, source: Source): string {
  const from = `it comes from ${sourceText(source)}`;
  if (source.kind === "file") return `${from}: change it there`;
  if (source.kind !== "variable" && source.kind !== "keys-file") return `${from}, where nothing can be said of it`;
  return `${from}, which holds nothing but keys: write it under providers.${provider}.api_keys of a config file, or take it out there and add it with openai-balance keys add`;
}
