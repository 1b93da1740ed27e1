// Turns the end of the attempts into the client's response.

import type { Attempt } from "../balancer/contract.ts";
import type { ServerConfig } from "../config/config.ts";
import type { CredentialMask } from "../core/credential-mask.ts";
import type { Provider } from "../upstream/provider.ts";
import type { HeaderList } from "../upstream/transport.ts";
import type { WholeAnswer } from "./attempt-result.ts";
import { errorAnswer } from "./error-answer.ts";
import { type ClientHeaderOptions, clientHeaders } from "./header-policy.ts";
import { type RelayEvents, relayBody } from "./relay.ts";
import type { RunEnd } from "./run-end.ts";
import type { Trace } from "./trace.ts";
import { cleanError } from "./upstream-error.ts";

export interface ResponseFacts {
  readonly server: ServerConfig;
  readonly method: string;
  readonly signal: AbortSignal;
  readonly now: number;
  readonly trace: Trace;
  /** What to do with the bytes and the end of a live answer. */
  readonly relay: RelayEvents;
}

/** Statuses whose response must have no body (RFC 9110, 15.3.5, 15.3.6, 15.4.5). */
const NULL_BODY = new Set([204, 205, 304]);
/** The connection is gone; the number is what other proxies log for it. */
const CLIENT_CLOSED = 499;

/** The response, and the trace's view of it. A live one ends later, through `facts.relay`. */
export function respond(end: RunEnd, facts: ResponseFacts): Response {
  const response = responseOf(end, facts);
  if (end.kind !== "client-gone") facts.trace.status = response.status;
  return response;
}

function responseOf(end: RunEnd, facts: ResponseFacts): Response {
  const { trace } = facts;
  switch (end.kind) {
    case "whole":
      return wholeResponse(end.answer, maskedBy(end), facts);
    case "live":
      return liveResponse(end, facts);
    case "upstream-error": {
      trace.end = "error";
      const credential = end.mask;
      const cleaned = cleanError(end.answer, credential);
      if (cleaned.kind === "pass") {
        return wholeResponse(cleaned.answer, { provider: end.provider, credential }, facts);
      }
      trace.errorCode = "upstream_invalid_response";
      return errorAnswer("upstream_invalid_response", {
        requestId: trace.id,
        status: end.answer.status,
        headers: extra(facts),
      });
    }
    case "refusal":
      trace.end = "error";
      trace.errorCode = end.code;
      return errorAnswer(end.code, { ...end, requestId: trace.id, headers: extra(facts) });
    case "client-gone":
      trace.end = "client_gone";
      return new Response(null, { status: CLIENT_CLOSED });
    default:
      return end satisfies never;
  }
}

/** Where an answer came from, and what must not be seen of it. */
interface Origin {
  readonly provider: Provider;
  /** Undefined where the key vanished by a reload meanwhile. */
  readonly credential: CredentialMask | undefined;
}

function maskedBy({ provider, attempt }: { readonly provider: Provider; readonly attempt: Attempt }): Origin {
  return { provider, credential: provider.keys.get(attempt.candidate.keyId)?.mask };
}

function wholeResponse(answer: WholeAnswer, origin: Origin, facts: ResponseFacts): Response {
  const isHead = facts.method === "HEAD";
  const headers = headersFor(answer, origin, { facts, keepLength: isHead });
  facts.trace.bytesOut = answer.body.length;
  const body = isHead || NULL_BODY.has(answer.status) ? null : answer.body;
  return new Response(body, { status: answer.status, headers });
}

function liveResponse(end: Extract<RunEnd, { kind: "live" }>, facts: ResponseFacts): Response {
  const { answer } = end;
  const headers = headersFor(answer, maskedBy(end), { facts, keepLength: false });
  // The body's cancel is not called when the client left before its first byte was asked for.
  facts.signal.addEventListener("abort", () => answer.abort(), { once: true });
  if (facts.signal.aborted) answer.abort();
  return new Response(relayBody(answer, facts.relay), { status: answer.status, headers });
}

function headersFor(
  answer: Pick<WholeAnswer, "headers">,
  { provider, credential }: Origin,
  { facts, keepLength }: { readonly facts: ResponseFacts } & Pick<ClientHeaderOptions, "keepLength">,
): Headers {
  const passRateLimit = passesRateLimit(facts.server.passRatelimitHeaders, provider);
  const list: HeaderList = answer.headers.map(([name, value]) => [name, credential?.mask(value) ?? value]);
  const headers = clientHeaders(list, { requestId: facts.trace.id, passRateLimit, keepLength });
  for (const [name, value] of Object.entries(extra(facts))) headers.set(name, value);
  return headers;
}

// With several keys a limit is that of one of them, which would mislead a client that paces itself by it.
function passesRateLimit(setting: ServerConfig["passRatelimitHeaders"], provider: Provider): boolean {
  return setting === "always" || (setting === "auto" && provider.keys.size === 1);
}

function extra({ server, trace, now }: ResponseFacts): Readonly<Record<string, string>> {
  const headers: Record<string, string> = {};
  if (trace.repaired !== undefined) headers["x-openai-balance-repaired"] = trace.repaired;
  if (!server.debugHeaders) return headers;
  const last = trace.attempts.at(-1);
  const upstreamMs = trace.attempts.reduce((sum, attempt) => sum + attempt.endedAt - attempt.startedAt, 0);
  headers["x-openai-balance-attempts"] = String(trace.attempts.length);
  headers["x-openai-balance-overhead-ms"] = String(Math.max(0, now - trace.receivedAt - upstreamMs));
  if (last === undefined) return headers;
  headers["x-openai-balance-provider"] = last.provider;
  headers["x-openai-balance-key"] = last.keyId;
  return headers;
}
