// The transport of a provider whose keys may call through outbound proxies: it picks the proxy of each call.
import type { OutboundConfig, OutboundProxy } from "../config/outbound-proxy.ts";
import type { OutboundRoute } from "../outbound/outbound-route.ts";
import { OutboundExchange } from "./outbound-exchange.ts";
import { OutboundSocket } from "./outbound-socket.ts";
import { OutboundTries } from "./outbound-tries.ts";
import type { OutboundBook, OutboundWay } from "./outbound-way.ts";
import type { Exchange, TransportCall, TransportEvents } from "./transport.ts";
import type { SocketEvents, SocketTransport, UpstreamSocket } from "./websocket/upstream-socket.ts";

/** Makes a transport with connections of its own. */
export type CreateTransport = (via: OutboundWay | undefined) => SocketTransport;

/** One pool of connections for each proxy, so that keys on different ones never share a connection; one without any. */
export class OutboundTransport implements SocketTransport {
  readonly #book: OutboundBook;
  readonly #create: CreateTransport;
  readonly #direct: SocketTransport;
  /** By URL: with another password it is another way. */
  readonly #through = new Map<string, SocketTransport>();
  readonly #transportOf = (proxy: OutboundProxy): SocketTransport => this.#via(proxy);
  #isClosed = false;

  constructor(book: OutboundBook, create: CreateTransport) {
    this.#book = book;
    this.#create = create;
    this.#direct = create(undefined);
  }

  start(call: TransportCall, events: TransportEvents): Exchange {
    const { outbound } = call;
    if (outbound === undefined) return this.#direct.start(call, events);
    return new OutboundExchange(call, events, this.#partsFor(outbound, call)).begin();
  }

  openSocket(call: TransportCall, events: SocketEvents): UpstreamSocket {
    const { outbound } = call;
    if (outbound === undefined) return this.#direct.openSocket(call, events);
    return new OutboundSocket(call, events, this.#partsFor(outbound, call));
  }

  isCutOff(outbound: OutboundConfig): boolean {
    return this.#book.isCutOff(outbound);
  }

  async retainProxies(urls: ReadonlySet<string>): Promise<void> {
    const gone = [...this.#through].filter(([url]) => !urls.has(url));
    for (const [url] of gone) this.#through.delete(url);
    await Promise.all(gone.map(([, transport]) => transport.close()));
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all([this.#direct, ...this.#through.values()].map((transport) => transport.close()));
  }

  #partsFor(outbound: OutboundRoute, call: TransportCall) {
    const tries = new OutboundTries(this.#book.order(outbound), this.#book, call);
    return { tries, transportOf: this.#transportOf };
  }

  #via(proxy: OutboundProxy): SocketTransport {
    const known = this.#through.get(proxy.url);
    if (known !== undefined) return known;
    const transport = this.#create({ proxy, begin: () => this.#book.begin(proxy) });
    this.#through.set(proxy.url, transport);
    if (this.#isClosed) transport.close().catch(() => {});
    return transport;
  }
}
