// One exchange through outbound proxies: where one cannot carry it, the next is asked, until it was sent.
import type { OutboundProxy } from "../config/outbound-proxy.ts";
import type { OutboundTries } from "./outbound-tries.ts";
import type { Exchange, HeaderList, Transport, TransportCall, TransportEnd, TransportEvents } from "./transport.ts";
import { unsendable } from "./transport-unsent.ts";

interface ExchangeParts {
  readonly tries: OutboundTries;
  readonly transportOf: (proxy: OutboundProxy) => Transport;
}

/** To its caller it is one exchange, whichever proxy carries it in the end. */
export class OutboundExchange implements Exchange, TransportEvents {
  readonly #call: TransportCall;
  readonly #events: TransportEvents;
  readonly #tries: OutboundTries;
  readonly #transportOf: ExchangeParts["transportOf"];
  #current: Exchange | undefined;
  #isPaused = false;
  #isAborted = false;

  constructor(call: TransportCall, events: TransportEvents, { tries, transportOf }: ExchangeParts) {
    this.#call = call;
    this.#events = events;
    this.#tries = tries;
    this.#transportOf = transportOf;
  }

  /** Asks the first proxy. */
  begin(): Exchange {
    return this.#askNext() ? this : unsendable(this.#events, this.#tries.cause);
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

  onHead(status: number, headers: HeaderList): void {
    this.#tries.noteSuccess();
    this.#events.onHead(status, headers);
  }

  onData(bytes: Uint8Array): void {
    this.#events.onData(bytes);
  }

  onEnd(end: TransportEnd): void {
    if (end.kind !== "never-sent" || this.#isAborted || !this.#tries.noteFailure(end.cause)) this.#events.onEnd(end);
    else if (!this.#askNext()) this.#events.onEnd({ kind: "never-sent", cause: this.#tries.cause });
  }

  #askNext(): boolean {
    const found = this.#tries.next();
    if (found === undefined) return false;
    const { proxy, connectMs } = found;
    this.#events.onRoute?.(proxy.id);
    this.#current = this.#transportOf(proxy).start({ ...this.#call, connectMs }, this);
    if (this.#isPaused) this.#current.pause();
    return true;
  }
}
