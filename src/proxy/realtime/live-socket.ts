// A session after its commit: messages pass both ways until one side ends it.
import type { Outcome } from "../../upstream/outcome.ts";
import { CLOSE, type CloseReason } from "../../upstream/websocket/close-codes.ts";
import type { SocketMessage } from "../../upstream/websocket/frame-reader.ts";
import type { SocketEnd, SocketEvents, UpstreamSocket } from "../../upstream/websocket/upstream-socket.ts";
import { type AnswerHead, successOf } from "../answer/answer-head.ts";
import type { LivePart } from "../attempt/attempt-result.ts";
import type { Timing } from "../timing.ts";
import type { ClientLink, ClientTarget } from "./client-link.ts";
import { closeForClient, closeForProvider, failureIn } from "./closing.ts";
import { SessionMemory } from "./session-memory.ts";
import { type SessionReports, SessionUsage } from "./session-usage.ts";

/**
 * `closed`: in order, by either side. `client-gone`: lost, or given up because it or its provider did not keep up.
 * `code`: why this program ended it.
 */
export type SessionEnd =
  | { readonly kind: "closed" | "client-gone"; readonly code?: string }
  | {
      readonly kind: "broken";
      readonly cause: string;
      readonly isStalled: boolean;
      /** The words of the provider's close. */
      readonly reason?: string;
    };

export interface LiveSocketStart {
  readonly head: AnswerHead;
  readonly upstream: UpstreamSocket;
  readonly link: ClientLink;
  /** The provider is asked for a sign of life after half of it, and given up after it. */
  readonly idleMs: number;
  readonly mask: (text: string) => string;
  readonly timing: Timing;
}

/**
 * The server cannot be told to read no more from a client, so that a client which sends faster than its provider takes
 * is closed when more than this waits. A single message of any size passes.
 */
const MAX_WAITING_BYTES = 32 * 1024 * 1024;

const OVERLOADED = "Too much waits in memory (server.max_buffered)";

export class LiveSocket implements LivePart, SocketEvents, ClientTarget, SessionReports {
  readonly head: AnswerHead;
  readonly pipe = new SessionUsage(this);
  onUsage: SessionReports["onUsage"] = () => {};
  onResponse: SessionReports["onResponse"] = () => {};
  onError: SessionReports["onError"] = () => {};
  readonly #upstream: UpstreamSocket;
  readonly #link: ClientLink;
  readonly #idleMs: number;
  readonly #mask: (text: string) => string;
  readonly #timing: Timing;
  /** What waits for the provider. */
  readonly #unsent: SessionMemory;
  #unreadBytes = 0;
  #lastHeardAt: number;
  #isPaused = false;
  /** What decided; the provider's side may still be closing. */
  #end: SessionEnd | undefined;
  #isOver = false;
  #onOver: ((end: SessionEnd) => void) | undefined;
  #stopTimer: () => void = () => {};

  constructor({ head, upstream, link, idleMs, mask, timing }: LiveSocketStart) {
    this.head = head;
    this.#upstream = upstream;
    this.#link = link;
    this.#idleMs = idleMs;
    this.#mask = mask;
    this.#timing = timing;
    this.#unsent = new SessionMemory(link.pool);
    this.#lastHeardAt = timing.now();
    link.target = this;
    this.#arm();
  }

