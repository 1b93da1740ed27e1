// Builds what the request path needs of one provider, once per configuration.
import type { KeyConfig, ProviderConfig } from "../config/config.ts";
import type { OutboundConfig } from "../config/outbound-proxy.ts";
import { CredentialMask } from "../core/credential-mask.ts";
import { onceForEach } from "../core/once-for-each.ts";
import { OutboundRoute } from "../outbound/outbound-route.ts";
import { dialectAt } from "./dialects.ts";
import type { Provider, UpstreamKey } from "./provider.ts";
import type { Transport } from "./transport.ts";

/** The provider with its dialect, its transport and its keys by id. */
export function buildProvider(config: ProviderConfig, transport: Transport): Provider {
  const build = upstreamKeyOf(config.outbound ?? DIRECT);
  const keys = new Map(config.keys.map((key) => [key.id, build(key)]));
  return { config, dialect: dialectAt(config.dialect, config.baseUrl), transport, keys };
}

const DIRECT: OutboundConfig = { proxies: [], bind: "key" };

/** Most keys are the same after a reload. */
const upstreamKeyOf = onceForEach((inherited: OutboundConfig) =>
  onceForEach(({ id, name, secret, headers, outbound = inherited }: KeyConfig): UpstreamKey => {
    const route = outbound.proxies.length === 0 ? undefined : new OutboundRoute(outbound, id);
    return { id, name, secret, headers, outbound: route, mask: new CredentialMask(secret) };
  }),
);
