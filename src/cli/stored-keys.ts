// The keys that were added by command, for commands that only look at the configuration.
import type { StoredKeys } from "../config/stored-key.ts";
import { KeyStore } from "../keys/key-store.ts";
import type { CliContext } from "./cli-context.ts";
import { dataFolderOf } from "./data-options.ts";
import { type ConfigOptions, environment } from "./read-config.ts";

/** What the key store of the data folder holds; why it cannot be opened goes to the error stream. */
export function storedKeys(context: CliContext, options: ConfigOptions): StoredKeys {
  const { cwd, now } = context;
  const { path: folder } = dataFolderOf(context, options);
  const store = new KeyStore({ folder, env: environment(context, options), cwd, now, isReadOnly: true });
  if (store.fault !== undefined) context.err.write(`${store.fault}\n`);
  return { keys: store.keys, isComplete: store.fault === undefined };
}
