// Lists the outbound proxies of a configuration.
import type { Config } from "./config.ts";
import type { OutboundProxy } from "./outbound-proxy.ts";

/** All that calls may go through, those of providers that are not enabled too; one may come more than once. */
export function proxiesOf({ providers }: Pick<Config, "providers">): readonly OutboundProxy[] {
  // Most keys have those of their provider.
  const lists = new Set(providers.flatMap(({ outbound, keys }) => [outbound, ...keys.map((key) => key.outbound)]));
  return [...lists].flatMap((list) => list?.proxies ?? []);
}
