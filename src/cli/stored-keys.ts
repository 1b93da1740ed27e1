// The keys that were added by command, for commands that only look at the configuration.
import type { StoredKeys } from "../config/stored-key.ts";
import { KeyStore } from "../keys/key-store.ts";
import { TokenStore } from "../tokens/token-store.ts";
import type { CliContext } from "./cli-context.ts";
import { dataFolderOf } from "./data-options.ts";
import { type ConfigOptions, environment } from "./read-config.ts";
import { note } from "./say.ts";

/** What the key store of the data folder holds; what is wrong with it goes to the error stream. */
export function storedKeys(context: CliContext, options: ConfigOptions): StoredKeys {
  const { cwd, now } = context;
  const { path: folder } = dataFolderOf(context, options);
  const store = new KeyStore({ folder, env: environment(context, options), cwd, now, isReadOnly: true });
  for (const text of store.notes) note(context, text);
  if (store.fault !== undefined) note(context, store.fault);
  const tokens = new TokenStore({ folder, now, isReadOnly: true });
  for (const text of [...tokens.notes, ...(tokens.fault === undefined ? [] : [tokens.fault])]) note(context, text);
  const hasTokens = tokens.tokens.length > 0 || !tokens.isComplete;
  return { keys: store.keys, isComplete: store.fault === undefined, hasTokens };
}
