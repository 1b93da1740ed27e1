// What binds a key to one of its outbound proxies: rendezvous hashing, by which a proxy that goes moves only its own keys.
import type { OutboundConfig, OutboundProxy } from "../config/outbound-proxy.ts";
import { textHash } from "../core/text-hash.ts";

/** The proxies of one key; made once for each key and configuration. */
export class OutboundRoute {
  readonly config: OutboundConfig;
  readonly #keyId: string;
  #ranked: readonly OutboundProxy[] | undefined;

  constructor(config: OutboundConfig, keyId: string) {
    this.config = config;
    this.#keyId = keyId;
  }

  /** The order in which a call asks them while all are healthy. `random`: from 0 up to 1. */
  ranked(random: () => number): readonly OutboundProxy[] {
    const { proxies, bind } = this.config;
    if (proxies.length < 2) return proxies;
    if (bind === "random") return shuffled(proxies, random);
    this.#ranked ??= rankFor(this.#keyId, proxies);
    return this.#ranked;
  }
}

/** The order of preference of one key (Thaler and Ravishankar, 1998: the highest random weight). */
export function rankFor(keyId: string, proxies: readonly OutboundProxy[]): readonly OutboundProxy[] {
  const weighed = proxies.map((proxy) => ({ proxy, weight: textHash(`${keyId} ${proxy.id}`) }));
  weighed.sort((a, b) => b.weight - a.weight || (a.proxy.id < b.proxy.id ? -1 : 1));
  return weighed.map(({ proxy }) => proxy);
}

/** Fisher and Yates. */
function shuffled(proxies: readonly OutboundProxy[], random: () => number): readonly OutboundProxy[] {
  const order = [...proxies];
  for (let last = order.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    const [a, b] = [order[last], order[other]];
    if (a === undefined || b === undefined) continue;
    order[last] = b;
    order[other] = a;
  }
  return order;
}
