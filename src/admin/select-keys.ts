// Finds the keys that an operator means: by id, name, glob, state, or the secret itself.
import { z } from "zod";
import type { Config, KeyConfig } from "../config/config.ts";
import { count } from "../config/describe-value.ts";
import { nameForMessage } from "../config/name-for-message.ts";
import { nearestName } from "../config/nearest-name.ts";
import { compileGlobs } from "../core/glob.ts";
import { UserError } from "../core/user-error.ts";
import { KEY_STATES, type KeyRow } from "./key-rows.ts";

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
 * The rows that are meant, each once, in their order.
 * @throws UserError where a word means no key, or a name means several: then an id or the provider must say which.
 */
export function selectKeys(rows: readonly KeyRow[], selection: KeySelection, config: Config): readonly KeyRow[] {
  checkProvider(selection.provider, config);
  const { provider, status } = selection;
  const open = rows.filter((row) => provider === undefined || row.provider === provider);
  const chosen = new Set<KeyRow>();
  for (const word of selection.keys) for (const row of rowsOf(word, open, config)) chosen.add(row);
  const all = selection.keys.length === 0 ? open : open.filter((row) => chosen.has(row));
  return all.filter((row) => status === undefined || row.state === status);
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

function rowsOf(word: string, rows: readonly KeyRow[], config: Config): readonly KeyRow[] {
  if (/[*?]/.test(word)) {
    const matches = compileGlobs([word]);
    return found(
      word,
      rows.filter(({ name }) => matches(name)),
      rows,
    );
  }
  const byId = rows.filter(({ id }) => id === word);
  if (byId.length > 0) return byId;
  const named = rows.filter(({ name }) => name === word);
  if (named.length > 1)
    throw new UserError(
      `${count(named.length, "key")} are named ${nameForMessage(word)}: name the provider with --provider, or one of the ids ${named.map(({ id }) => id).join(", ")}`,
    );
  if (named.length === 1) return named;
  const bySecret = idsOfSecret(word, config);
  const ofSecret = rows.filter(({ id }) => bySecret.has(id));
  return ofSecret.length > 0 ? ofSecret : byPrefix(word, rows);
}

function byPrefix(word: string, rows: readonly KeyRow[]): readonly KeyRow[] {
  const isPrefix = word.length >= ID_PREFIX && /^[0-9a-f]+$/.test(word);
  const matches = isPrefix ? rows.filter(({ id }) => id.startsWith(word)) : [];
  if (matches.length < 2) return found(word, matches, rows);
  throw new UserError(`${count(matches.length, "id")} begin with ${word}: write more of it`);
}

function idsOfSecret(word: string, { providers }: Config): ReadonlySet<string> {
  const keys: readonly KeyConfig[] = providers.flatMap((provider) => provider.keys);
  return new Set(keys.filter(({ secret }) => secret === word).map(({ id }) => id));
}

function found(word: string, matches: readonly KeyRow[], rows: readonly KeyRow[]): readonly KeyRow[] {
  if (matches.length > 0) return matches;
  const near = nearestName(
    word,
    rows.map(({ name }) => name),
  );
  throw new UserError(
    `There is no key ${nameForMessage(word)}${near === undefined ? ": openai-balance keys list shows all" : `: did you mean ${near}`}`,
  );
}
