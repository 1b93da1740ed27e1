// The record of a request as it will be asked for, made at its end without the database.
import type { FreshRecord } from "../../admin/chat-port.ts";
import type { AttemptTrace, Trace } from "../../proxy/trace.ts";
import { isFailure } from "../../records/ending.ts";
import type { AttemptRecord } from "../../records/record.ts";
import { cleanAnswer, cleanHeaders, cleanMessage, cleanName, type Redact } from "./clean-text.ts";
import { firstByteMs, tokenCount } from "./record-row.ts";

export interface FreshFacts {
  readonly costNanos: number | undefined;
  readonly redact: Redact;
}

/** Texts are as the database would have them. */
export function freshRecord(trace: Trace, { costNanos, redact }: FreshFacts): FreshRecord {
  const last = trace.attempts.at(-1);
  const { model, upstreamModel, usage, status, end } = trace;
  const name = (text: string | undefined) => cleaned(text, cleanName, redact);
  return {
    id: trace.id,
    traceId: trace.traceId,
    receivedAt: trace.receivedAt,
    endedAt: trace.endedAt,
    client: trace.client,
    method: trace.method,
    route: trace.route,
    operation: trace.operation,
    model: name(model),
    upstreamModel: upstreamModel === model ? undefined : name(upstreamModel),
    provider: trace.provider,
    keyId: trace.keyId,
    keyName: name(trace.keyName),
    status,
    end,
    outcome: last?.outcome,
    errorCode: trace.errorCode,
    isFailure: isFailure({ status, end, outcome: last?.outcome }),
    attempts: trace.attempts.length,
    waitedMs: Math.round(trace.waitedMs),
    firstByteMs: firstByteMs(trace),
    bodyMs: Math.round(trace.bodyMs),
    bytesIn: trace.bytesIn,
    bytesOut: trace.bytesOut,
    promptTokens: tokenCount(usage?.promptTokens),
    completionTokens: tokenCount(usage?.completionTokens),
    cachedTokens: tokenCount(usage?.cachedTokens),
    reasoningTokens: tokenCount(usage?.reasoningTokens),
    costNanos,
    isStream: trace.isStream,
    repaired: name(trace.repaired),
    weight: 1,
    tries: trace.attempts.map((attempt, index) => attemptRecord(attempt, index, redact)),
  };
}

function attemptRecord(attempt: AttemptTrace, index: number, redact: Redact): AttemptRecord {
  const { startedAt, sentAt, headAt } = attempt;
  const name = (text: string | undefined) => cleaned(text, cleanName, redact);
  return {
    number: index + 1,
    provider: attempt.provider,
    keyId: attempt.keyId,
    keyName: name(attempt.keyName) ?? "",
    model: name(attempt.model),
    startedAt,
    endedAt: attempt.endedAt,
    waitedMs: Math.round(attempt.waitedMs),
    backoffMs: Math.round(attempt.backoffMs),
    sentMs: sinceBegin(startedAt, sentAt),
    headMs: sinceBegin(startedAt, headAt),
    proxy: attempt.proxy,
    outcome: attempt.outcome,
    blame: attempt.blame,
    status: attempt.status,
    reason: name(attempt.reason),
    message: cleaned(attempt.message, cleanMessage, redact),
    text: cleaned(attempt.text, cleanAnswer, redact),
    headers: cleaned(attempt.headers, cleanHeaders, redact),
  };
}

function sinceBegin(startedAt: number, at: number | undefined): number | undefined {
  return at === undefined ? undefined : Math.max(0, at - startedAt);
}

type Clean = (text: string, redact: Redact) => string;

/** What is empty, or of which nothing is left, is kept by nobody. */
function cleaned(text: string | undefined, clean: Clean, redact: Redact): string | undefined {
  return (text && clean(text, redact)) || undefined;
}
