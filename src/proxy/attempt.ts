// Runs one upstream call for one client request, from its first byte out to commit or failure.
import type { Outcome, ParsedError } from "../upstream/outcome.ts";
import { parseErrorBody } from "../upstream/parse-error.ts";
import type { Exchange, HeaderList, TransportEnd, TransportEvents } from "../upstream/transport.ts";
import { type AnswerForm, answerForm, isHtml } from "./answer-form.ts";
import type { AttemptInput, AttemptResult, WholeAnswer } from "./attempt-result.ts";
import { createDownloadPipe } from "./body-pipe.ts";
import { EventPipe } from "./event-pipe.ts";
import { countLeadingBlanks } from "./json-scan.ts";
import { LiveAnswer } from "./live-answer.ts";
import { inspectAnswer } from "./stream/answer.ts";
import { CommitGate } from "./stream/commit-gate.ts";
import type { Timing } from "./timing.ts";

/** Answers up to this size are read whole before commit; error bodies never beyond it. */
export const MAX_WHOLE_BYTES = 8 * 1024 * 1024;

/** Runs one attempt; never rejects. After `live` the answer owns the exchange, else it has ended. */
export function runAttempt(input: AttemptInput, timing: Timing): Promise<AttemptResult> {
  return new Promise((resolve) => new AttemptRun(input, timing, resolve).start());
}

class AttemptRun implements TransportEvents {
  readonly #input: AttemptInput;
  readonly #timing: Timing;
  readonly #resolve: (result: AttemptResult) => void;
  readonly #startedAt: number;
  readonly #onAbort = () => this.#clientGone();
  #exchange: Exchange | undefined;
  #form: AnswerForm | "none" = "none";
  #status = 0;
  #headers: HeaderList = [];
  #latencyMs = 0;
  #lastByteAt: number;
  #chunks: Uint8Array[] = [];
  #size = 0;
  #responseMs: number;
  /** Holds the beginning of a stream, or of a JSON answer that begins with blank lines. */
  readonly #gate = new CommitGate();
  #isBlank = true;
  #pipe: EventPipe | undefined;
  #live: LiveAnswer | undefined;
  #isSettled = false;
  #stopTimer: () => void = () => {};

  constructor(input: AttemptInput, timing: Timing, resolve: (result: AttemptResult) => void) {
    this.#input = input;
    this.#timing = timing;
    this.#resolve = resolve;
    this.#startedAt = timing.now();
    this.#lastByteAt = this.#startedAt;
    this.#responseMs = Math.min(input.clocks.responseMs, input.clocks.responseRetryMs);
  }

