// One WebSocket through outbound proxies: where one cannot carry it, the next is asked, until its handshake was sent.
import type { OutboundProxy } from "../config/outbound-proxy.ts";
import type { OutboundTries } from "./outbound-tries.ts";
import type { HeaderList, TransportCall } from "./transport.ts";
import type { CloseReason } from "./websocket/close-codes.ts";
import type { SocketMessage } from "./websocket/frame-reader.ts";
import type { SocketEnd, SocketEvents, SocketTransport, UpstreamSocket } from "./websocket/upstream-socket.ts";

interface SocketParts {
  readonly tries: OutboundTries;
  readonly transportOf: (proxy: OutboundProxy) => SocketTransport;
}

/** To its caller it is one WebSocket, whichever proxy carries it in the end. */
export class OutboundSocket implements UpstreamSocket, SocketEvents {
  readonly #call: TransportCall;
  readonly #events: SocketEvents;
  readonly #tries: OutboundTries;
  readonly #transportOf: SocketParts["transportOf"];
  #current: UpstreamSocket | undefined;
  #isPaused = false;
  #isAborted = false;

  /** Asks the first proxy at once. */
  constructor(call: TransportCall, events: SocketEvents, { tries, transportOf }: SocketParts) {
    this.#call = call;
    this.#events = events;
    this.#tries = tries;
    this.#transportOf = transportOf;
    if (!this.#askNext()) queueMicrotask(() => this.#events.onEnd(this.#notSent()));
  }

  get waitingBytes(): number {
    return this.#current?.waitingBytes ?? 0;
  }

  send(message: SocketMessage): void {
    this.#current?.send(message);
  }

  ping(): void {
    this.#current?.ping();
  }

  close(close: CloseReason): void {
    this.#current?.close(close);
  }

  pause(): void {
    this.#isPaused = true;
    this.#current?.pause();
  }

  resume(): void {
    this.#isPaused = false;
    this.#current?.resume();
  }

  abort(): void {
    this.#isAborted = true;
    this.#current?.abort();
  }

  onOpen(headers: HeaderList, protocol: string | undefined): void {
    this.#tries.noteSuccess();
    this.#events.onOpen(headers, protocol);
  }

  onMessage(message: SocketMessage): void {
    this.#events.onMessage(message);
  }

  onAlive(): void {
    this.#events.onAlive();
  }

  onDrain(): void {
    this.#events.onDrain?.();
  }

  onEnd(end: SocketEnd): void {
    if (end.kind !== "never-sent" || this.#isAborted || !this.#tries.noteFailure(end.cause)) this.#events.onEnd(end);
    else if (!this.#askNext()) this.#events.onEnd(this.#notSent());
  }

  #askNext(): boolean {
    const found = this.#tries.next();
    if (found === undefined) return false;
    const { proxy, connectMs } = found;
    this.#events.onRoute?.(proxy.id);
    this.#current = this.#transportOf(proxy).openSocket({ ...this.#call, connectMs }, this);
    if (this.#isPaused) this.#current.pause();
    return true;
  }

  #notSent(): SocketEnd {
    return this.#isAborted ? { kind: "aborted", cause: "aborted" } : { kind: "never-sent", cause: this.#tries.cause };
  }
}
