// Rows of requests and attempts as they stand in the database, and the records that they are.
import type { Blame, OutcomeCode } from "../../core/verdict.ts";
import type { AttemptRecord, RecordEnd, RequestRecord } from "../../records/record.ts";

/** A row of `requests`. */
export interface RequestRow {
  readonly seq: number;
  readonly id: string;
  readonly trace_id: string | null;
  readonly received_at: number;
  readonly ended_at: number;
  readonly client: string | null;
  readonly method: string;
  readonly route: string;
  readonly operation: string;
  readonly model: string | null;
  readonly upstream_model: string | null;
  readonly provider: string | null;
  readonly key_id: string | null;
  readonly key_name: string | null;
  readonly status: number | null;
  readonly ending: string;
  readonly outcome: string | null;
  readonly error_code: string | null;
  readonly is_failure: number;
  readonly attempts: number;
  readonly waited_ms: number;
  readonly first_byte_ms: number | null;
  readonly bytes_in: number;
  readonly bytes_out: number;
  readonly prompt_tokens: number | null;
  readonly completion_tokens: number | null;
  readonly cached_tokens: number | null;
  readonly reasoning_tokens: number | null;
  readonly cost_nanos: number | null;
  readonly is_stream: number;
  readonly repaired: string | null;
  readonly weight: number;
  /** Of a database that was not written since then, the columns of later versions are missing. */
  readonly body_ms?: number | null;
}

/** A row of `attempts`. */
export interface AttemptRow {
  readonly seq: number;
  readonly number: number;
  readonly provider: string;
  readonly key_id: string;
  readonly key_name: string;
  readonly model: string | null;
  readonly started_at: number;
  readonly ended_at: number;
  readonly proxy: string | null;
  readonly outcome: string | null;
  readonly status: number | null;
  readonly reason: string | null;
  readonly message: string | null;
  readonly text: string | null;
  /** As those of requests that may be missing. */
  readonly waited_ms?: number | null;
  readonly backoff_ms?: number | null;
  readonly sent_ms?: number | null;
  readonly head_ms?: number | null;
  readonly blame?: string | null;
  readonly headers?: string | null;
}

export function recordOf(row: RequestRow): RequestRecord {
  return {
    seq: row.seq,
    id: row.id,
    traceId: row.trace_id ?? undefined,
    receivedAt: row.received_at,
    endedAt: row.ended_at,
    client: row.client ?? undefined,
    method: row.method,
    route: row.route,
    operation: row.operation,
    model: row.model ?? undefined,
    upstreamModel: row.upstream_model ?? undefined,
    provider: row.provider ?? undefined,
    keyId: row.key_id ?? undefined,
    keyName: row.key_name ?? undefined,
    status: row.status ?? undefined,
    end: row.ending as RecordEnd,
    outcome: (row.outcome ?? undefined) as OutcomeCode | undefined,
    errorCode: row.error_code ?? undefined,
    isFailure: row.is_failure === 1,
    attempts: row.attempts,
    waitedMs: row.waited_ms,
    firstByteMs: row.first_byte_ms ?? undefined,
    bodyMs: row.body_ms ?? undefined,
    bytesIn: row.bytes_in,
    bytesOut: row.bytes_out,
    promptTokens: row.prompt_tokens ?? undefined,
    completionTokens: row.completion_tokens ?? undefined,
    cachedTokens: row.cached_tokens ?? undefined,
    reasoningTokens: row.reasoning_tokens ?? undefined,
    costNanos: row.cost_nanos ?? undefined,
    isStream: row.is_stream === 1,
    repaired: row.repaired ?? undefined,
    weight: row.weight,
  };
}

export function attemptOf(row: AttemptRow): AttemptRecord {
  return {
    number: row.number,
    provider: row.provider,
    keyId: row.key_id,
    keyName: row.key_name,
    model: row.model ?? undefined,
    startedAt: row.started_at,
    endedAt: row.ended_at,
    waitedMs: row.waited_ms ?? undefined,
    backoffMs: row.backoff_ms ?? undefined,
    sentMs: row.sent_ms ?? undefined,
    headMs: row.head_ms ?? undefined,
    proxy: row.proxy ?? undefined,
    outcome: (row.outcome ?? undefined) as OutcomeCode | undefined,
    blame: (row.blame ?? undefined) as Blame | undefined,
    status: row.status ?? undefined,
    reason: row.reason ?? undefined,
    message: row.message ?? undefined,
    text: row.text ?? undefined,
    headers: row.headers ?? undefined,
  };
}
