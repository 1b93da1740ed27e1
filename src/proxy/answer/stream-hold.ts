// Reads the beginning of an event stream: holds comments and preamble until the first output.

import { CommitGate } from "../stream/commit-gate.ts";
import { errorEvent } from "../stream/error-event.ts";
import type { StreamProtocol } from "../stream/protocol.ts";
import { type AnswerHead, failureOf } from "./answer-head.ts";
import { type AnswerReader, COMMIT, joined, type ReadStep } from "./answer-reader.ts";
import { EventPipe } from "./event-pipe.ts";

/** An error before the first output makes the whole answer a failed one. */
export class StreamHold implements AnswerReader {
  readonly pipe: EventPipe;
  readonly #head: AnswerHead;
  readonly #protocol: StreamProtocol;
  readonly #gate = new CommitGate();
  #now = 0;

  constructor(head: AnswerHead, protocol: StreamProtocol) {
    this.#head = head;
    this.#protocol = protocol;
    this.pipe = new EventPipe(protocol, (kind) => this.#gate.see(kind, this.#now));
  }

  push(bytes: Uint8Array, now: number): ReadStep {
    this.#now = now;
    const ready = this.pipe.push(bytes);
    if (ready !== undefined) this.#gate.hold(ready);
    const decision = this.#gate.decide(now);
    return decision.kind === "error" ? this.#failed() : decision;
  }

  // A stream that ended before any output: an answer of its own for formats without a terminator, else a fault.
  end(now: number): ReadStep {
    this.#now = now;
    const end = this.pipe.end({ kind: "complete" });
    if (this.#gate.decide(now).kind === "error") {
      this.#holdAsEvent();
      return this.#failed();
    }
    if (end.kind === "complete") return COMMIT;
    return { kind: "failed", outcome: { kind: "maybe-executed", cause: "stream_without_output" }, answer: undefined };
  }

  take(): Uint8Array[] {
    return [...this.#gate.take()];
  }

  // An error that came as plain JSON instead of an event: no client would find it in a stream.
  #holdAsEvent(): void {
    const { message = "The provider sent an error", code = "upstream_invalid_response" } = this.pipe.error ?? {};
    this.#gate.hold(errorEvent(this.#protocol, { message, code }));
  }

  #failed(): ReadStep {
    const { status, headers } = this.#head;
    const outcome = failureOf(this.#head, { inside: true, error: this.pipe.error });
    const answer = { status, headers, body: joined(this.#gate.take()) };
    return { kind: "failed", outcome, answer, said: this.pipe.said };
  }
}
