// Every key that there is, as it is configured: cheap to walk through, also where there are many.
import type { KeyPlace, KeyReport } from "../balancer/contract.ts";
import type { Config, KeyConfig } from "../config/config.ts";
import { storedKeyConfig } from "../config/normalise-keys.ts";
import type { StoredKey } from "../config/stored-key.ts";
import { mapInSlices } from "../core/slices.ts";

/** `service`: `off`: its provider is not enabled. `none`: its provider is not configured, it only lies in the store. */
export interface KnownKey {
  readonly provider: string;
  readonly key: KeyConfig;
  readonly service: "on" | "off" | "none";
}

/** What the keys are read from. */
export interface KeyPorts {
  config(): Config;
  readonly keys: { list(): readonly StoredKey[] };
}

/** How they fare. */
export interface KeyHealthPorts extends KeyPorts {
  /** One key as it fares; undefined for one of a provider that is not enabled. */
  key(place: KeyPlace): KeyReport | undefined;
}

/** All of them as a list, which is made in slices. */
export function allKnownKeys(ports: KeyPorts): Promise<readonly KnownKey[]> {
  return mapInSlices(eachKnownKey(ports), (known) => known);
}

export function placeOf({ provider, key }: KnownKey): KeyPlace {
  return { provider, keyId: key.id };
}

/** In the order of the configuration, then those that only the store knows. There may be many: see `inSlices`. */
export function* eachKnownKey(ports: KeyPorts): Generator<KnownKey> {
  const { providers } = ports.config();
  const stored = ports.keys.list();
  for (const { name, keys, enabled } of providers) {
    for (const key of keys) yield { provider: name, key, service: enabled ? "on" : "off" };
  }
  const names = new Set(providers.map(({ name }) => name));
  for (const key of stored) {
    if (!names.has(key.provider)) yield { provider: key.provider, key: storedKeyConfig(key), service: "none" };
  }
}
