// Builds what the request path needs of one provider, once per configuration.
import type { KeyConfig, ProviderConfig } from "../config/config.ts";
import { CredentialMask } from "../core/credential-mask.ts";
import { onceForEach } from "../core/once-for-each.ts";
import { dialectAt } from "./dialects.ts";
import type { Provider, UpstreamKey } from "./provider.ts";
import type { Transport } from "./transport.ts";

/** The provider with its dialect, its transport and its keys by id. */
export function buildProvider(config: ProviderConfig, transport: Transport): Provider {
  const keys = new Map(config.keys.map((key) => [key.id, upstreamKey(key)]));
  return { config, dialect: dialectAt(config.dialect, config.baseUrl), transport, keys };
}

/** Most keys are the same after a reload. */
const upstreamKey = onceForEach(({ id, name, secret, headers }: KeyConfig): UpstreamKey => {
  return { id, name, secret, headers, mask: new CredentialMask(secret) };
});
