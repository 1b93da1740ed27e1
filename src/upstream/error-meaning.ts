// Finds the row of the verdict table that an error belongs to: by the dialect's facts, else by its status alone.
import type { Dialect, ErrorFact, ErrorMeaning } from "./dialect.ts";
import type { ParsedError } from "./outcome.ts";

/** `fact`: the row that decided. `isKnown` is false where neither facts nor a status said what happened. */
export interface MeaningFound {
  readonly means: ErrorMeaning;
  readonly fact?: ErrorFact;
  readonly isKnown: boolean;
}

// Codes and types that stand for a status where none is given, inside a 200. Sources: docs.anthropic.com/en/api/errors,
// platform.openai.com/docs/guides/error-codes, googleapis google/rpc/code.proto, platform.kimi.ai/docs/api/errors.
const STATUS_OF_WORD: ReadonlyMap<string, number> = new Map([
  ...words(400, "invalid_request_error", "invalid_request", "invalid_argument", "failed_precondition"),
  ...words(400, "content_filter", "context_length_exceeded", "out_of_range"),
  ...words(401, "authentication_error", "invalid_authentication_error", "unauthenticated", "unauthorized"),
  ...words(402, "payment_required", "billing_error"),
  ...words(403, "permission_error", "permission_denied", "permission_denied_error", "forbidden"),
  ...words(404, "not_found_error", "not_found", "resource_not_found_error"),
  ...words(409, "conflict_error"),
  ...words(413, "request_too_large"),
  ...words(429, "rate_limit_error", "rate_limit_exceeded", "rate_limited", "rate_limit_reached_error"),
  ...words(429, "resource_exhausted", "too_many_requests"),
  ...words(500, "api_error", "server_error", "internal_error", "internal_server_error", "internal"),
  ...words(503, "service_unavailable", "service_unavailable_error", "unavailable", "overloaded", "slow_down"),
  ...words(503, "server_is_overloaded", "engine_overloaded_error"),
  ...words(504, "timeout_error", "deadline_exceeded"),
  ...words(529, "overloaded_error"),
]);

/**
 * What an answer with this HTTP error status means. An unknown body is judged by the status alone, never by single
 * words in its text.
 */
export function meaningOfStatus(status: number, error: ParsedError | undefined, dialect: Dialect): MeaningFound {
  const fact = error === undefined ? undefined : dialect.errors.find((row) => holds(row, error, { status }));
  if (fact !== undefined) return { means: fact.means, fact, isKnown: true };
  return { means: byStatus(status, error), isKnown: true };
}

/**
 * What an error inside a 200, or before the first output of a stream, means: as its code, type or embedded status says.
 * An unknown one is the server's; where only its type speaks of the request, it is unclear whose it is.
 */
export function meaningOfInside(error: ParsedError | undefined, dialect: Dialect): MeaningFound {
  if (error === undefined) return { means: "server-error", isKnown: false };
  const status = error.status ?? statusOfWords(error);
  const given = { status, isGuess: error.status === undefined };
  const fact = dialect.errors.find((row) => holds(row, error, given));
  if (fact !== undefined) return { means: fact.means, fact, isKnown: true };
  if (status !== undefined) {
    const means = byStatus(status, error);
    return { means: means === "client" && isOnlyTyped(error) ? "unclear" : means, isKnown: true };
  }
  return { means: "server-error", isKnown: error.code !== undefined || error.type !== undefined };
}

// Types such as `invalid_request_error` stand beside faults of keys and of clients alike; without a status only a code
// that is known to be about the request shows whose it is.
function isOnlyTyped({ status, code }: ParsedError): boolean {
  return status === undefined && !STATUS_OF_WORD.has(code?.toLowerCase() ?? "");
}

function byStatus(status: number, error: ParsedError | undefined): ErrorMeaning {
  switch (status) {
    case 401:
      return "invalid-key";
    case 402:
      return "no-credit";
    case 403:
      return error?.moderated === true ? "client" : "key-refused";
    case 408:
      return "server-error";
    case 429:
      return "rate-limit";
    // RFC 9110, 15.6.2; Gemini's UNIMPLEMENTED.
    case 501:
      return "unsupported";
    case 503:
    case 529:
      return "overloaded";
    default:
      return status >= 400 && status < 500 ? "client" : "server-error";
  }
}

interface GivenStatus {
  readonly status: number | undefined;
  /** The status was derived from a word, so that a row's own code counts for more. */
  readonly isGuess?: boolean;
}

function holds(fact: ErrorFact, error: ParsedError, given: GivenStatus): boolean {
  if (fact.status !== undefined && !statusHolds(fact, fact.status, given)) return false;
  if (fact.code !== undefined && !codeHolds(fact.code, error)) return false;
  if (fact.message !== undefined && !fact.message.test(error.message ?? "")) return false;
  if (fact.raw !== undefined && !fact.raw.test(error.raw ?? "")) return false;
  const { quota } = fact;
  if (quota !== undefined && error.quotaIds?.some((id) => quota.test(id)) !== true) return false;
  return fact.exceeds !== true || exceedsLimit(error.message ?? "");
}

function statusHolds(fact: ErrorFact, statuses: readonly number[], given: GivenStatus): boolean {
  if (given.status !== undefined && statuses.includes(given.status)) return true;
  return (given.isGuess ?? false) && fact.code !== undefined;
}

function codeHolds(codes: readonly (string | RegExp)[], error: ParsedError): boolean {
  return codes.some((code) =>
    typeof code === "string"
      ? code === error.code || code === error.type
      : code.test(error.code ?? "") || code.test(error.type ?? ""),
  );
}

/** "Limit 30000, … Requested 36278": a request above the limit itself, which no wait makes fit. */
function exceedsLimit(message: string): boolean {
  const limit = /\bLimit:? ([\d,]{1,20})\b/.exec(message)?.[1];
  const requested = /\bRequested:? ([\d,]{1,20})\b/.exec(message)?.[1];
  if (limit === undefined || requested === undefined) return false;
  return Number(requested.replaceAll(",", "")) > Number(limit.replaceAll(",", ""));
}

function statusOfWords(error: ParsedError): number | undefined {
  return STATUS_OF_WORD.get(error.code?.toLowerCase() ?? "") ?? STATUS_OF_WORD.get(error.type?.toLowerCase() ?? "");
}

function words(status: number, ...names: readonly string[]): (readonly [string, number])[] {
  return names.map((name) => [name, status] as const);
}
