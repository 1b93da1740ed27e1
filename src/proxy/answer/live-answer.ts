// An answer that is passed on while it arrives: from commit to its last byte.
import type { Outcome } from "../../upstream/outcome.ts";
import type { Exchange, TransportEnd, TransportEvents } from "../../upstream/transport.ts";
import type { Timing } from "../timing.ts";
import { type AnswerHead, successOf } from "./answer-head.ts";
import type { BodyPipe, PipeEnd } from "./body-pipe.ts";

/** Where a live answer goes. `write` is called before `end`, `end` exactly once. */
export interface LiveSink {
  write(bytes: Uint8Array): void;
  end(end: LiveEnd): void;
}

/** `aborted`: our own doing, because the client left or reads no more. */
export type LiveEnd = PipeEnd | { readonly kind: "aborted" };

export interface LiveAnswerStart {
  readonly head: AnswerHead;
  readonly pipe: BodyPipe;
  /** What came before the commit; taken over. */
  readonly held: Uint8Array[];
  readonly idleMs: number;
  /** Aborts when the client leaves. */
  readonly signal: AbortSignal;
  readonly exchange: Exchange;
  readonly timing: Timing;
}

/**
 * A client that has read nothing for so long is given up, and its connection broken: it would hold a slot of the key and
 * an upstream call for ever.
 */
const MAX_UNREAD_MS = 10 * 60_000;
/** More than this is not taken from the upstream while nobody is there to pass it on to. */
const MAX_UNCLAIMED_BYTES = 256 * 1024;

/**
 * It is over once its end was handed to the client, or when the client left, even if that never asked for the first
 * byte. Whoever commits it passes it on, or aborts it.
 */
export class LiveAnswer implements TransportEvents {
  readonly head: AnswerHead;
  readonly pipe: BodyPipe;
  readonly #idleMs: number;
  readonly #signal: AbortSignal;
  readonly #exchange: Exchange;
  readonly #timing: Timing;
  readonly #onAbort = () => this.abort();
  /** Called when the answer has named further objects, before the client can know of them. */
  onNamed: (() => void) | undefined;
  #named = 0;
  #held: Uint8Array[];
  #unclaimedBytes = 0;
  #sink: LiveSink | undefined;
  /** How the upstream's part ended. */
  #end: LiveEnd | undefined;
  /** How it ended for the client. */
  #over: LiveEnd | undefined;
  #onOver: ((end: LiveEnd) => void) | undefined;
  #lastByteAt: number;
  #bytesOut = 0;
  #isPaused = false;
  #stopTimer: () => void = () => {};

