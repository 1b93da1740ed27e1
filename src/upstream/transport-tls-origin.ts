// One origin over TLS: learns by ALPN what it speaks, and keeps as many HTTP/2 sessions as its calls need.
import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import type { Http2Request } from "./http2/exchange.ts";
import { Http2Session, type SessionOwner } from "./http2/session.ts";
import type { Exchange, TransportCall, TransportEvents } from "./transport.ts";
import { dial } from "./transport-dial.ts";
import type { ConnectionWay, Http1Client } from "./transport-http1.ts";
import { unsendable, WaitingExchange } from "./transport-unsent.ts";

/** A call that waits for a connection or for room on one. */
interface Waiting {
  readonly request: Http2Request;
  readonly exchange: WaitingExchange;
}

/** What all origins share. */
interface TlsOriginParts {
  readonly http1: Http1Client;
  readonly way: ConnectionWay;
}

/** Starts exchanges at one `https:` origin. */
export class TlsOrigin implements SessionOwner {
  readonly #url: URL;
  readonly #parts: TlsOriginParts;
  /** Whether the last connection chose HTTP/1.1; false before the first. */
  #isHttp1 = false;
  /** Those that take streams, the fullest first: calls go to the first with room, so that the last ones fall idle. */
  readonly #sessions: Http2Session[] = [];
  /** Those that only finish what they have. */
  readonly #leaving = new Set<Http2Session>();
  /** First come, first served. */
  readonly #waiting = new Set<Waiting>();
  /** Connections that are being opened; call one to give it up. */
  readonly #dials = new Set<() => void>();
  /** Those of them that an outbound proxy has not let through to the target. */
  readonly #heldUp = new Set<() => void>();
  /** How many streams a session took last time; a first one may take any number. */
  #sessionStreams = Number.POSITIVE_INFINITY;
  #isClosing = false;
  #onClosed: (() => void) | undefined;

  constructor(url: URL, parts: TlsOriginParts) {
    this.#url = url;
    this.#parts = parts;
  }

  start(call: TransportCall, events: TransportEvents): Exchange {
    return this.#isClosing ? unsendable(events, "TRANSPORT_CLOSED") : this.#begin({ call, events, isRestart: false });
  }

  restart(request: Http2Request): Exchange {
    return this.#begin(request);
  }

  onRoom(): void {
    this.#serve();
  }

  onSettings(session: Http2Session): void {
    this.#sessionStreams = Math.max(session.capacity ?? 1, 1);
    this.#serve();
    this.#dialForWaiting();
  }

  onLeaving(session: Http2Session): void {
    this.#sessions.splice(this.#sessions.indexOf(session), 1);
    this.#leaving.add(session);
    // A server that accepts and hangs up would otherwise be dialled in a loop.
    if (session.capacity === undefined) this.#onNoConnection("HTTP2_SESSION_CLOSED");
    else this.#dialForWaiting();
  }

  onClosed(session: Http2Session): void {
    this.#leaving.delete(session);
    this.#closeWhenDone();
  }

  close(): Promise<void> {
    this.#isClosing = true;
    return new Promise((resolve) => {
      this.#onClosed = resolve;
      this.#closeWhenDone();
    });
  }

  #begin(request: Http2Request): Exchange {
    if (this.#isHttp1) return this.#parts.http1.start(request.call, request.events);
    const session = this.#waiting.size === 0 ? this.#sessionWithRoom() : undefined;
    if (session !== undefined) return open(session, request);
    const { call, events } = request;
    const waiting: Waiting = {
      request,
      exchange: new WaitingExchange(events, () => {
        this.#waiting.delete(waiting);
        this.#closeWhenDone();
      }),
    };
    this.#waiting.add(waiting);
    this.#dialForWaiting();
    // After the dial: where both are late at once, its word says why.
    waiting.exchange.limit(call.connectMs, () => this.#lateCause());
    return waiting.exchange;
  }

  #sessionWithRoom(): Http2Session | undefined {
    return this.#sessions.find((session) => session.room > 0);
  }

  #serve(): void {
    for (const waiting of this.#waiting) {
      const session = this.#sessionWithRoom();
      if (session === undefined) return;
      this.#waiting.delete(waiting);
      waiting.exchange.become(open(session, waiting.request));
    }
    this.#closeWhenDone();
  }

  /** Opens as many connections as those that wait will fill, counting those that are on their way. */
  #dialForWaiting(): void {
    const [first] = this.#waiting;
    if (first === undefined) return;
    let coming = this.#dials.size + this.#sessions.filter(isComing).length;
    while (coming === 0 || coming * this.#sessionStreams < this.#waiting.size) {
      coming++;
      this.#dial(first.request.call.connectMs);
    }
  }

  #dial(connectMs: number): void {
    const { way } = this.#parts;
    const target = {
      hostname: this.#url.hostname.replace(/^\[|\]$/g, ""),
      port: Number(this.#url.port) || 443,
      isTls: true,
      alpn: ["h2", "http/1.1"],
      connectMs,
      onTunnel: () => void this.#heldUp.delete(cancel),
      ...way,
    };
    const cancel = dial(target, (result) => {
      this.#dials.delete(cancel);
      this.#heldUp.delete(cancel);
      if (result.ok) this.#adopt(result.socket);
      else this.#onNoConnection(result.error.code ?? result.error.name);
    });
    this.#dials.add(cancel);
    if (way.via !== undefined) this.#heldUp.add(cancel);
  }

  /** Who waits for a connection that another call began may have less time than that. */
  #lateCause(): string {
    const isHeldUp = this.#dials.size > 0 && this.#heldUp.size === this.#dials.size;
    return isHeldUp && this.#sessions.length === 0 ? "PROXY_TIMEOUT" : "CONNECT_TIMEOUT";
  }

  #adopt(socket: Socket | TLSSocket): void {
    this.#isHttp1 = !("alpnProtocol" in socket) || socket.alpnProtocol !== "h2";
    if (!("alpnProtocol" in socket) || this.#isHttp1) {
      this.#becomeHttp1(socket);
      return;
    }
    this.#sessions.push(new Http2Session(socket, this.#url.host, this));
    this.#serve();
  }

  #becomeHttp1(socket: Socket): void {
    const { http1 } = this.#parts;
    const [first, ...others] = this.#waiting;
    this.#waiting.clear();
    if (first === undefined) socket.destroy();
    else first.exchange.become(http1.startOn(socket, first.request.call, first.request.events));
    for (const { exchange, request } of others) exchange.become(http1.start(request.call, request.events));
    this.#closeWhenDone();
  }

  /** While a session lives, those that wait may still get room on it. */
  #onNoConnection(cause: string): void {
    if (this.#sessions.length > 0 || this.#dials.size > 0) return;
    for (const { exchange } of this.#waiting) exchange.fail(cause);
    this.#closeWhenDone();
  }

  #closeWhenDone(): void {
    if (!this.#isClosing || this.#waiting.size > 0) return;
    for (const session of [...this.#sessions]) session.retire();
    for (const cancel of [...this.#dials]) cancel();
    if (this.#leaving.size === 0) this.#onClosed?.();
  }
}

function open(session: Http2Session, request: Http2Request): Exchange {
  return session.open(request) ?? unsendable(request.events, "INVALID_REQUEST");
}

/** It will take streams soon: its settings are not known, or it has none and they forbid any. */
function isComing(session: Http2Session): boolean {
  return session.capacity === undefined || (session.isIdle && session.room <= 0);
}