  start(): void {
    this.#input.signal.addEventListener("abort", this.#onAbort, { once: true });
    this.#exchange = this.#input.transport.start(this.#input.call, this);
    this.#arm();
    if (this.#input.signal.aborted) this.#clientGone();
  }

  onHead(status: number, headers: HeaderList): void {
    if (this.#isSettled) return;
    this.#lastByteAt = this.#timing.now();
    this.#latencyMs = this.#lastByteAt - this.#startedAt;
    this.#status = status;
    this.#headers = headers;
    this.#form = answerForm(status, headers, {
      method: this.#input.call.method,
      judgesBody: this.#input.judgesBody,
      maxWholeBytes: MAX_WHOLE_BYTES,
    });
    if (this.#form === "redirect") this.#fail(this.#answered(false), this.#whole(), true);
    else if (this.#form === "download") this.#goLive();
    else if (this.#form === "stream") this.#openStream();
  }

  onData(bytes: Uint8Array): void {
    if (this.#live !== undefined) {
      this.#live.onData(bytes);
      return;
    }
    if (this.#isSettled) return;
    this.#lastByteAt = this.#timing.now();
    if (this.#pipe !== undefined) this.#takeEvents(this.#pipe, bytes);
    else this.#takeWhole(bytes);
  }

  onEnd(end: TransportEnd): void {
    if (this.#live !== undefined) {
      this.#live.onEnd(end);
      return;
    }
    if (this.#isSettled) return;
    if (end.kind === "never-sent") {
      this.#fail({ kind: "refused", cause: end.cause });
      return;
    }
    if (end.kind !== "complete") {
      this.#fail({ kind: "maybe-executed", cause: end.cause });
      return;
    }
    if (this.#form === "none") {
      this.#fail({ kind: "maybe-executed", cause: "no_answer" });
      return;
    }
    if (this.#pipe !== undefined) this.#endEvents(this.#pipe);
    else this.#endWhole();
  }

  #openStream(): void {
    this.#pipe = new EventPipe(this.#input.operation.protocol, (kind) => this.#gate.see(kind, this.#lastByteAt));
    // What may not be tried again has nothing to gain from being held.
    if (!this.#input.judgesBody) this.#goLive(this.#pipe);
  }

  #takeEvents(pipe: EventPipe, bytes: Uint8Array): void {
    const ready = pipe.push(bytes);
    if (ready !== undefined) {
      this.#chunks.push(ready);
      this.#gate.hold(ready);
    }
    const { kind } = this.#gate.decide(this.#lastByteAt);
    if (kind === "error") this.#fail(this.#answered(true, pipe.error), this.#whole(), true);
    else if (kind === "commit") this.#goLive(pipe);
    else this.#arm();
  }

  #takeWhole(bytes: Uint8Array): void {
    this.#chunks.push(bytes);
    this.#size += bytes.length;
    if (this.#size > MAX_WHOLE_BYTES) {
      if (this.#form === "whole") {
        this.#goLive();
        return;
      }
      this.#fail({ kind: "maybe-executed", cause: "error_body_too_large" }, undefined, true);
      return;
    }
    if (!this.#isBlank || this.#form !== "whole") return;
    this.#isBlank = countLeadingBlanks(bytes) === bytes.length;
    if (!this.#isBlank) return;
    this.#gate.see("comment", this.#lastByteAt);
    this.#arm();
  }

  // A stream that ended before any output: an answer of its own for formats without a terminator, else a fault.
  #endEvents(pipe: EventPipe): void {
    const { kind } = pipe.end({ kind: "complete" });
    if (this.#gate.decide(this.#lastByteAt).kind === "error") {
      this.#fail(this.#answered(true, pipe.error), this.#whole());
      return;
    }
    if (kind === "broken") {
      this.#fail({ kind: "maybe-executed", cause: "stream_without_output" });
      return;
    }
    this.#goLive(pipe);
    this.#live?.onEnd({ kind: "complete" });
  }

  #endWhole(): void {
    const answer = this.#whole();
    if (this.#form === "error") {
      this.#fail(this.#answered(false, parseErrorBody(answer.body)), answer);
      return;
    }
    if (this.#input.judgesBody && isHtml(answer.headers, answer.body)) {
      this.#fail(this.#answered(false), answer);
      return;
    }
    const facts = inspectAnswer(answer.body, this.#input.operation.protocol);
    if (facts.error !== undefined && this.#input.judgesBody) {
      this.#fail(this.#answered(true, facts.error), answer);
      return;
    }
    this.#settle({
      kind: "whole",
      answer,
      latencyMs: this.#latencyMs,
      usage: facts.usage,
      objectId: facts.objectId,
    });
  }

  #answered(inside: boolean, error?: ParsedError): Outcome {
    return {
      kind: "answer",
      status: this.#status,
      headers: this.#headers,
      ...(error && { error }),
      inside,
      isHtml: isHtml(this.#headers, this.#chunks[0]),
      latencyMs: this.#latencyMs,
      complete: true,
    };
  }

  #whole(): WholeAnswer {
    return { status: this.#status, headers: this.#headers, body: joined(this.#chunks) };
  }

  #goLive(pipe?: EventPipe): void {
    if (this.#exchange === undefined) return;
    const start = {
      status: this.#status,
      headers: this.#headers,
      pipe: pipe ?? createDownloadPipe(),
      held: this.#chunks,
      idleMs: this.#input.clocks.idleMs,
      latencyMs: this.#latencyMs,
    };
    this.#live = new LiveAnswer(start, this.#exchange, this.#timing);
    this.#settle({ kind: "live", answer: this.#live, latencyMs: this.#latencyMs });
  }

  #arm(): void {
    this.#stopTimer();
    const dueAt = Math.min(this.#timeoutAt(), this.#holdUntil());
    this.#stopTimer = this.#timing.schedule(Math.max(0, dueAt - this.#timing.now()), () => this.#onTimer());
  }

  #holdUntil(): number {
    if (this.#pipe === undefined && !this.#isBlank) return Number.POSITIVE_INFINITY;
    const decision = this.#gate.decide(this.#lastByteAt);
    return (decision.kind === "hold" ? decision.until : undefined) ?? Number.POSITIVE_INFINITY;
  }

  #timeoutAt(): number {
    const { clocks } = this.#input;
    return Math.min(
      clocks.commitAt,
      this.#startedAt + (this.#awaitsFirstByte() ? clocks.firstByteMs : this.#responseMs),
    );
  }

  #awaitsFirstByte(): boolean {
    return this.#input.wantsStream && (this.#form === "none" || this.#form === "stream");
  }

  #onTimer(): void {
    if (this.#isSettled) return;
    const now = this.#timing.now();
    if (now >= this.#holdUntil()) {
      this.#goLive(this.#pipe);
      return;
    }
    if (now >= this.#timeoutAt() && !this.#awaitsFirstByte()) this.#extendResponse();
    if (now < this.#timeoutAt()) {
      this.#arm();
      return;
    }
    this.#fail({ kind: "timeout", phase: this.#awaitsFirstByte() ? "first-byte" : "response" }, undefined, true);
  }

  // Asked only when the shorter time has passed, so that a normal answer never pays for the question.
  #extendResponse(): void {
    const { clocks } = this.#input;
    if (this.#responseMs < clocks.responseMs && !clocks.mayRetryElsewhere()) this.#responseMs = clocks.responseMs;
  }

  #clientGone(): void {
    if (this.#isSettled) return;
    this.#fail({ kind: "client-gone", waitedMs: this.#timing.now() - this.#lastByteAt }, undefined, true);
  }

  #fail(outcome: Outcome, answer?: WholeAnswer, isRunning = false): void {
    this.#settle({ kind: "failed", outcome, answer });
    if (isRunning) this.#exchange?.abort();
  }

  #settle(result: AttemptResult): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    this.#stopTimer();
    this.#input.signal.removeEventListener("abort", this.#onAbort);
    this.#resolve(result);
  }
}

function joined(chunks: readonly Uint8Array[]): Uint8Array {
  const [first] = chunks;
  return chunks.length === 1 && first !== undefined ? first : Buffer.concat(chunks);
}
