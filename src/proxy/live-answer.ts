// An answer that is passed on while it arrives: from commit to its last byte.
import type { Outcome } from "../upstream/outcome.ts";
import type { Exchange, HeaderList, TransportEnd } from "../upstream/transport.ts";
import type { BodyPipe, PipeEnd } from "./body-pipe.ts";
import type { Timing } from "./timing.ts";

/** Where a live answer goes. `write` is called before `end`, `end` exactly once. */
export interface LiveSink {
  write(bytes: Uint8Array): void;
  end(end: LiveEnd): void;
}

/** `stalled`: no byte came for the idle time. `aborted`: our own doing, because the client left. */
export type LiveEnd = PipeEnd | { readonly kind: "aborted" };

export interface LiveAnswerStart {
  readonly status: number;
  readonly headers: HeaderList;
  readonly pipe: BodyPipe;
  readonly held: Uint8Array[];
  readonly idleMs: number;
  /** From the start of the attempt to its first byte. */
  readonly latencyMs: number;
}

/** Bytes that arrive before `attach` are held; the exchange is paused by whoever attaches, not here. */
export class LiveAnswer {
  readonly status: number;
  readonly headers: HeaderList;
  readonly pipe: BodyPipe;
  readonly #idleMs: number;
  readonly #latencyMs: number;
  readonly #timing: Timing;
  readonly #exchange: Exchange;
  #held: Uint8Array[];
  #sink: LiveSink | undefined;
  #end: LiveEnd | undefined;
  #lastByteAt: number;
  #isPaused = false;
  #stopTimer: () => void = () => {};

  constructor(start: LiveAnswerStart, exchange: Exchange, timing: Timing) {
    this.status = start.status;
    this.headers = start.headers;
    this.pipe = start.pipe;
    this.#held = start.held;
    this.#idleMs = start.idleMs;
    this.#latencyMs = start.latencyMs;
    this.#exchange = exchange;
    this.#timing = timing;
    this.#lastByteAt = timing.now();
    this.#armIdle(this.#idleMs);
  }

  /** Hands over what was held, then everything that follows. */
  attach(sink: LiveSink): void {
    this.#sink = sink;
    for (const bytes of this.#held) sink.write(bytes);
    this.#held = [];
    if (this.#end !== undefined) sink.end(this.#end);
  }

  /** How its end looks to the provider's health. */
  outcomeOf(end: LiveEnd): Outcome {
    const { status, headers } = this;
    switch (end.kind) {
      case "complete":
        return {
          kind: "answer",
          status,
          headers,
          inside: false,
          isHtml: false,
          latencyMs: this.#latencyMs,
          complete: true,
        };
      case "broken":
        return { kind: end.isStalled ? "stalled-after-commit" : "cut-after-commit", cause: end.cause };
      case "aborted":
        return { kind: "client-gone", waitedMs: this.#isPaused ? 0 : this.#timing.now() - this.#lastByteAt };
      default:
        return end satisfies never;
    }
  }

  onData(bytes: Uint8Array): void {
    if (this.#end !== undefined) return;
    this.#lastByteAt = this.#timing.now();
    const ready = this.pipe.push(bytes);
    if (ready === undefined) return;
    if (this.#sink === undefined) this.#held.push(ready);
    else this.#sink.write(ready);
  }

  onEnd(end: TransportEnd): void {
    this.#finish(end.kind === "aborted" ? { kind: "aborted" } : this.pipe.end(end));
  }

  pause(): void {
    this.#isPaused = true;
    this.#exchange.pause();
  }

  resume(): void {
    this.#isPaused = false;
    this.#lastByteAt = this.#timing.now();
    this.#exchange.resume();
  }

  /** The client left: the upstream call is cancelled at once. */
  abort(): void {
    if (this.#end !== undefined) return;
    this.#finish({ kind: "aborted" });
    this.#exchange.abort();
  }

  #finish(end: LiveEnd): void {
    if (this.#end !== undefined) return;
    this.#end = end;
    this.#stopTimer();
    this.#sink?.end(end);
  }

  #armIdle(delayMs: number): void {
    this.#stopTimer = this.#timing.schedule(delayMs, () => this.#checkIdle());
  }

  // One timer that looks how long ago the last byte came is cheaper than one that is moved by every chunk.
  #checkIdle(): void {
    if (this.#end !== undefined) return;
    const idleFor = this.#timing.now() - this.#lastByteAt;
    if (this.#isPaused || idleFor < this.#idleMs) {
      this.#armIdle(this.#isPaused ? this.#idleMs : this.#idleMs - idleFor);
      return;
    }
    this.#finish(this.pipe.end("stalled"));
    this.#exchange.abort();
  }
}
