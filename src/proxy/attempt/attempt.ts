// Runs one upstream call for one client request, from its first byte out to commit or failure.
import type { Outcome } from "../../upstream/outcome.ts";
import type { Exchange, HeaderList, TransportEnd, TransportEvents } from "../../upstream/transport.ts";
import { type AnswerForm, answerForm, isBodiless, isEventStream, isJson } from "../answer/answer-form.ts";
import { type AnswerHead, failureOf } from "../answer/answer-head.ts";
import type { AnswerReader, ReadStep } from "../answer/answer-reader.ts";
import { type BodyPipe, createDownloadPipe } from "../answer/body-pipe.ts";
import { DownloadHold } from "../answer/download-hold.ts";
import { JsonPipe } from "../answer/json-pipe.ts";
import { LiveAnswer } from "../answer/live-answer.ts";
import { StreamHold } from "../answer/stream-hold.ts";
import { MAX_WHOLE_BYTES, WholeReader } from "../answer/whole-reader.ts";
import { GATE_LIMITS } from "../stream/commit-gate.ts";
import type { StreamProtocol } from "../stream/protocol.ts";
import type { Timing } from "../timing.ts";
import { AttemptClock } from "./attempt-clock.ts";
import type { AttemptInput, AttemptResult, Course } from "./attempt-result.ts";

/** Runs one attempt; rejects only for a bug of the transport. After `live` the answer owns the exchange, else it has ended. */
export function runAttempt(input: AttemptInput, timing: Timing): Promise<AttemptResult> {
  return new Promise((resolve) => {
    const switchboard = new Switchboard();
    new AttemptRun({ input, timing, switchboard, resolve }).start();
  });
}

/** What the exchange calls: an attempt until its commit, then the live answer alone, so that the request is let go. */
class Switchboard implements TransportEvents {
  target: TransportEvents | undefined;

  onRoute(proxyId: string): void {
    this.target?.onRoute?.(proxyId);
  }

  onSent(): void {
    this.target?.onSent?.();
  }

  onHead(status: number, headers: HeaderList): void {
    this.target?.onHead(status, headers);
  }

  onData(bytes: Uint8Array): void {
    this.target?.onData(bytes);
  }

  onEnd(end: TransportEnd): void {
    this.target?.onEnd(end);
    this.target = undefined;
  }
}

interface AttemptStart {
  readonly input: AttemptInput;
  readonly timing: Timing;
  readonly switchboard: Switchboard;
  readonly resolve: (result: AttemptResult) => void;
}

class AttemptRun implements TransportEvents {
  readonly #input: AttemptInput;
  readonly #timing: Timing;
  readonly #switchboard: Switchboard;
  readonly #resolve: (result: AttemptResult) => void;
  readonly #clock: AttemptClock;
  readonly #startedAt: number;
  readonly #onAbort = () => this.#clientGone();
  #exchange: Exchange | undefined;
  #head: AnswerHead | undefined;
  #reader: AnswerReader | undefined;
  #lastByteAt: number;
  #course: Course = {};
  #isSettled = false;

