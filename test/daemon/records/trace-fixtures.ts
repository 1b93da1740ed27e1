// Finished requests as tests need them.
import { type AttemptTrace, beginTrace, type Trace } from "../../../src/proxy/trace.ts";

export type TraceFields = Partial<Omit<Trace, "attempts">> & { readonly attempts?: readonly Partial<AttemptTrace>[] };

/** A chat that one key served; `at`: wall-clock milliseconds of its begin. It took 20 ms. */
export function servedTrace(at: number, fields: TraceFields = {}): Trace {
  const { attempts = [{}], ...own } = fields;
  const trace = beginTrace(`req_${at.toString(16)}`, "POST", at);
  Object.assign(trace, {
    route: "/v1/chat/completions",
    operation: "chat/completions",
    client: "team",
    model: "gpt-4o-mini",
    upstreamModel: "gpt-4o-mini",
    provider: "main",
    keyId: "0123456789ab",
    keyName: "first",
    status: 200,
    committedAt: at + 10,
    endedAt: at + 20,
    bytesIn: 100,
    bytesOut: 200,
    usage: { promptTokens: 7, completionTokens: 3 },
    ...own,
  });
  trace.attempts.push(...attempts.map((attempt) => attemptOf(at, attempt)));
  return trace;
}

function attemptOf(at: number, fields: Partial<AttemptTrace>): AttemptTrace {
  return {
    provider: "main",
    keyId: "0123456789ab",
    keyName: "first",
    model: "gpt-4o-mini",
    startedAt: at,
    endedAt: at + 20,
    waitedMs: 0,
    backoffMs: 0,
    sentAt: undefined,
    headAt: undefined,
    proxy: undefined,
    outcome: "ok",
    blame: "none",
    status: 200,
    reason: "ok",
    message: undefined,
    text: undefined,
    headers: undefined,
    ...fields,
  };
}

/** What another key served after one was refused. */
export function rotatedTrace(at: number, fields: TraceFields = {}): Trace {
  const refused = {
    keyId: "dead00000000",
    keyName: "dead",
    outcome: "invalid_key",
    blame: "key",
    status: 401,
  } as const;
  return servedTrace(at, { attempts: [{ ...refused, reason: "invalid_api_key", text: "no" }, {}], ...fields });
}

/** What no key served. */
export function failedTrace(at: number, fields: TraceFields = {}): Trace {
  const attempts = [{ outcome: "server_error", status: 500, reason: "server_error", text: "broken" }] as const;
  return servedTrace(at, {
    status: 502,
    end: "error",
    errorCode: "upstream_error",
    usage: undefined,
    attempts,
    ...fields,
  });
}
