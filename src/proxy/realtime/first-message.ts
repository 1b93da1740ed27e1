// What the beginning of a session says of its key: an error as the first message, or a close in its place.
import type { DialectName } from "../../config/config.ts";
import type { Dialect } from "../../upstream/dialect.ts";
import { meaningOfInside } from "../../upstream/error-meaning.ts";
import type { ParsedError } from "../../upstream/outcome.ts";
import { CLOSE, type CloseReason } from "../../upstream/websocket/close-codes.ts";
import type { SocketMessage } from "../../upstream/websocket/frame-reader.ts";
import { parseMessage } from "./parse-message.ts";
import { errorOfMessage } from "./session-error.ts";

/** Longer than any error. */
const MAX_ERROR_BYTES = 64 * 1024;

/** What a close means where its reason does not say it in a code. */
interface CloseFact {
  readonly codes: readonly number[];
  readonly reason?: RegExp;
  readonly error: ParsedError;
}

/** As answers of generativelanguage.googleapis.com show them; not documented. */
const GEMINI_CLOSES: readonly CloseFact[] = [
  { codes: [CLOSE.invalidData, 1008], reason: /^API key\b/, error: { status: 400, code: "INVALID_ARGUMENT" } },
  { codes: [1008], reason: /\bis not found\b/, error: { status: 404, code: "NOT_FOUND" } },
  { codes: [CLOSE.invalidData, 1008], error: { status: 400, code: "INVALID_ARGUMENT" } },
  {
    codes: [CLOSE.internalError, 1008],
    reason: /\bexceeded your current quota\b/i,
    error: { status: 429, code: "RESOURCE_EXHAUSTED" },
  },
];
const CLOSES: readonly CloseFact[] = [
  { codes: [CLOSE.serviceRestart, CLOSE.tryAgainLater], error: { status: 503 } },
  { codes: [CLOSE.internalError, 1014], error: { status: 500 } },
];
/** Types and codes in one reason, as OpenAI closes: `invalid_request_error.invalid_api_key`. */
const CODED_REASON = /^([a-z_]{3,60})\.([a-z_]{3,80})$/;

/**
 * The error that the first message is, where another key may do better: undefined for messages, and for errors that
 * are the client's, after which the session goes on.
 */
export function startError(message: SocketMessage, dialect: Dialect): ParsedError | undefined {
  if (message.bytes.length > MAX_ERROR_BYTES || !message.bytes.includes('"error"')) return undefined;
  const value = parseMessage(message);
  const error = value && errorOfMessage(value);
  if (error === undefined) return undefined;
  const { means } = meaningOfInside(error, dialect);
  return means === "client" || means === "unclear" ? undefined : error;
}

/** What a close before the first message says; undefined: as much as a connection that was lost. */
export function closeError({ code, reason }: CloseReason, dialect: DialectName): ParsedError | undefined {
  const message = reason === "" ? {} : { message: reason };
  const [, type, word] = CODED_REASON.exec(reason) ?? [];
  if (type !== undefined && word !== undefined) return { type, code: word, ...message };
  const facts = dialect === "gemini" ? [...GEMINI_CLOSES, ...CLOSES] : CLOSES;
  const fact = facts.find((row) => row.codes.includes(code) && (row.reason?.test(reason) ?? true));
  if (fact !== undefined) return { ...fact.error, ...message };
  // Nothing was wrong, or nobody can tell what.
  if (code === CLOSE.normal || code === CLOSE.goingAway || code === CLOSE.noStatus) return undefined;
  return { type: "invalid_request_error", ...message };
}
