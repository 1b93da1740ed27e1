// Turns the end of the attempts into the client's response.
import type { ServerConfig } from "../../config/config.ts";
import type { CredentialMask } from "../../core/credential-mask.ts";
import type { Provider } from "../../upstream/provider.ts";
import type { HeaderList } from "../../upstream/transport.ts";
import type { WholeAnswer } from "../attempt/attempt-result.ts";
import type { RunEnd } from "../attempt/run-end.ts";
import { overheadMs } from "../overhead.ts";
import { bringUploadHere, withResultsHere } from "../paths/address-here.ts";
import type { Trace } from "../trace.ts";
import { isBodiless } from "./answer-form.ts";
import { errorAnswer } from "./error-answer.ts";
import { clientHeaders } from "./header-policy.ts";
import { relayBody } from "./relay.ts";
import { cleanError } from "./upstream-error.ts";

export interface ResponseFacts {
  readonly server: ServerConfig;
  readonly method: string;
  /** As it came. */
  readonly request: Pick<Request, "url" | "headers">;
  readonly now: number;
  readonly trace: Trace;
}

const REPAIRED = "x-openai-balance-repaired";
/** The connection is gone; the number is what other proxies log for it. */
const CLIENT_CLOSED = 499;

/** The response, and the trace's view of it. A live one is over later. */
export function respond(end: RunEnd, facts: ResponseFacts): Response {
  const response = responseOf(end, facts);
  if (end.kind !== "client-gone") facts.trace.status = response.status;
  return response;
}

/** Tells the client which path its own was taken for. */
export function repairedHeader({ repaired }: Trace): Readonly<Record<string, string>> {
  return repaired === undefined ? {} : { [REPAIRED]: repaired };
}

function responseOf(end: RunEnd, facts: ResponseFacts): Response {
  const { trace } = facts;
  switch (end.kind) {
    case "whole":
      return wholeResponse(end.answer, end, facts);
    case "live": {
      const { head } = end.answer;
      const headers = answerHeaders(head.headers, end, facts);
      return new Response(relayBody(end.answer), { status: head.status, headers });
    }
    case "upstream-error":
      return upstreamError(end, facts);
    case "refusal":
      trace.end = "error";
      trace.errorCode = end.code;
      return errorAnswer(end.code, { ...end, requestId: trace.id, headers: extraHeaders(facts) });
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
  readonly mask: CredentialMask;
}

function wholeResponse(answer: WholeAnswer, origin: Origin, facts: ResponseFacts): Response {
  const { status } = answer;
  const body = facts.method === "HEAD" || isBodiless(status) ? null : bodyHere(answer.body, origin, facts);
  facts.trace.bytesOut = body?.length ?? 0;
  return new Response(body, { status, headers: answerHeaders(answer.headers, origin, facts) });
}

function bodyHere(body: Uint8Array, { provider: { config } }: Origin, { trace, request }: ResponseFacts): Uint8Array {
  return withResultsHere(body, trace.operation, { provider: config.name, request });
}

function upstreamError(end: Extract<RunEnd, { kind: "upstream-error" }>, facts: ResponseFacts): Response {
  const { trace } = facts;
  trace.end = "error";
  const cleaned = cleanError(end.answer, end.mask);
  if (cleaned.kind === "pass") return wholeResponse(cleaned.answer, end, facts);
  trace.errorCode = "upstream_invalid_response";
  const { status } = end.answer;
  const detail = `a page with status ${status}`;
  return errorAnswer("upstream_invalid_response", {
    requestId: trace.id,
    status,
    detail,
    headers: extraHeaders(facts),
  });
}

/** The headers of an answer that passes a provider's on. */
export function answerHeaders(list: HeaderList, { provider, mask }: Origin, facts: ResponseFacts): Headers {
  const headers = clientHeaders(masked(list, mask), {
    requestId: facts.trace.id,
    passRateLimit: passesRateLimit(facts.server.passRatelimitHeaders, provider),
    // Only without its body does an answer keep the length that the provider stated.
    keepLength: facts.method === "HEAD",
  });
  if (provider.dialect.nativeVendor === "gemini") bringUploadHere(headers, provider.config.name, facts.request);
  if (facts.trace.repaired === undefined && !facts.server.debugHeaders) return headers;
  for (const [name, value] of Object.entries(extraHeaders(facts))) headers.set(name, value);
  return headers;
}

function masked(list: HeaderList, mask: CredentialMask): HeaderList {
  const isClean = list.every((header) => mask.mask(header[1]) === header[1]);
  return isClean ? list : list.map(([name, value]) => [name, mask.mask(value)]);
}

// With several keys a limit is that of one of them, which would mislead a client that paces itself by it.
function passesRateLimit(setting: ServerConfig["passRatelimitHeaders"], provider: Provider): boolean {
  return setting === "always" || (setting === "auto" && provider.keys.size === 1);
}

function extraHeaders({ server, trace, now }: ResponseFacts): Readonly<Record<string, string>> {
  if (!server.debugHeaders) return repairedHeader(trace);
  const last = trace.attempts.at(-1);
  return {
    ...repairedHeader(trace),
    "x-openai-balance-attempts": String(trace.attempts.length),
    "x-openai-balance-overhead-ms": String(overheadMs(trace, now)),
    ...(last && { "x-openai-balance-provider": last.provider, "x-openai-balance-key": last.keyId }),
  };
}