  constructor({ head, pipe, held, idleMs, signal, exchange, timing }: LiveAnswerStart) {
    this.head = head;
    this.pipe = pipe;
    this.#held = held;
    this.#idleMs = idleMs;
    this.#signal = signal;
    this.#exchange = exchange;
    this.#timing = timing;
    this.#lastByteAt = timing.now();
    this.#armIdle(idleMs);
    signal.addEventListener("abort", this.#onAbort, { once: true });
  }

  /** Bytes handed to the client so far. */
  get bytesOut(): number {
    return this.#bytesOut;
  }

  /** Calls `listener` when all is over, exactly once: at once if the client left already. */
  whenOver(listener: (end: LiveEnd) => void): void {
    if (this.#over === undefined) this.#onOver = listener;
    else listener(this.#over);
  }

  /** Hands over what was held, then everything that follows. */
  attach(sink: LiveSink): void {
    if (this.#over !== undefined) {
      sink.end(this.#over);
      return;
    }
    const wasPaused = this.#isPaused;
    this.#isPaused = false;
    this.#sink = sink;
    const held = this.#held;
    this.#held = [];
    for (const bytes of held) this.#write(bytes);
    if (this.#end !== undefined) this.#conclude(this.#end);
    else if (wasPaused && !this.#isPaused) this.resume();
  }

  /** How its end looks to the provider's health. */
  outcomeOf(end: LiveEnd): Outcome {
    switch (end.kind) {
      case "complete":
        // What its headers state of limits was noted at the commit; by now those times are too late.
        return successOf({ ...this.head, headers: [] }, true);
      case "broken":
        return { kind: end.isStalled ? "stalled-after-commit" : "cut-after-commit", cause: end.cause };
      case "aborted":
        return { kind: "client-gone", waitedMs: this.#waitedMs() };
      default:
        return end satisfies never;
    }
  }

  onHead(): void {
    // It came before the commit.
  }

  onData(bytes: Uint8Array): void {
    if (this.#end !== undefined) return;
    this.#lastByteAt = this.#timing.now();
    const ready = this.pipe.push(bytes);
    if (this.onNamed !== undefined) this.#noteNamed();
    if (ready === undefined) return;
    if (this.#sink === undefined) this.#hold(ready);
    else this.#write(ready);
  }

  onEnd(end: TransportEnd): void {
    const how: LiveEnd = end.kind === "aborted" ? { kind: "aborted" } : this.pipe.end(end);
    this.onNamed?.();
    this.#finish(how);
  }

  /** The client reads no more for now. */
  pause(): void {
    if (this.#end !== undefined) return;
    this.#isPaused = true;
    this.#exchange.pause();
  }

  resume(): void {
    if (this.#end !== undefined) return;
    this.#isPaused = false;
    this.#lastByteAt = this.#timing.now();
    this.#exchange.resume();
  }

  /** The client left: the upstream call is cancelled at once. */
  abort(): void {
    if (this.#over !== undefined) return;
    const isRunning = this.#end === undefined;
    this.#end ??= { kind: "aborted" };
    this.#stopTimer();
    this.#conclude({ kind: "aborted" });
    if (isRunning) this.#exchange.abort();
  }

  #noteNamed(): void {
    const count = this.pipe.objectIds.length;
    if (count === this.#named) return;
    this.#named = count;
    this.onNamed?.();
  }

  #hold(bytes: Uint8Array): void {
    this.#held.push(bytes);
    this.#unclaimedBytes += bytes.length;
    if (this.#unclaimedBytes > MAX_UNCLAIMED_BYTES && !this.#isPaused) this.pause();
  }

  #write(bytes: Uint8Array): void {
    if (this.#over !== undefined) return;
    this.#bytesOut += bytes.length;
    this.#sink?.write(bytes);
  }

  #finish(end: LiveEnd): void {
    if (this.#end !== undefined) return;
    this.#end = end;
    this.#stopTimer();
    if (this.#sink !== undefined) this.#conclude(end);
  }

  #conclude(end: LiveEnd): void {
    if (end.kind !== "aborted" && end.tail !== undefined && end.tail.length > 0) this.#write(end.tail);
    if (this.#over !== undefined) return;
    this.#over = end;
    this.#held = [];
    this.#signal.removeEventListener("abort", this.#onAbort);
    this.#sink?.end(end);
    this.#onOver?.(end);
  }

  // What was ended by the provider before the client left, or held up by the client itself, says nothing of the key.
  #waitedMs(): number {
    return this.#isPaused || this.#end?.kind !== "aborted" ? 0 : this.#timing.now() - this.#lastByteAt;
  }

  #armIdle(delayMs: number): void {
    this.#stopTimer = this.#timing.schedule(delayMs, () => this.#checkIdle());
  }

  // One timer that looks how long ago the last byte came is cheaper than one that is moved by every chunk.
  #checkIdle(): void {
    if (this.#end !== undefined) return;
    const idleFor = this.#timing.now() - this.#lastByteAt;
    const limitMs = this.#isPaused ? MAX_UNREAD_MS : this.#idleMs;
    if (idleFor < limitMs) {
      this.#armIdle(Math.min(this.#idleMs, limitMs - idleFor));
      return;
    }
    if (this.#isPaused) {
      this.abort();
      return;
    }
    this.#finish(this.pipe.end("stalled"));
    this.#exchange.abort();
  }
}
