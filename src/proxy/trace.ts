// What happened to one client request: filled on the way, handed over once at the end.
import type { Candidate } from "../balancer/contract.ts";
import type { Usage } from "../core/usage.ts";
import type { Blame, OutcomeCode, Verdict } from "../core/verdict.ts";
import { shownName } from "./shown-name.ts";

/** One upstream call. Times are wall-clock milliseconds. */
export interface AttemptTrace {
  readonly provider: string;
  readonly keyId: string;
  readonly keyName: string;
  readonly model: string | undefined;
  readonly startedAt: number;
  endedAt: number;
  /** How long the request waited for a key since the attempt before, in milliseconds. */
  waitedMs: number;
  /** How long it held back since then before it tried again where it had failed. */
  backoffMs: number;
  /** When a connection was there and the call began to go out. */
  sentAt: number | undefined;
  /** When the head of the answer came. */
  headAt: number | undefined;
  /** The id of the outbound proxy that was asked last. */
  proxy: string | undefined;
  outcome: OutcomeCode | undefined;
  /** Who is at fault. */
  blame: Blame | undefined;
  status: number | undefined;
  reason: string | undefined;
  message: string | undefined;
  /** What the provider said in place of an answer: its first 4 KiB as they came, but for secrets. */
  text: string | undefined;
  /** What its head said of itself in place of an answer: `name: value`, one a line, without secrets. */
  headers: string | undefined;
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
  /** Asked for as a stream, or answered with one, or a session. */
  isStream: boolean;
  /** The path as sent and as it was understood: it may hold ids. */
  repaired: string | undefined;
  readonly attempts: AttemptTrace[];
  /** How long it waited for a key that was free, in milliseconds. */
  waitedMs: number;
  /** How long it held back before it tried again where it had failed. */
  backoffMs: number;
  /** How long its client took to send the body. */
  bodyMs: number;
  /** The status that the client saw; undefined when it left before. */
  status: number | undefined;
  /** Our own error code, when the answer was made here. */
  errorCode: string | undefined;
  /** How the request ended for its client. */
  end: "ok" | "error" | "interrupted" | "client_gone";
  /** When the first byte of its answer went to the client: of a stream its first output, of a session its upgrade. */
  committedAt: number | undefined;
  endedAt: number;
  /** Of the body as far as it arrived, and of the answer's as far as it was handed over; of messages in a session. */
  bytesIn: number;
  bytesOut: number;
  /** What this request spent: what an answer tells of another one, such as of the one that made what is read, is none. */
  usage: Usage | undefined;
  /** What the client sent, with `requests.record_bodies` and where it got an error or a broken answer. */
  body: RecordedBody | undefined;
}

/**
 * `bytes`: a copy of the first of them, 64 KiB and 4 KiB more, by which a secret is known that stands at the cut; in a
 * session of its first message. `size`: of all.
 */
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
    method: shownName(method),
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
    backoffMs: 0,
    bodyMs: 0,
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

/** Begins the record of one attempt; it counts as unfinished until `noteVerdict`. */
export function beginAttemptTrace(candidate: Candidate, keyName: string, startedAt: number): AttemptTrace {
  const { provider, keyId, model } = candidate;
  return {
    provider,
    keyId,
    keyName,
    model: shownName(model),
    startedAt,
    endedAt: startedAt,
    waitedMs: 0,
    backoffMs: 0,
    sentAt: undefined,
    headAt: undefined,
    proxy: undefined,
    outcome: undefined,
    blame: undefined,
    status: undefined,
    reason: undefined,
    message: undefined,
    text: undefined,
    headers: undefined,
  };
}

/** Adds an attempt that begins, and says how long its request waited since the one before. */
export function addAttempt({ attempts, waitedMs, backoffMs }: Trace, record: AttemptTrace): void {
  record.waitedMs = attempts.reduce((left, before) => left - before.waitedMs, waitedMs);
  record.backoffMs = attempts.reduce((left, before) => left - before.backoffMs, backoffMs);
  attempts.push(record);
}

/** Notes that the last attempt, whose verdict is known, has ended. */
export function noteEnd(trace: Trace, now: number): void {
  const last = trace.attempts.at(-1);
  if (last !== undefined) last.endedAt = now;
}

/** Notes how an attempt ended, or of a committed one how it went on. */
export function noteVerdict(record: AttemptTrace, verdict: Verdict, now: number): void {
  record.endedAt = now;
  record.outcome = verdict.outcome;
  record.blame = verdict.blame;
  record.status = verdict.status ?? record.status;
  record.reason = verdict.reason;
  record.message = verdict.message;
}
