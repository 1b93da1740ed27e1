// The transport of a provider: HTTP/2 where ALPN offers it, HTTP/1.1 otherwise.
import { createSecureContext, getCACertificates } from "node:tls";
import type { OutboundWay } from "./outbound-way.ts";
import type { Exchange, TransportCall, TransportEvents } from "./transport.ts";
import { dial } from "./transport-dial.ts";
import { type ConnectionWay, Http1Client } from "./transport-http1.ts";
import { TlsOrigin } from "./transport-tls-origin.ts";
import { unsendable } from "./transport-unsent.ts";
import { WebSocketClient } from "./websocket/client.ts";
import type { SocketEvents, SocketTransport, UpstreamSocket } from "./websocket/upstream-socket.ts";

export interface TransportOptions {
  /** PEM text of authorities to trust beside the usual ones. */
  readonly ca?: string;
  /** @default true */
  readonly allowHttp2?: boolean;
  /** The outbound proxy that all its connections go through, those to `http:` origins too. @default none */
  readonly via?: OutboundWay | undefined;
}

/**
 * A transport with its own connections. Trusted are Bun's own authorities, those of NODE_EXTRA_CA_CERTS, and `ca`.
 * It follows no redirect, decodes no body, sends nothing twice (but what a GOAWAY gave back unseen) and has no clock but
 * `connectMs`.
 */
export function createUndiciTransport(options: TransportOptions = {}): SocketTransport {
  return new UndiciTransport(options);
}

class UndiciTransport implements SocketTransport {
  readonly #http1: Http1Client;
  readonly #way: ConnectionWay;
  readonly #allowHttp2: boolean;
  readonly #tlsOrigins = new Map<string, TlsOrigin>();
  #closing: Promise<void> | undefined;

  constructor({ ca, allowHttp2 = true, via }: TransportOptions) {
    // Given alone, `ca` would replace the default authorities.
    const secureContext =
      ca === undefined ? undefined : createSecureContext({ ca: [...getCACertificates("default"), ca] });
    this.#way = { secureContext, via };
    this.#http1 = new Http1Client(this.#way);
    this.#allowHttp2 = allowHttp2;
  }

  start(call: TransportCall, events: TransportEvents): Exchange {
    const known = this.#tlsOrigins.get(call.origin);
    if (known !== undefined) return known.start(call, events);
    const url = URL.parse(call.origin);
    if (url === null || !/^https?:$/.test(url.protocol)) return unsendable(events, "INVALID_ORIGIN");
    if (url.protocol === "http:" || !this.#allowHttp2) return this.#http1.start(call, events);
    const origin = new TlsOrigin(url, { http1: this.#http1, way: this.#way });
    this.#tlsOrigins.set(call.origin, origin);
    return origin.start(call, events);
  }

  /** Each has a connection of its own. */
  openSocket(call: TransportCall, events: SocketEvents): UpstreamSocket {
    const { protocol, hostname, port } = new URL(call.origin);
    const isTls = protocol === "https:";
    const target = {
      hostname: hostname.replace(/^\[|\]$/g, ""),
      port: Number(port) || (isTls ? 443 : 80),
      isTls,
      alpn: ["http/1.1"],
      connectMs: call.connectMs,
      ...this.#way,
    };
    return new WebSocketClient(call, events, (done) => dial(target, done));
  }

  close(): Promise<void> {
    this.#closing ??= this.#closeAll();
    return this.#closing;
  }

  async #closeAll(): Promise<void> {
    await Promise.all([this.#http1.close(), ...[...this.#tlsOrigins.values()].map((origin) => origin.close())]);
  }
}
