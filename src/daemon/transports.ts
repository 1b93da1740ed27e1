// One transport for each provider, kept over reloads so that connections stay open.
import type { ProviderConfig } from "../config/config.ts";
import type { Transport } from "../upstream/transport.ts";

interface Entry {
  readonly key: string;
  readonly transport: Transport;
}

/** What is configured: names of providers, URLs of outbound proxies. */
interface Retained {
  readonly providers: ReadonlySet<string>;
  readonly proxies: ReadonlySet<string>;
}

/** Makes transports with `create` and reuses them while nothing that they depend on changes. */
export class Transports {
  readonly #create: (config: ProviderConfig) => Transport;
  readonly #byProvider = new Map<string, Entry>();
  /** Replaced or gone, but requests that began with them may still need another attempt. */
  readonly #retired = new Set<Transport>();

  constructor(create: (config: ProviderConfig) => Transport) {
    this.#create = create;
  }

  of(config: ProviderConfig): Transport {
    const key = JSON.stringify([config.baseUrl, config.nativeBaseUrl, config.ca]);
    const known = this.#byProvider.get(config.name);
    if (known?.key === key) return known.transport;
    const transport = this.#create(config);
    this.#byProvider.set(config.name, { key, transport });
    if (known !== undefined) this.#retired.add(known.transport);
    return transport;
  }

  /**
   * Closes those that were replaced, those of providers that are gone, and connections through outbound proxies that
   * are, once nobody uses them.
   */
  async retain({ providers, proxies }: Retained, unused: Promise<void>): Promise<void> {
    for (const [name, { transport }] of this.#byProvider) {
      if (providers.has(name)) continue;
      this.#byProvider.delete(name);
      this.#retired.add(transport);
    }
    const retired = [...this.#retired];
    await unused;
    const kept = [...this.#byProvider.values()];
    await Promise.all([
      ...retired.map((transport) => this.#close(transport)),
      ...kept.map(({ transport }) => transport.retainProxies?.(proxies)),
    ]);
  }

  /** Closes all of them; exchanges that run are waited for. */
  async closeAll(): Promise<void> {
    await this.retain({ providers: new Set(), proxies: new Set() }, Promise.resolve());
  }

  async #close(transport: Transport): Promise<void> {
    if (this.#retired.delete(transport)) await transport.close();
  }
}
