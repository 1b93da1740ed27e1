// Exchanges that have no connection: those that wait for one, and those that cannot have one.
import type { Exchange, TransportEnd, TransportEvents } from "./transport.ts";

/** Ends as `never-sent` at once, or as `aborted` if that comes first. */
export function unsendable(events: TransportEvents, cause: string): Exchange {
  let end: TransportEnd = { kind: "never-sent", cause };
  queueMicrotask(() => events.onEnd(end));
  return {
    pause() {},
    resume() {},
    abort() {
      end = { kind: "aborted", cause: "aborted" };
    },
  };
}

/** Waits for a connection, then hands everything on to the exchange that it became. */
export class WaitingExchange implements Exchange {
  readonly #events: TransportEvents;
  readonly #onLeave: () => void;
  #timer: NodeJS.Timeout | undefined;
  #successor: Exchange | undefined;
  #isPaused = false;
  #isOver = false;

  /** `onLeave` is called when it waits no more without having been given a connection. */
  constructor(events: TransportEvents, onLeave: () => void) {
    this.#events = events;
    this.#onLeave = onLeave;
  }

  /** It waits no longer than this from now on; `cause` is asked for when that is over. */
  limit(connectMs: number, cause: () => string): void {
    if (!this.#isOver) this.#timer = setTimeout(() => this.fail(cause()), connectMs);
  }

  /** Goes on as `exchange`. */
  become(exchange: Exchange): void {
    clearTimeout(this.#timer);
    this.#isOver = true;
    this.#successor = exchange;
    if (this.#isPaused) exchange.pause();
  }

  fail(cause: string): void {
    this.#end({ kind: "never-sent", cause });
  }

  pause(): void {
    this.#isPaused = true;
    this.#successor?.pause();
  }

  resume(): void {
    this.#isPaused = false;
    this.#successor?.resume();
  }

  abort(): void {
    if (this.#successor !== undefined) this.#successor.abort();
    else this.#end({ kind: "aborted", cause: "aborted" });
  }

  #end(end: TransportEnd): void {
    if (this.#isOver) return;
    this.#isOver = true;
    clearTimeout(this.#timer);
    this.#onLeave();
    queueMicrotask(() => this.#events.onEnd(end));
  }
}
