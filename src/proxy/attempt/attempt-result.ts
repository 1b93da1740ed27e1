// What one attempt is given and how it ends.
import type { Usage } from "../../core/usage.ts";
import type { Outcome } from "../../upstream/outcome.ts";
import type { HeaderList, Transport, TransportCall } from "../../upstream/transport.ts";
import type { AnswerHead } from "../answer/answer-head.ts";
import type { LiveAnswer } from "../answer/live-answer.ts";
import type { Operation } from "../paths/operation.ts";

export interface AttemptInput {
  readonly transport: Transport;
  readonly call: TransportCall;
  readonly operation: Operation;
  /**
   * The answer is the outcome of this very request, so that an error or a page inside a 200 is a failed attempt. False
   * for stored objects, which may carry an error of their own, and for files, which may be pages.
   */
  readonly judgesBody: boolean;
  readonly wantsStream: boolean;
  readonly clocks: AttemptClocks;
  readonly signal: AbortSignal;
}

/** `commitAt`: wall-clock milliseconds; the others are lengths. */
export interface AttemptClocks {
  readonly commitAt: number;
  readonly firstByteMs: number;
  readonly responseMs: number;
  /** Replaces `responseMs` where `mayRetryElsewhere` says so when it has passed. */
  readonly responseRetryMs: number;
  readonly idleMs: number;
  /** Of an upload when the provider last took a piece of it: the times before the commit run from there. */
  takenAt?(): number;
  /** Whether another candidate is left that may take this request over. */
  mayRetryElsewhere(): boolean;
}

/** A complete upstream answer, still to be passed on or not. */
export interface WholeAnswer {
  readonly status: number;
  readonly headers: HeaderList;
  readonly body: Uint8Array;
}

/** What an attempt that goes on after its commit is to whoever runs attempts. */
export interface LivePart {
  readonly head: AnswerHead;
  readonly pipe: { readonly usage: Usage | undefined };
  /** Ends it at once; nothing is blamed. */
  abort(): void;
}

/**
 * How the call went, as far as it came. `proxy`: the id of the outbound proxy that was asked last; absent where it went
 * out directly. `sentAt`: when it began to go out; `headAt`: when the head of the answer came; wall-clock milliseconds.
 */
export interface Course {
  readonly proxy?: string;
  readonly sentAt?: number;
  readonly headAt?: number;
}

export type AttemptResult<Live extends LivePart = LiveAnswer> = Course &
  (
    | {
        readonly kind: "whole";
        readonly head: AnswerHead;
        readonly answer: WholeAnswer;
        readonly usage: Usage | undefined;
      }
    | { readonly kind: "live"; readonly answer: Live }
    | {
        readonly kind: "failed";
        readonly outcome: Outcome;
        readonly answer: WholeAnswer | undefined;
        /** What the provider said, where that is not the body of `answer`. */
        readonly said?: Uint8Array | undefined;
      }
  );
