// Keys of several providers, as the configuration that they come from and the ports that tell how they fare.
import { eachKnownKey, type KeyPorts, type KnownKey } from "../../src/admin/known-keys.ts";
import type { ControlPorts } from "../../src/admin/ports.ts";
import type { KeyStateName } from "../../src/balancer/contract.ts";
import type { Config } from "../../src/config/config.ts";
import type { StoredKey } from "../../src/config/stored-key.ts";
import { poolSpecs } from "../../src/daemon/pool-specs.ts";
import { balancerOf, START } from "../balancer/fixtures.ts";
import { loadValid } from "../config/load.ts";

/** A configuration of these providers, written in a file. */
export function configOf(providers: readonly object[], rest: object = {}): Config {
  return loadValid({ yaml: JSON.stringify({ providers, ...rest }) }).config;
}

export interface ListPorts extends KeyPorts, Pick<ControlPorts, "key"> {}

/** The ports of a configuration that nothing happened to yet, with states by the names of the keys. */
export function portsOf(
  config: Config,
  states: Readonly<Record<string, KeyStateName>> = {},
  stored: readonly StoredKey[] = [],
): ListPorts {
  const balancer = balancerOf(poolSpecs(config, () => true));
  const names = new Map(config.providers.flatMap(({ keys }) => keys.map(({ id, name }) => [id, name] as const)));
  return {
    config: () => config,
    keys: { list: () => stored },
    key: (place) => {
      const report = balancer.reportKey(place, START);
      return report && { ...report, state: states[names.get(place.keyId) ?? ""] ?? report.state };
    },
  };
}

/** Those keys, of which some are said to be otherwise. */
export function keysOf(
  ports: ListPorts,
  change: (key: KnownKey["key"], index: number) => object = () => ({}),
): readonly KnownKey[] {
  return Array.from(eachKnownKey(ports), (known, index) => ({
    ...known,
    key: { ...known.key, ...change(known.key, index) },
  }));
}

/** As a test writes a key down. */
export function placeOf({ provider, key }: KnownKey): string {
  return `${provider}/${key.name}`;
}
