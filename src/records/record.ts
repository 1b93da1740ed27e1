// What is kept of a client request: one record for it, and one for each of its attempts.
import type { Blame, OutcomeCode } from "../core/verdict.ts";

/** How a request ended for its client. */
export const RECORD_ENDS = ["ok", "error", "interrupted", "client_gone"] as const;
export type RecordEnd = (typeof RECORD_ENDS)[number];

/**
 * One client request. Times are wall-clock milliseconds, money is in billionths of what `usage.prices` are stated in.
 * No text of it holds a secret. Absent: not known, or not so.
 */
export interface RequestRecord {
  /**
   * Its place among all: later ends have greater ones. It is `endedAt` times 1,024 and some more, so that a span of time
   * is a span of places.
   */
  readonly seq: number;
  readonly id: string;
  readonly traceId: string | undefined;
  readonly receivedAt: number;
  readonly endedAt: number;
  /** The name of the client token. */
  readonly client: string | undefined;
  readonly method: string;
  /** The route template. */
  readonly route: string;
  readonly operation: string;
  /** As the client named it. */
  readonly model: string | undefined;
  /** As the provider does; undefined where that is the same. */
  readonly upstreamModel: string | undefined;
  /** Who served it, or was tried last. */
  readonly provider: string | undefined;
  readonly keyId: string | undefined;
  readonly keyName: string | undefined;
  /** What the client saw; undefined when it left before. */
  readonly status: number | undefined;
  readonly end: RecordEnd;
  /** Of the last attempt. */
  readonly outcome: OutcomeCode | undefined;
  /** Our own error code, when the answer was made here. */
  readonly errorCode: string | undefined;
  /** The client got an error of 500 or more, or a broken answer, or an error for which its provider or key is to blame. */
  readonly isFailure: boolean;
  readonly attempts: number;
  /** For a key that was free. */
  readonly waitedMs: number;
  /** From the request's arrival to the first byte of its answer. */
  readonly firstByteMs: number | undefined;
  /** How long its client took to send the body. */
  readonly bodyMs: number | undefined;
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly promptTokens: number | undefined;
  readonly completionTokens: number | undefined;
  readonly cachedTokens: number | undefined;
  readonly reasoningTokens: number | undefined;
  readonly costNanos: number | undefined;
  readonly isStream: boolean;
  readonly repaired: string | undefined;
  /** How many requests it stands for: more than one where successes are sampled. */
  readonly weight: number;
}

/** One upstream call; kept where a request had several, or failed, or was refused by a provider. `number`: from 1. */
export interface AttemptRecord {
  readonly number: number;
  readonly provider: string;
  readonly keyId: string;
  readonly keyName: string;
  readonly model: string | undefined;
  readonly startedAt: number;
  readonly endedAt: number;
  /** How long the request waited for a key since the attempt before; undefined where an older version wrote it. */
  readonly waitedMs: number | undefined;
  /** How long it held back since then before it tried again where it had failed. */
  readonly backoffMs: number | undefined;
  /** From its begin until a connection was there and the call began to go out. */
  readonly sentMs: number | undefined;
  /** From its begin until the head of the answer came. */
  readonly headMs: number | undefined;
  /** The id of the outbound proxy. */
  readonly proxy: string | undefined;
  readonly outcome: OutcomeCode | undefined;
  /** Who is at fault. */
  readonly blame: Blame | undefined;
  readonly status: number | undefined;
  readonly reason: string | undefined;
  readonly message: string | undefined;
  /** What the provider answered in place of an answer, at most 4 KiB of it. */
  readonly text: string | undefined;
  /** What the head of that said of itself, such as the provider's id of the request: `name: value`, one a line. */
  readonly headers: string | undefined;
}

/** A request with everything that is kept of it. `tries`: empty where one attempt served it. */
export interface RequestDetail extends RequestRecord {
  readonly tries: readonly AttemptRecord[];
  /** What the client sent, only with `requests.record_bodies`. `size`: bytes of all of it. */
  readonly body: { readonly text: string; readonly size: number } | undefined;
}
