// The log's view of requests, changes of health and bugs.
import type { Change } from "../balancer/contract.ts";
import { roughDuration } from "../core/durations.ts";
import type { Logger } from "../core/logger.ts";
import type { AttemptTrace, Trace } from "../proxy/trace.ts";

/** One line for each request, one for each of its attempts at debug. A request that failed is a warning. */
export function logTrace(trace: Trace, logger: Logger): void {
  if (logger.isEnabled("debug")) {
    for (const [index, attempt] of trace.attempts.entries()) {
      logger.debug(attemptFields(attempt, trace.id, index + 1), "Attempt");
    }
  }
  const title = requestTitle(trace);
  if (title === "Request failed" || title === "Answer interrupted") logger.warn(requestFields(trace), title);
  else logger.info(requestFields(trace), title);
}

/** A change of health: a warning where an operator should look. */
export function logChange(change: Change, logger: Logger): void {
  const { at, level, provider, keyName, keyId, model, operation, group, from, to, until, reason, status, message } =
    change;
  const fields = {
    provider,
    key: keyName,
    model,
    operation,
    group,
    for: until === undefined ? undefined : roughDuration(Math.max(0, until - at)),
    status,
    reason,
    upstream_message: message,
    scope: level,
    from,
    to,
    key_id: keyId,
  };
  if (change.alert) logger.warn(fields, changeTitle(change));
  else logger.info(fields, changeTitle(change));
}

/** Our own bug, with its stack, under the id that the client was given. */
export function logBug(error: unknown, requestId: string, logger: Logger): void {
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  logger.error({ request_id: requestId, stack }, "Internal error");
}

/** What a change means, by level and new state. */
const CHANGE_TITLES: Readonly<Record<Change["level"], Readonly<Record<string, string>>>> = {
  key: {
    invalid: "Key is invalid",
    exhausted: "Key has no credit left",
    cooling: "Key rests",
    disabled: "Key disabled by a rule",
  },
  "key-model": { cooling: "Key rests for this model", blocked: "Key cannot use this model" },
  "key-operation": { blocked: "Key may not use this operation" },
  "provider-model": { open: "Model fails at this provider, others go first" },
  provider: {
    open: "Provider fails, others go first",
    suspect: "Provider refuses key after key, one request at a time tries it again",
    region_refused: "Provider refuses requests from this region",
  },
};

/** What it means for all keys of a quota group. */
const GROUP_TITLES: Readonly<Record<string, string>> = {
  cooling: "Quota group rests for this model",
  exhausted: "Quota group has no credit left",
};

/** What it means that a success ended a bad state. */
const REVIVED_TITLES: Readonly<Record<Change["level"], string>> = {
  key: "Key answers again",
  "key-model": "Key answers again for this model",
  "key-operation": "Key answers again for this operation",
  "provider-model": "Model answers again at this provider",
  provider: "Provider answers again",
};

/** What an operator did, by what was done to. */
const OPERATOR_TITLES: Readonly<Record<string, Partial<Readonly<Record<Change["level"], string>>>>> = {
  operator_disabled: { key: "Key disabled by an operator" },
  operator_enabled: { key: "Key enabled by an operator" },
  operator_reset: {
    key: "Key reset by an operator",
    provider: "Provider reset by an operator",
    "provider-model": "Model reset at this provider by an operator",
  },
};

function changeTitle({ level, to, reason, group }: Change): string {
  const byOperator = OPERATOR_TITLES[reason]?.[level];
  if (byOperator !== undefined) return byOperator;
  if (reason === "answers_again") return REVIVED_TITLES[level];
  const ofGroup = group === undefined ? undefined : GROUP_TITLES[to];
  return ofGroup ?? CHANGE_TITLES[level][to] ?? "Health changed";
}

/** What does not speak against the provider that served a session which was ended here. */
const BLAMELESS: ReadonlySet<AttemptTrace["outcome"]> = new Set(["ok", "client_gone"]);

function requestTitle({ end, status, attempts }: Trace): string {
  if (end === "client_gone") return "Client left";
  if (end === "interrupted") return "Answer interrupted";
  // Its client was upgraded before the error.
  if (status === 101 && end === "error")
    return BLAMELESS.has(attempts.at(-1)?.outcome) ? "Session ended" : "Request failed";
  if (status === undefined || status < 400) return "Request served";
  return status < 500 ? "Request refused" : "Request failed";
}

function requestFields(trace: Trace): object {
  const { id, method, route, client, address, model, provider, keyName, upstreamModel, status, usage } = trace;
  const isFailure = trace.end !== "ok";
  const lastAttempt = isFailure ? trace.attempts.at(-1) : undefined;
  // An attempt that was given up for an error of our own looks as if its client had gone.
  const last = trace.errorCode !== undefined && lastAttempt?.outcome === "client_gone" ? undefined : lastAttempt;
  // Absent fields are undefined rather than left out: every request's object has one shape, which is faster to write.
  return {
    method,
    route,
    status,
    model,
    upstream_model: upstreamModel === model ? undefined : upstreamModel,
    provider,
    key: keyName,
    // Why it did not end well: our own error code, and what the last attempt met.
    error: isFailure ? trace.errorCode : undefined,
    outcome: last?.outcome,
    reason: last?.reason,
    upstream_message: last?.message,
    attempts: trace.attempts.length,
    tried: triedBefore(trace),
    ms: span(trace.receivedAt, trace.endedAt),
    // For a key that was free; part of `ms`.
    waited_ms: trace.waitedMs || undefined,
    // Of an answer that is no stream the first byte goes out when all of it is here.
    first_byte_ms: trace.isStream ? span(trace.receivedAt, trace.committedAt) : undefined,
    prompt_tokens: usage?.promptTokens,
    completion_tokens: usage?.completionTokens,
    cached_tokens: usage?.cachedTokens || undefined,
    reasoning_tokens: usage?.reasoningTokens || undefined,
    bytes_in: trace.bytesIn,
    bytes_out: trace.bytesOut,
    repaired: trace.repaired,
    client,
    address,
    request_id: id,
    trace_id: trace.traceId,
  };
}

/** The attempts that failed, as far as the fields of the request do not tell them. */
function triedBefore({ attempts }: Trace): readonly object[] | undefined {
  if (attempts.length < 2) return undefined;
  return attempts.slice(0, -1).map(({ provider, keyName, keyId, status, outcome, reason, startedAt, endedAt }) => {
    return { provider, key: keyName, key_id: keyId, status, outcome, reason, ms: span(startedAt, endedAt) };
  });
}

function attemptFields(attempt: AttemptTrace, requestId: string, number: number): object {
  const { provider, keyName, keyId, model, proxy, status, outcome, reason, message, startedAt, endedAt } = attempt;
  return {
    attempt: number,
    provider,
    key: keyName,
    model,
    proxy,
    status,
    outcome,
    reason: reason === "ok" ? undefined : reason,
    upstream_message: message,
    ms: span(startedAt, endedAt),
    key_id: keyId,
    request_id: requestId,
  };
}

/** Milliseconds; the clock may be set back meanwhile. */
function span<Until extends number | undefined>(from: number, until: Until): number | Until {
  return until === undefined ? until : Math.max(0, until - from);
}
