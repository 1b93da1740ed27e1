// Errors of our own in the shapes of Anthropic and Google, whose libraries read no other.
import type { NativeVendor } from "../../upstream/dialect.ts";

export interface NativeError {
  readonly status: number;
  readonly message: string;
  /** Our own code, for example `no_usable_key`. */
  readonly code: string;
  /** In whole seconds. */
  readonly retryAfter?: string;
}

// docs.claude.com/en/api/errors
const ANTHROPIC_TYPES: ReadonlyMap<number, string> = new Map([
  [401, "authentication_error"],
  [402, "billing_error"],
  [403, "permission_error"],
  [404, "not_found_error"],
  [409, "conflict_error"],
  [413, "request_too_large"],
  [429, "rate_limit_error"],
  [503, "overloaded_error"],
  [504, "timeout_error"],
  [529, "overloaded_error"],
]);
// googleapis google/rpc/code.proto, where several statuses are allowed the one of ai.google.dev/gemini-api/docs/troubleshooting
const GOOGLE_STATUSES: ReadonlyMap<number, string> = new Map([
  [401, "UNAUTHENTICATED"],
  [403, "PERMISSION_DENIED"],
  [404, "NOT_FOUND"],
  [405, "UNIMPLEMENTED"],
  [408, "DEADLINE_EXCEEDED"],
  [409, "ABORTED"],
  [429, "RESOURCE_EXHAUSTED"],
  [500, "INTERNAL"],
  [502, "UNAVAILABLE"],
  [503, "UNAVAILABLE"],
  [504, "DEADLINE_EXCEEDED"],
]);
/** It has the status of a rate limit with OpenAI, and is told apart by its type with Anthropic. */
const NO_CREDIT = "insufficient_quota";

/** `details.error_code` is what Anthropic's library shows as `errorCode` (@anthropic-ai/sdk, src/core/error.ts). */
export function anthropicError({ status, message, code }: NativeError, requestId?: string): object {
  const other = status >= 500 ? "api_error" : "invalid_request_error";
  const type = code === NO_CREDIT ? "billing_error" : (ANTHROPIC_TYPES.get(status) ?? other);
  const error = { type, message, details: { error_code: code } };
  return { type: "error", error, ...(requestId !== undefined && { request_id: requestId }) };
}

/** google.rpc.Status as JSON; our code as the reason of an ErrorInfo (google.aip.dev/193), a wait as RetryInfo. */
export function googleError({ status, message, code, retryAfter }: NativeError): object {
  const info = { "@type": "type.googleapis.com/google.rpc.ErrorInfo", reason: code, domain: "openai-balance" };
  const wait = { "@type": "type.googleapis.com/google.rpc.RetryInfo", retryDelay: `${retryAfter}s` };
  const name = GOOGLE_STATUSES.get(status) ?? (status >= 500 ? "INTERNAL" : "INVALID_ARGUMENT");
  const details = retryAfter === undefined ? [info] : [info, wait];
  return { error: { code: status, message, status: name, details } };
}

/** What a client shows itself by, when there may be no valid path: the headers of its library, or the path of its API. */
export function vendorAsked({ headers, url }: Pick<Request, "headers" | "url">): NativeVendor | undefined {
  if (headers.has("anthropic-version") || ANTHROPIC_PATH.test(url)) return "anthropic";
  if (headers.has("x-goog-api-key") || headers.has("x-goog-api-client") || GOOGLE_PATH.test(url)) return "gemini";
  return undefined;
}

const ANTHROPIC_PATH = /^[^?]*\/v1\/messages(?:[/?]|$)/;
/** Below `/v1beta/openai` Google speaks OpenAI's protocol. */
const GOOGLE_PATH =
  /^[^?]*(?:\/upload\/v1(?:alpha|beta)?\/|\/v1(?:alpha|beta)\/(?!openai(?:[/?]|$))|:(?:g|streamG)enerateContent(?:\?|$))/;
