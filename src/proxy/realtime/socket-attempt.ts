// One attempt to open a session: from the first byte out to the provider's first message, or to its failure.
import type { Dialect } from "../../upstream/dialect.ts";
import type { Outcome } from "../../upstream/outcome.ts";
import { parseErrorBody } from "../../upstream/parse-error.ts";
import type { HeaderList, TransportCall } from "../../upstream/transport.ts";
import { CLOSE, type CloseReason } from "../../upstream/websocket/close-codes.ts";
import type { SocketMessage } from "../../upstream/websocket/frame-reader.ts";
import type {
  SocketEnd,
  SocketEvents,
  SocketTransport,
  UpstreamSocket,
} from "../../upstream/websocket/upstream-socket.ts";
import { isHtml } from "../answer/answer-form.ts";
import { type AnswerHead, failureOf } from "../answer/answer-head.ts";
import type { AttemptClocks, AttemptResult, WholeAnswer } from "../attempt/attempt-result.ts";
import type { Timing } from "../timing.ts";
import type { ClientLink, ClientTarget } from "./client-link.ts";
import { closeForProvider } from "./closing.ts";
import { closeError, startError } from "./first-message.ts";
import { LiveSocket } from "./live-socket.ts";

export type SocketResult = AttemptResult<LiveSocket>;

/** What the provider said last, for a client that no other key could serve. */
export interface LastWord {
  readonly message?: SocketMessage;
  readonly close?: CloseReason;
}

export interface SocketAttemptInput {
  readonly transport: SocketTransport;
  readonly call: TransportCall;
  readonly dialect: Dialect;
  readonly mask: (text: string) => string;
  readonly clocks: AttemptClocks;
  /** What the client asked may be asked of another key when no answer comes. */
  readonly computes: boolean;
  readonly link: ClientLink;
  /** Upgrades the client with what the provider answered; false when it has left. */
  readonly onOpen: (headers: HeaderList, protocol: string | undefined) => boolean;
  readonly onLastWord: (word: LastWord) => void;
  /** Whether the client's first message is for another key: nothing is sent then, and nobody blamed. */
  readonly leadsElsewhere: (message: SocketMessage) => boolean;
}

/** Runs one attempt; rejects only for a bug. After `live` the session owns the socket, else it has ended. */
export function runSocketAttempt(input: SocketAttemptInput, timing: Timing): Promise<SocketResult> {
  return new Promise((resolve) => new SocketAttempt(input, timing, resolve).start());
}

/** What the socket calls: the attempt until its commit, then the session alone. */
class Switchboard implements SocketEvents {
  target: SocketEvents | undefined;

  onRoute(proxyId: string): void {
    this.target?.onRoute?.(proxyId);
  }

  onOpen(headers: HeaderList, protocol: string | undefined): void {
    this.target?.onOpen(headers, protocol);
  }

  onMessage(message: SocketMessage): void {
    this.target?.onMessage(message);
  }

  onAlive(): void {
    this.target?.onAlive();
  }

  onDrain(): void {
    this.target?.onDrain?.();
  }

  onEnd(end: SocketEnd): void {
    this.target?.onEnd(end);
  }
}

class SocketAttempt implements SocketEvents, ClientTarget {
  readonly #input: SocketAttemptInput;
  readonly #timing: Timing;
  readonly #resolve: (result: SocketResult) => void;
  readonly #switchboard = new Switchboard();
  readonly #startedAt: number;
  readonly #onAbort = () => this.#abandon(this.#clientGone());
  #socket: UpstreamSocket | undefined;
  #head: AnswerHead | undefined;
  /** Since when it waits for the provider, or for the client's first message. */
  #since: number;
  /** The provider owes an answer. */
  #isAsked = true;
  #stopTimer: () => void = () => {};
  #proxyId: string | undefined;
  #isSettled = false;

  constructor(input: SocketAttemptInput, timing: Timing, resolve: (result: SocketResult) => void) {
    this.#input = input;
    this.#timing = timing;
    this.#resolve = resolve;
    this.#startedAt = timing.now();
    this.#since = this.#startedAt;
  }

