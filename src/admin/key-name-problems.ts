// What may be wrong with a name that an operator gives to a key.
import type { Config } from "../config/config.ts";
import { nameForMessage } from "../config/name-for-message.ts";
import type { StoredKey } from "../config/stored-key.ts";
import { MIN_SPELLED_LENGTH } from "../core/secret-spellings.ts";
import { isWritten, type NewKey } from "./new-keys.ts";
import { referredAs } from "./referred-as.ts";

const CONTROL = /\p{Cc}/u;

/** Every secret that is configured, or among these keys. */
export function secretsAmong({ providers }: Config, keys: readonly NewKey[] = []): ReadonlySet<string> {
  const configured = providers.flatMap((provider) => provider.keys);
  return new Set([...configured, ...keys.map(({ key }) => key)].map(({ secret }) => secret));
}

/** Names stand in logs, tables and files: one that is a key would show it, say where two columns were swapped. */
export function unfitName({ name, secret }: StoredKey, secrets: ReadonlySet<string>): string | undefined {
  if (name === undefined) return undefined;
  if (CONTROL.test(name)) return "expected a name without control characters";
  const isIn = secret.length >= MIN_SPELLED_LENGTH && name.includes(secret);
  return isIn || secrets.has(name) ? "expected a name that holds no key" : undefined;
}

/** What is said of a name that another key has. */
export function takenName(name: string, provider: string): string {
  return `${nameForMessage(name)} is already the name of another key of ${provider}`;
}

/** What refers to a key may do so by its name. */
export function renameProblem({ id, key: { provider, name } }: NewKey, config: Config): string | undefined {
  const field = name === undefined ? undefined : referredAs(id, provider, config);
  const known = field && config.providers.flatMap(({ keys }) => keys).find((key) => key.id === id);
  if (known === undefined || known.name === name || isWritten(known)) return undefined;
  return `the configuration names it as ${field}, so that it cannot get another name: change that first`;
}
