// Answers with an error of our own, in OpenAI's shape.
import { ERRORS, type ErrorCode, type ErrorRow } from "./error-table.ts";

/** Longer than this OpenAI's libraries do not obey (openai-node, src/client.ts: retryRequest). */
const SOON_MS = 60_000;

export interface ErrorFacts {
  readonly requestId: string;
  /** Replaces the code's sentence; without its final period. */
  readonly text?: string;
  /** More about this case; never a configured value, a secret or an exception's text. */
  readonly detail?: string;
  readonly retryAfterMs?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Replaces the code's status: where a provider's page is replaced, its status stays. */
  readonly status?: number;
}

/** OpenAI's error object (platform.openai.com/docs/guides/error-codes). */
export interface ErrorBody {
  readonly error: {
    readonly message: string;
    readonly type: string;
    readonly param: string | null;
    readonly code: ErrorCode;
  };
}

/** The answer for one code of the error table. */
export function errorAnswer(code: ErrorCode, facts: ErrorFacts): Response {
  const row: ErrorRow = ERRORS[code];
  const status = facts.status ?? row.status;
  const headers = new Headers(facts.headers);
  headers.set("content-type", "application/json");
  headers.set("x-request-id", facts.requestId);
  headers.set("x-openai-balance-request-id", facts.requestId);
  // RFC 9110, 11.6.1: a 401 says how to authenticate.
  if (status === 401) headers.set("www-authenticate", "Bearer");
  const shouldRetry = row.shouldRetry === "soon" ? isSoon(facts.retryAfterMs) : row.shouldRetry;
  if (shouldRetry !== undefined) headers.set("x-should-retry", String(shouldRetry));
  if (row.closesConnection === true) headers.set("connection", "close");
  if (isKnown(facts.retryAfterMs)) headers.set("retry-after", retryAfter(facts.retryAfterMs));
  return new Response(JSON.stringify(errorBody(code, facts)), { status, headers });
}

/** The body alone. */
export function errorBody(code: ErrorCode, facts: Pick<ErrorFacts, "requestId" | "detail" | "text">): ErrorBody {
  const { type, text, param }: ErrorRow = ERRORS[code];
  const detail = facts.detail === undefined ? "" : ` (${facts.detail})`;
  return {
    error: {
      message: `${facts.text ?? text}${detail}. Request id: ${facts.requestId}`,
      type,
      param: param ?? null,
      code,
    },
  };
}

/** Endless where only the end of another request can help, whenever that is. */
function isKnown(ms: number | undefined): ms is number {
  return ms !== undefined && Number.isFinite(ms);
}

function isSoon(ms: number | undefined): boolean | undefined {
  return isKnown(ms) ? ms <= SOON_MS : undefined;
}

/** Whole seconds (RFC 9110, 10.2.3), rounded up so that a client that obeys does not come too early. */
function retryAfter(ms: number): string {
  return String(Math.max(1, Math.ceil(ms / 1000)));
}