  /** Calls `listener` when the provider's side is over, exactly once. */
  whenOver(listener: (end: SessionEnd) => void): void {
    if (this.#isOver && this.#end !== undefined) listener(this.#end);
    else this.#onOver = listener;
  }

  /** How its end looks to the provider's health. */
  outcomeOf(end: SessionEnd): Outcome {
    switch (end.kind) {
      case "closed":
        // What its headers state of limits was noted at the commit.
        return successOf({ ...this.head, headers: [] }, true);
      case "client-gone":
        return { kind: "client-gone", waitedMs: 0 };
      case "broken":
        return { kind: end.isStalled ? "stalled-after-commit" : "cut-after-commit", cause: end.cause };
      default:
        return end satisfies never;
    }
  }

  /** Ends it for both sides, by a code of ours as the reason; `message`: what the client is told before. */
  closeBoth(close: CloseReason, message?: SocketMessage): void {
    if (this.#end !== undefined) return;
    this.#finish({ kind: "closed", code: close.reason });
    if (message !== undefined) this.#link.send(message);
    this.#link.close(close);
    this.#upstream.close({ code: CLOSE.goingAway, reason: "" });
  }

  abort(): void {
    if (this.#isOver) return;
    this.#finish({ kind: "client-gone" });
    this.#link.close({ code: CLOSE.internalError, reason: "" });
    this.#upstream.abort();
  }

  onOpen(): void {
    // It was opened before the commit.
  }

  onMessage(message: SocketMessage): void {
    if (this.#end !== undefined) return;
    this.#lastHeardAt = this.#timing.now();
    if (!this.#link.send(message)) this.#onBehind(message);
    this.pipe.add(message);
  }

  onAlive(): void {
    this.#lastHeardAt = this.#timing.now();
  }

  onEnd(end: SocketEnd): void {
    const cause = failureIn(end);
    if (this.#end === undefined) {
      const words = end.kind === "closed" ? { reason: end.reason } : {};
      this.#finish(cause === undefined ? { kind: "closed" } : { kind: "broken", cause, isStalled: false, ...words });
      this.#link.close(closeForClient(end, this.#mask));
    }
    this.#isOver = true;
    this.#unsent.hold(0);
    if (this.#end !== undefined) this.#onOver?.(this.#end);
  }

  onClientMessage(message: SocketMessage): void {
    if (this.#end !== undefined) return;
    const waiting = this.#upstream.waitingBytes;
    if (waiting > MAX_WAITING_BYTES) this.#giveUp("The provider takes messages more slowly than they come");
    else if (!this.#unsent.hold(waiting + message.bytes.length)) this.#giveUp(OVERLOADED);
    else {
      this.#upstream.send(this.#link.outgoing(message));
      // What the network took at once waits no more.
      this.onDrain();
    }
  }

  onDrain(): void {
    this.#unsent.hold(this.#upstream.waitingBytes);
  }

  onClientDrain(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    this.#unreadBytes = 0;
    this.#link.unread.hold(0);
    this.#lastHeardAt = this.#timing.now();
    this.#upstream.resume();
  }

  onClientClose(close: CloseReason): void {
    if (this.#end !== undefined) return;
    this.#finish({ kind: close.code === CLOSE.abnormal ? "client-gone" : "closed" });
    this.#upstream.close(closeForProvider(close));
  }

  /** The client does not keep up: nothing more is read for it. */
  #onBehind({ bytes }: SocketMessage): void {
    this.#isPaused = true;
    this.#upstream.pause();
    this.#unreadBytes += bytes.length;
    if (!this.#link.unread.hold(this.#unreadBytes)) this.#giveUp(OVERLOADED);
  }

  #giveUp(reason: string): void {
    this.#finish({ kind: "client-gone", code: "overloaded" });
    this.#link.close({ code: CLOSE.tryAgainLater, reason });
    this.#upstream.close({ code: CLOSE.goingAway, reason: "" });
  }

  #finish(end: SessionEnd): void {
    this.#end ??= end;
    this.#stopTimer();
  }

  #arm(): void {
    this.#stopTimer = this.#timing.schedule(this.#idleMs / 2, () => this.#look());
  }

  // One timer that looks back is cheaper than one that is moved by every message.
  #look(): void {
    if (this.#end !== undefined) return;
    const silentMs = this.#timing.now() - this.#lastHeardAt;
    // While nothing is read nothing is heard; how long a client may read nothing is the server's to say.
    if (this.#isPaused || silentMs < this.#idleMs / 2) {
      this.#arm();
      return;
    }
    if (silentMs < this.#idleMs) {
      this.#upstream.ping();
      this.#arm();
      return;
    }
    this.#finish({ kind: "broken", cause: "WEBSOCKET_SILENT", isStalled: true });
    this.#link.close({ code: CLOSE.internalError, reason: "upstream_timeout" });
    this.#upstream.abort();
  }
}
