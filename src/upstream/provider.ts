// Providers and their keys as the request path uses them, built once from the config.
import type { ProviderConfig } from "../config/config.ts";
import type { CredentialMask } from "../core/credential-mask.ts";
import type { OutboundRoute } from "../outbound/outbound-route.ts";
import type { Dialect } from "./dialect.ts";
import type { Transport } from "./transport.ts";

export interface Provider {
  readonly config: ProviderConfig;
  readonly dialect: Dialect;
  readonly transport: Transport;
  readonly keys: ReadonlyMap<string, UpstreamKey>;
}

export interface UpstreamKey {
  readonly id: string;
  readonly name: string;
  readonly secret: string;
  readonly headers: Readonly<Record<string, string>>;
  /** The outbound proxies that its calls go through; undefined: none. */
  readonly outbound?: OutboundRoute | undefined;
  /** Masks the secret where an answer quotes it. */
  readonly mask: CredentialMask;
}
