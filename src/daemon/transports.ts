// One transport for each provider, kept over reloads so that connections stay open.
import type { ProviderConfig } from "../config/config.ts";
import type { Transport } from "../upstream/transport.ts";

interface Entry {
  readonly key: string;
  readonly transport: Transport;
}

/** Makes transports with `create` and reuses them while nothing that they depend on changes. */
export class Transports {
  readonly #create: (config: ProviderConfig) => Transport;
  readonly #byProvider = new Map<string, Entry>();

  constructor(create: (config: ProviderConfig) => Transport) {
    this.#create = create;
  }

  of(config: ProviderConfig): Transport {
    const key = JSON.stringify([config.baseUrl, config.nativeBaseUrl, config.ca]);
    const known = this.#byProvider.get(config.name);
    if (known?.key === key) return known.transport;
    const transport = this.#create(config);
    this.#byProvider.set(config.name, { key, transport });
    // Requests that began with the old one finish on it.
    known?.transport.close().catch(() => {});
    return transport;
  }

  /** Closes those of providers that are gone. */
  async retain(names: ReadonlySet<string>): Promise<void> {
    const gone = [...this.#byProvider].filter(([name]) => !names.has(name));
    for (const [name] of gone) this.#byProvider.delete(name);
    await Promise.all(gone.map(([, { transport }]) => transport.close()));
  }
}
