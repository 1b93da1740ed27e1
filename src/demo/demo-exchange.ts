// Plays a prepared answer as one HTTP exchange: piece by piece, with pauses, until it is done or aborted.
import type { Exchange, HeaderList, TransportEnd, TransportEvents } from "../upstream/transport.ts";
import type { DemoAnswer } from "./demo-answer.ts";

/** The exchange begins after the constructor has returned. */
export class DemoExchange implements Exchange {
  readonly #events: TransportEvents;
  readonly #delay: (ms: number) => Promise<void>;
  #isEnded = false;
  #paused: PromiseWithResolvers<void> | undefined;

  constructor(answer: DemoAnswer, events: TransportEvents, delay: (ms: number) => Promise<void>) {
    this.#events = events;
    this.#delay = delay;
    queueMicrotask(() => void this.#play(answer));
  }

  pause(): void {
    this.#paused ??= Promise.withResolvers();
  }

  resume(): void {
    this.#paused?.resolve();
    this.#paused = undefined;
  }

  abort(): void {
    queueMicrotask(() => {
      this.#end({ kind: "aborted", cause: "ABORTED" });
      this.resume();
    });
  }

  async #play({ status, headers, chunks }: DemoAnswer): Promise<void> {
    const encoder = new TextEncoder();
    let isBegun = false;
    for (const { delayMs, text } of chunks) {
      if (delayMs > 0) await this.#delay(delayMs);
      if (!isBegun && !this.#isEnded) this.#events.onHead(status, listOf(headers));
      isBegun = true;
      while (this.#paused !== undefined && !this.#isEnded) await this.#paused.promise;
      if (this.#isEnded) return;
      this.#events.onData(encoder.encode(text));
    }
    this.#end({ kind: "complete" });
  }

  #end(end: TransportEnd): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#events.onEnd(end);
  }
}

function listOf(headers: Readonly<Record<string, string>>): HeaderList {
  return Object.entries(headers);
}
