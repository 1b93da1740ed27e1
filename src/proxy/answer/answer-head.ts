// What is known of an upstream answer once its head is there, and the outcomes that it can have.
import type { Outcome, ParsedError } from "../../upstream/outcome.ts";
import type { HeaderList } from "../../upstream/transport.ts";

/** `latencyMs`: from the start of the attempt to its first byte. */
export interface AnswerHead {
  readonly status: number;
  readonly headers: HeaderList;
  readonly latencyMs: number;
}

/** What makes an answer a failed one beside its status. */
export interface AnswerFault {
  /** The error stands inside an answer whose status says success. */
  readonly inside?: boolean;
  readonly isHtml?: boolean;
  readonly error?: ParsedError | undefined;
}

/** The outcome of an answer that failed. `complete`: all of it arrived, or as much as was wanted. */
export function failureOf(head: AnswerHead, { inside = false, isHtml = false, error }: AnswerFault): Outcome {
  const { status, headers, latencyMs } = head;
  return { kind: "answer", status, headers, ...(error && { error }), inside, isHtml, latencyMs, complete: true };
}

/** The outcome of an answer that is as it should be; `complete` is false at the commit of one that still arrives. */
export function successOf({ status, headers, latencyMs }: AnswerHead, complete: boolean): Outcome {
  return { kind: "answer", status, headers, inside: false, isHtml: false, latencyMs, complete };
}
