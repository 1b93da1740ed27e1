// One exchange through outbound proxies: where one cannot carry it, the next is asked, until it was sent.
import type { OutboundProxy } from "../config/outbound-proxy.ts";
import type { OutboundTries } from "./outbound-tries.ts";
import {
  callAgain,
  type Exchange,
  type HeaderList,
  isStreamed,
  type StreamedBody,
  type Transport,
  type TransportCall,
  type TransportEnd,
  type TransportEvents,
} from "./transport.ts";
import { unsendable } from "./transport-unsent.ts";

interface ExchangeParts {
  readonly tries: OutboundTries;
  readonly transportOf: (proxy: OutboundProxy) => Transport;
}

/** To its caller it is one exchange, whichever proxy carries it in the end. */
export class OutboundExchange implements Exchange, TransportEvents {
  #call: TransportCall;
  readonly #events: TransportEvents;
  readonly #tries: OutboundTries;
  readonly #transportOf: ExchangeParts["transportOf"];
  #current: Exchange | undefined;
  #isPaused = false;
  #isAborted = false;
  /** Some of a body that is read while it is sent was taken. */
  #hasRead = false;

  constructor(call: TransportCall, events: TransportEvents, { tries, transportOf }: ExchangeParts) {
    this.#call = call;
    if (isStreamed(call.body)) this.#carry(call.body);
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

  onSent(): void {
    this.#events.onSent?.();
  }

  onHead(status: number, headers: HeaderList): void {
    this.#tries.noteSuccess();
    this.#events.onHead(status, headers);
  }

  onData(bytes: Uint8Array): void {
    this.#events.onData(bytes);
  }

  onEnd(end: TransportEnd): void {
    const stood = this.#hasRead;
    const isOver = end.kind !== "never-sent" || this.#isAborted || !this.#isWhole();
    if (isOver || !this.#tries.noteFailure(end.cause, stood)) this.#events.onEnd(end);
    else if (!this.#askNext()) this.#events.onEnd({ kind: "never-sent", cause: this.#tries.cause });
  }

  /** Whether the call can be sent from its beginning. */
  #isWhole(): boolean {
    return !this.#hasRead || callAgain(this.#call) !== undefined;
  }

  /** Whoever begins the body again, here or below, does so for every proxy that follows. */
  #carry(body: StreamedBody): StreamedBody {
    const carried: StreamedBody = {
      length: body.length,
      read: () => {
        this.#hasRead = true;
        return body.read();
      },
      again: () => {
        const again = body.again?.();
        return again && this.#carry(again);
      },
    };
    this.#hasRead = false;
    this.#call = { ...this.#call, body: carried };
    return carried;
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