  constructor({ input, timing, switchboard, resolve }: AttemptStart) {
    this.#input = input;
    this.#timing = timing;
    this.#switchboard = switchboard;
    this.#resolve = resolve;
    this.#startedAt = timing.now();
    this.#lastByteAt = this.#startedAt;
    this.#clock = new AttemptClock(input, timing, {
      onHeld: () => this.#goLive(),
      onTimeout: (phase) => this.#abandon({ kind: "timeout", phase }),
    });
  }

  start(): void {
    const { transport, call, signal } = this.#input;
    if (signal.aborted) {
      this.#clientGone();
      return;
    }
    signal.addEventListener("abort", this.#onAbort, { once: true });
    this.#switchboard.target = this;
    try {
      this.#exchange = transport.start(call, this.#switchboard);
    } catch (error: unknown) {
      signal.removeEventListener("abort", this.#onAbort);
      throw error;
    }
    if (this.#isSettled) this.#exchange.abort();
    else this.#clock.start();
  }

  onRoute(proxyId: string): void {
    this.#course = { proxy: proxyId };
  }

  onSent(): void {
    this.#course = { ...this.#course, sentAt: this.#timing.now() };
  }

  onHead(status: number, headers: HeaderList): void {
    this.#lastByteAt = this.#timing.now();
    const { call, judgesBody, wantsStream, operation } = this.#input;
    const mayBeArray = wantsStream && operation.protocol === "gemini";
    const facts = { method: call.method, judgesBody, maxWholeBytes: MAX_WHOLE_BYTES, mayBeArray };
    const form = answerForm(status, headers, facts);
    this.#head = { status, headers, latencyMs: this.#lastByteAt - this.#startedAt };
    this.#course = { ...this.#course, headAt: this.#lastByteAt };
    this.#clock.onForm(form);
    this.#open(form, this.#head);
  }

  onData(bytes: Uint8Array): void {
    if (this.#reader === undefined) return;
    this.#lastByteAt = this.#timing.now();
    this.#take(this.#reader.push(bytes, this.#lastByteAt), true);
  }

  onEnd(end: TransportEnd): void {
    if (end.kind === "never-sent") this.#fail({ kind: "refused", cause: end.cause });
    else if (end.kind !== "complete") this.#fail({ kind: "maybe-executed", cause: end.cause });
    else if (this.#reader === undefined) this.#fail({ kind: "maybe-executed", cause: "no_answer" });
    else this.#take(this.#reader.end(this.#timing.now()), false);
  }

  #open(form: AnswerForm, head: AnswerHead): void {
    const { judgesBody, call } = this.#input;
    const { protocol } = this.#input.operation;
    switch (form) {
      case "redirect":
        this.#abandon(failureOf(head, {}));
        return;
      case "download":
        this.#reader = new DownloadHold(isJson(head.headers) ? new JsonPipe(protocol) : undefined);
        this.#clock.holdUntil(this.#lastByteAt + GATE_LIMITS.commentMs);
        return;
      case "stream":
        this.#reader = new StreamHold(head, isArray(protocol, head) ? "gemini-array" : protocol);
        // What may not be tried again has nothing to gain from being held.
        if (!judgesBody) this.#goLive();
        return;
      case "whole":
      case "file":
      case "error": {
        const hasNoBody = call.method === "HEAD" || isBodiless(head.status);
        this.#reader = new WholeReader(head, { form, judgesBody: judgesBody && !hasNoBody, protocol });
        return;
      }
      default:
        form satisfies never;
    }
  }

  #take(step: ReadStep, isRunning: boolean): void {
    switch (step.kind) {
      case "hold":
        this.#clock.holdUntil(step.until);
        return;
      case "commit":
        this.#goLive();
        if (!isRunning) this.#switchboard.target?.onEnd({ kind: "complete" });
        return;
      case "failed":
        this.#settle(step);
        if (isRunning) this.#exchange?.abort();
        return;
      case "whole":
        this.#settle(step);
        return;
      default:
        step satisfies never;
    }
  }

  #goLive(): void {
    const [exchange, head] = [this.#exchange, this.#head];
    if (exchange === undefined || head === undefined) return;
    const pipe: BodyPipe = this.#reader?.pipe ?? createDownloadPipe();
    const held = this.#reader?.take() ?? [];
    const { clocks, signal } = this.#input;
    const answer = new LiveAnswer({ head, pipe, held, idleMs: clocks.idleMs, signal, exchange, timing: this.#timing });
    this.#settle({ kind: "live", answer });
    this.#switchboard.target = answer;
  }

  #clientGone(): void {
    const heardAt = Math.max(this.#lastByteAt, this.#input.clocks.takenAt?.() ?? 0);
    this.#abandon({ kind: "client-gone", waitedMs: this.#timing.now() - heardAt });
  }

  #abandon(outcome: Outcome): void {
    this.#fail(outcome);
    this.#exchange?.abort();
  }

  #fail(outcome: Outcome): void {
    this.#settle({ kind: "failed", outcome, answer: undefined });
  }

  #settle(result: AttemptResult): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    this.#switchboard.target = undefined;
    this.#clock.stop();
    this.#input.signal.removeEventListener("abort", this.#onAbort);
    this.#resolve({ ...result, ...this.#course });
  }
}

function isArray(protocol: StreamProtocol, { headers }: AnswerHead): boolean {
  return protocol === "gemini" && !isEventStream(headers);
}
