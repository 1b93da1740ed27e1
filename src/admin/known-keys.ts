// Every key that there is, as it is configured: cheap to walk through, also where there are many.
import type { Config, KeyConfig } from "../config/config.ts";
import { storedKeyConfig } from "../config/normalise-keys.ts";
import type { ControlPorts, KeysPort } from "./ports.ts";

/** `service`: `off`: its provider is not enabled. `none`: its provider is not configured, it only lies in the store. */
export interface KnownKey {
  readonly provider: string;
  readonly key: KeyConfig;
  readonly service: "on" | "off" | "none";
}

/** What the keys are read from. */
export interface KeyPorts extends Pick<ControlPorts, "config"> {
  readonly keys: Pick<KeysPort, "list">;
}

/** In the order of the configuration, then those that only the store knows. */
export function knownKeys(ports: KeyPorts): readonly KnownKey[] {
  const { providers } = ports.config();
  const known = providers.flatMap(({ name, keys, enabled }) =>
    keys.map((key): KnownKey => ({ provider: name, key, service: enabled ? "on" : "off" })),
  );
  return [...known, ...strays(providers, ports)];
}

function strays(providers: Config["providers"], { keys }: KeyPorts): readonly KnownKey[] {
  const names = new Set(providers.map(({ name }) => name));
  return keys
    .list()
    .filter(({ provider }) => !names.has(provider))
    .map((stored) => ({ provider: stored.provider, key: storedKeyConfig(stored), service: "none" }));
}
