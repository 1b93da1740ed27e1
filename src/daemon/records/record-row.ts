// Makes the rows of the database of one finished request.
import type { AttemptTrace, RecordedBody, Trace } from "../../proxy/trace.ts";
import { isFailure } from "../../records/ending.ts";

/** Texts and numbers in the order of storage/records/columns.ts; texts may hold secrets as yet. */
export interface RecordRow {
  readonly texts: readonly string[];
  readonly numbers: readonly number[];
  /** Of a request that had several, or failed, or was refused. */
  readonly attempts: readonly AttemptRow[];
  readonly body: RecordedBody | undefined;
  /** About how much memory all of it takes. */
  readonly bytes: number;
}

export interface AttemptRow {
  readonly texts: readonly string[];
  readonly numbers: readonly number[];
}

export interface RowFacts {
  readonly costNanos: number | undefined;
  /** How many requests it stands for. */
  readonly weight: number;
}

/** A number that a provider makes up must not swallow all others in a sum. */
const MOST_COUNT = 2 ** 31;
const ROW_BYTES = 1_000;
const UTF16_BYTES = 2;

export function recordRow(trace: Trace, { costNanos, weight }: RowFacts): RecordRow {
  const last = trace.attempts.at(-1);
  const hasFailed = isFailure({ status: trace.status, end: trace.end, outcome: last?.outcome });
  // Why a provider refused what a client asked stands in its answer only.
  const isTold = trace.attempts.length > 1 || hasFailed || last?.text !== undefined;
  const attempts = isTold ? trace.attempts.map(attemptRow) : [];
  const texts = textsOf(trace, last);
  const { usage } = trace;
  return {
    texts,
    numbers: [
      trace.receivedAt,
      trace.endedAt,
      orNone(trace.status),
      hasFailed ? 1 : 0,
      trace.attempts.length,
      Math.round(trace.waitedMs),
      orNone(firstByteMs(trace)),
      Math.round(trace.bodyMs),
      trace.bytesIn,
      trace.bytesOut,
      orNone(tokenCount(usage?.promptTokens)),
      orNone(tokenCount(usage?.completionTokens)),
      orNone(tokenCount(usage?.cachedTokens)),
      orNone(tokenCount(usage?.reasoningTokens)),
      orNone(costNanos),
      trace.isStream ? 1 : 0,
      weight,
    ],
    attempts,
    body: trace.body,
    bytes: sizeOf(texts, attempts) + (trace.body?.bytes.byteLength ?? 0),
  };
}

/** From the request's arrival to the first byte of its answer. */
export function firstByteMs({ committedAt, receivedAt }: Trace): number | undefined {
  return committedAt === undefined ? undefined : Math.max(0, committedAt - receivedAt);
}

/** A whole number within bounds; undefined where none was reported. */
export function tokenCount(tokens: number | undefined): number | undefined {
  if (tokens === undefined || Number.isNaN(tokens)) return undefined;
  return Math.min(MOST_COUNT, Math.max(0, Math.round(tokens)));
}

function orNone(value: number | undefined): number {
  return value ?? Number.NaN;
}

function textsOf(trace: Trace, last: AttemptTrace | undefined): readonly string[] {
  const { model, upstreamModel } = trace;
  return [
    trace.id,
    trace.traceId ?? "",
    trace.client ?? "",
    trace.method,
    trace.route,
    trace.operation,
    model ?? "",
    upstreamModel === model ? "" : (upstreamModel ?? ""),
    trace.provider ?? "",
    trace.keyId ?? "",
    trace.keyName ?? "",
    trace.end,
    last?.outcome ?? "",
    trace.errorCode ?? "",
    trace.repaired ?? "",
  ];
}

function attemptRow(attempt: AttemptTrace, index: number): AttemptRow {
  return {
    texts: [
      attempt.provider,
      attempt.keyId,
      attempt.keyName,
      attempt.model ?? "",
      attempt.proxy ?? "",
      attempt.outcome ?? "",
      attempt.blame ?? "",
      attempt.reason ?? "",
      attempt.message ?? "",
      attempt.text ?? "",
      attempt.headers ?? "",
    ],
    numbers: [
      index + 1,
      attempt.startedAt,
      attempt.endedAt,
      Math.round(attempt.waitedMs),
      Math.round(attempt.backoffMs),
      sinceBegin(attempt, attempt.sentAt),
      sinceBegin(attempt, attempt.headAt),
      orNone(attempt.status),
    ],
  };
}

function sinceBegin({ startedAt }: AttemptTrace, at: number | undefined): number {
  return at === undefined ? Number.NaN : Math.max(0, at - startedAt);
}

function sizeOf(texts: readonly string[], attempts: readonly AttemptRow[]): number {
  let length = 0;
  for (const text of texts) length += text.length;
  for (const attempt of attempts) for (const text of attempt.texts) length += text.length;
  return ROW_BYTES * (1 + attempts.length) + length * UTF16_BYTES;
}
