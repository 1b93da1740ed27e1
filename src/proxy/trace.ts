// What happened to one client request: filled on the way, handed over once at the end.
import type { Candidate } from "../balancer/contract.ts";
import type { Usage } from "../core/usage.ts";
import type { OutcomeCode, Verdict } from "../core/verdict.ts";

/** One upstream call. Times are wall-clock milliseconds. */
export interface AttemptTrace {
  readonly provider: string;
  readonly keyId: string;
  readonly keyName: string;
  readonly model: string | undefined;
  readonly startedAt: number;
  endedAt: number;
  /** The id of the outbound proxy that was asked last. */
  proxy: string | undefined;
  outcome: OutcomeCode | undefined;
  status: number | undefined;
  reason: string | undefined;
  message: string | undefined;
  /** What the provider answered in place of an answer: its first 4 KiB, as they came. */
  text: string | undefined;
}

/** The record of one client request; every log line, metric and report is a view of it. */
export interface Trace {
  readonly id: string;
  /** The trace that the client says it belongs to (W3C Trace Context). */
  traceId: string | undefined;
  readonly receivedAt: number;
  readonly method: string;
  /** The route template, never the raw path: ids and queries stay out of logs. */
  route: string;
  operation: string;
  client: string | undefined;
  /** Where a client is that was not let in. */
  address: string | undefined;
  /** The model as the client asked for it. */
  model: string | undefined;
  /** Who served it, or was tried last. */
  provider: string | undefined;
  keyId: string | undefined;
  keyName: string | undefined;
  upstreamModel: string | undefined;
  isStream: boolean;
  repaired: string | undefined;
  readonly attempts: AttemptTrace[];
  /** How long it waited for a key that was free, in milliseconds. */
  waitedMs: number;
  /** The status that the client saw; undefined when it left before. */
  status: number | undefined;
  /** Our own error code, when the answer was made here. */
  errorCode: string | undefined;
  /** How the request ended for its client. */
  end: "ok" | "error" | "interrupted" | "client_gone";
  committedAt: number | undefined;
  endedAt: number;
  bytesIn: number;
  bytesOut: number;
  usage: Usage | undefined;
  /** What the client sent, where that is to be recorded and the request failed. */
  body: RecordedBody | undefined;
}

/** `bytes`: the first of them, as many as may be recorded; a copy. `size`: of all. */
export interface RecordedBody {
  readonly bytes: Uint8Array;
  readonly size: number;
}

/** Begins the record of one request. */
export function beginTrace(id: string, method: string, receivedAt: number): Trace {
  return {
    id,
    traceId: undefined,
    receivedAt,
    method,
    route: "unknown",
    operation: "unknown",
    client: undefined,
    address: undefined,
    model: undefined,
    provider: undefined,
    keyId: undefined,
    keyName: undefined,
    upstreamModel: undefined,
    isStream: false,
    repaired: undefined,
    attempts: [],
    waitedMs: 0,
    status: undefined,
    errorCode: undefined,
    end: "ok",
    committedAt: undefined,
    endedAt: receivedAt,
    bytesIn: 0,
    bytesOut: 0,
    usage: undefined,
    body: undefined,
  };
}

/** Whether the request was refused here for who asked. */
export function isTurnedAway({ status, errorCode }: Trace): boolean {
  return errorCode !== undefined && (status === 401 || status === 403);
}

/** Notes who served the request, or was tried last. `committedAt`: undefined where nothing went to its client. */
export function noteServer(trace: Trace, committedAt: number | undefined): void {
  trace.committedAt = committedAt;
  const last = trace.attempts.at(-1);
  trace.provider = last?.provider;
  trace.keyId = last?.keyId;
  trace.keyName = last?.keyName;
  trace.upstreamModel = last?.model;
}

/** Begins the record of one attempt; it counts as unfinished until `noteVerdict`. */
export function beginAttemptTrace(candidate: Candidate, keyName: string, startedAt: number): AttemptTrace {
  const { provider, keyId, model } = candidate;
  return {
    provider,
    keyId,
    keyName,
    model,
    startedAt,
    endedAt: startedAt,
    proxy: undefined,
    outcome: undefined,
    status: undefined,
    reason: undefined,
    message: undefined,
    text: undefined,
  };
}

/** Notes how an attempt ended, or of a committed one how it went on. */
export function noteVerdict(record: AttemptTrace, verdict: Verdict, now: number): void {
  record.endedAt = now;
  record.outcome = verdict.outcome;
  record.status = verdict.status ?? record.status;
  record.reason = verdict.reason;
  record.message = verdict.message;
}
