// Puts other stored keys into a configuration that is in effect.
import type { Config } from "./config.ts";
import { deepFreeze } from "./deep-freeze.ts";
import { withStoredKeys } from "./normalise-keys.ts";
import type { StoredKey } from "./stored-key.ts";

/** The configuration with these stored keys in place of those that it has; everything else stays. */
export function withStoredKeysOf(config: Config, stored: readonly StoredKey[]): Config {
  const providers = config.providers.map((provider) => {
    if (provider.authHeader === "none") return provider;
    const written = provider.keys.filter(({ source }) => source.kind !== "key-store");
    return { ...provider, keys: withStoredKeys(provider, written, stored) };
  });
  return deepFreeze({ ...config, providers });
}
