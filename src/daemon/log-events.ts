// The log's view of requests, changes of health and bugs.
import type { Change } from "../balancer/contract.ts";
import { formatDuration } from "../core/durations.ts";
import type { Logger } from "../core/logger.ts";
import type { Trace } from "../proxy/trace.ts";

/** One line for each request at info, one for each of its attempts at debug. */
export function logTrace(trace: Trace, logger: Logger): void {
  for (const [index, attempt] of trace.attempts.entries()) {
    const { startedAt, endedAt, keyName, keyId, ...rest } = attempt;
    logger.debug(
      { request_id: trace.id, attempt: index + 1, ...rest, key: keyName, key_id: keyId, ms: endedAt - startedAt },
      "attempt",
    );
  }
  logger.info(requestFields(trace), "request");
}

/** A change of health: a warning where an operator should look. */
export function logChange(change: Change, logger: Logger): void {
  const { at, level, provider, keyName, keyId, model, operation, from, to, until, reason, status, message } = change;
  const place = { level_of: level, provider, key: keyName, key_id: keyId, model, operation };
  const fields = {
    ...place,
    from,
    to,
    for: until === undefined ? undefined : formatDuration(Math.max(0, Math.round(until - at))),
    reason,
    status,
    upstream_message: message,
  };
  if (change.alert) logger.warn(fields, "health");
  else logger.info(fields, "health");
}

/** Our own bug, with its stack, under the id that the client was given. */
export function logBug(error: unknown, requestId: string, logger: Logger): void {
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  logger.error({ request_id: requestId, stack }, "internal error");
}

function requestFields(trace: Trace): object {
  const { id, method, route, client, model, provider, keyName, upstreamModel, status, usage } = trace;
  return {
    request_id: id,
    method,
    route,
    client,
    model,
    provider,
    key: keyName,
    upstream_model: upstreamModel === model ? undefined : upstreamModel,
    status,
    end: trace.end === "ok" ? undefined : trace.end,
    error: trace.errorCode,
    attempts: trace.attempts.length,
    ms: trace.endedAt - trace.receivedAt,
    first_byte_ms: trace.committedAt === undefined ? undefined : trace.committedAt - trace.receivedAt,
    stream: trace.isStream || undefined,
    bytes_in: trace.bytesIn,
    bytes_out: trace.bytesOut,
    repaired: trace.repaired,
    prompt_tokens: usage?.promptTokens,
    completion_tokens: usage?.completionTokens,
    cached_tokens: usage?.cachedTokens,
    reasoning_tokens: usage?.reasoningTokens,
  };
}