  start(): void {
    const { transport, call, link } = this.#input;
    if (link.signal.aborted) {
      this.#onAbort();
      return;
    }
    link.signal.addEventListener("abort", this.#onAbort, { once: true });
    this.#switchboard.target = this;
    this.#socket = transport.openSocket(call, this.#switchboard);
    this.#arm();
  }

  onRoute(proxyId: string): void {
    this.#proxyId = proxyId;
  }

  onOpen(headers: HeaderList, protocol: string | undefined): void {
    const { link, onOpen } = this.#input;
    const now = this.#timing.now();
    this.#head = { status: 101, headers, latencyMs: now - this.#startedAt };
    if (!onOpen(headers, protocol)) {
      this.#onAbort();
      return;
    }
    link.target = this;
    const kept = link.kept.all;
    if (this.#leavesFor(kept[0])) return;
    for (const message of kept) this.#socket?.send(link.outgoing(message));
    this.#waitFrom(now, kept.length > 0);
  }

  onMessage(message: SocketMessage): void {
    const error = startError(message, this.#input.dialect);
    if (error === undefined || this.#head === undefined) {
      this.#goLive()?.onMessage(message);
      return;
    }
    this.#input.onLastWord({ message });
    const answer = { status: error.status ?? 400, headers: this.#head.headers, body: message.bytes };
    this.#fail(failureOf(this.#head, { inside: true, error }), answer);
    this.#socket?.close({ code: CLOSE.normal, reason: "" });
  }

  onAlive(): void {
    // A ping says nothing of the key.
  }

  onEnd(end: SocketEnd): void {
    switch (end.kind) {
      case "never-sent":
        this.#fail({ kind: "refused", cause: end.cause });
        return;
      case "refused":
        this.#refused(end);
        return;
      case "closed":
        this.#closed(end);
        return;
      default:
        this.#fail({ kind: "maybe-executed", cause: end.cause });
    }
  }

  onClientMessage(message: SocketMessage): void {
    const { kept, outgoing } = this.#input.link;
    if (!kept.add(message)) {
      this.#goLive()?.onClientMessage(message);
      return;
    }
    if (kept.all.length === 1 && this.#leavesFor(message)) return;
    this.#socket?.send(outgoing(message));
    if (!this.#isAsked) this.#waitFrom(this.#timing.now(), true);
  }

  onClientDrain(): void {
    // Nothing was sent to it.
  }

  onClientClose(close: CloseReason): void {
    if (!this.#isOwed) {
      this.#goLive()?.onClientClose(close);
      return;
    }
    // A provider that owes an answer has proved nothing.
    this.#fail(this.#clientGone());
    this.#socket?.close(closeForProvider(close));
  }

  #clientGone(): Outcome {
    return { kind: "client-gone", waitedMs: this.#isOwed ? this.#timing.now() - this.#since : 0 };
  }

  #leavesFor(first: SocketMessage | undefined): boolean {
    if (first === undefined || !this.#input.leadsElsewhere(first)) return false;
    this.#fail({ kind: "client-gone", waitedMs: 0 });
    this.#socket?.close({ code: CLOSE.normal, reason: "" });
    return true;
  }

  #refused({ status, headers, body }: Extract<SocketEnd, { kind: "refused" }>): void {
    const head = { status, headers, latencyMs: this.#timing.now() - this.#startedAt };
    if (status < 300) {
      this.#fail({ kind: "maybe-executed", cause: "NO_WEBSOCKET" });
      return;
    }
    const error = parseErrorBody(body);
    this.#fail(failureOf(head, { error, isHtml: isHtml(headers, body) }), { status, headers, body });
  }

  #closed(close: CloseReason): void {
    const { dialect, onLastWord } = this.#input;
    onLastWord({ close });
    const error = closeError(close, dialect.name);
    if (error === undefined || this.#head === undefined) {
      this.#fail({ kind: "maybe-executed", cause: `CLOSED_${close.code}` });
      return;
    }
    const answer = { status: error.status ?? 400, headers: this.#head.headers, body: new Uint8Array() };
    this.#fail(failureOf(this.#head, { inside: true, error }), answer);
  }

  #goLive(): LiveSocket | undefined {
    const { link, clocks, mask } = this.#input;
    const [upstream, head] = [this.#socket, this.#head];
    if (upstream === undefined || head === undefined || this.#isSettled) return undefined;
    const answer = new LiveSocket({ head, upstream, link, mask, idleMs: clocks.idleMs, timing: this.#timing });
    link.kept.forget();
    this.#settle({ kind: "live", answer });
    this.#switchboard.target = answer;
    return answer;
  }

  #abandon(outcome: Outcome): void {
    this.#fail(outcome);
    this.#socket?.abort();
  }

  #fail(outcome: Outcome, answer?: WholeAnswer): void {
    if (this.#isSettled) return;
    this.#input.link.target = undefined;
    this.#settle({ kind: "failed", outcome, answer });
  }

  #settle(result: SocketResult): void {
    this.#isSettled = true;
    this.#switchboard.target = undefined;
    this.#stopTimer();
    this.#input.link.signal.removeEventListener("abort", this.#onAbort);
    this.#resolve(this.#proxyId === undefined ? result : { ...result, proxy: this.#proxyId });
  }

  #waitFrom(since: number, isAsked: boolean): void {
    this.#since = since;
    this.#isAsked = isAsked;
    this.#arm();
  }

  #arm(): void {
    if (this.#isSettled) return;
    this.#stopTimer();
    this.#stopTimer = this.#timing.schedule(Math.max(0, this.#dueAt() - this.#timing.now()), () => this.#look());
  }

  #dueAt(): number {
    const { commitAt, firstByteMs } = this.#input.clocks;
    return Math.min(commitAt, this.#since + firstByteMs);
  }

  /** Of a path that nobody here knows it cannot be told which messages are answered. */
  get #isOwed(): boolean {
    return this.#isAsked && (this.#head === undefined || this.#input.computes);
  }

  #look(): void {
    if (this.#timing.now() < this.#dueAt()) this.#arm();
    else if (this.#isOwed) this.#abandon({ kind: "timeout", phase: "first-byte" });
    // It may go on for ever, but with this key, whose attempt others may wait for.
    else this.#goLive();
  }
}
