// Reads the error that an answer carries, in any of the shapes that providers use.
import { type ErrorDetails, readDetails } from "./error-details.ts";
import type { ParsedError } from "./outcome.ts";
import { waitInText } from "./wait-in-text.ts";

const MAX_ERROR_BYTES = 64 * 1024;
/** Operators' regular expressions look at it for every failed attempt. */
const MAX_TEXT_BYTES = 8 * 1024;
const MAX_MESSAGE_CHARS = 2_048;
const MAX_WORD_CHARS = 200;

type Json = Readonly<Record<string, unknown>>;

/**
 * What the body of an answer says about its error; undefined for an empty one. Text that is neither JSON nor markup
 * becomes the message. Bodies that say nothing readable, or have more than 64 KiB, are only `text`, which is their first
 * 8 KiB.
 */
export function parseErrorBody(body: Uint8Array): ParsedError | undefined {
  const parsed = body.byteLength > MAX_ERROR_BYTES ? undefined : parseErrorText(decode(body)?.trim() ?? "");
  if (parsed?.message !== undefined && parsed.message.length < MAX_MESSAGE_CHARS) return parsed;
  const text = new TextDecoder().decode(body.subarray(0, MAX_TEXT_BYTES)).trim();
  return text === "" ? parsed : { ...parsed, text };
}

function parseErrorText(text: string): ParsedError | undefined {
  if (text === "" || text.startsWith("<")) return undefined;
  try {
    return parseErrorValue(JSON.parse(text));
  } catch {
    return text.startsWith("{") || text.startsWith("[") ? undefined : fromParts({ message: text }, {});
  }
}

/**
 * What a parsed answer or event says about its error: `{error: {…}}`, `{error: "text"}`, an array of the former, flat
 * `{message, code}`, `{detail}`, `{errors: […]}`, `{response: {error}}`. Undefined without an error; never throws.
 */
export function parseErrorValue(json: unknown): ParsedError | undefined {
  const value = Array.isArray(json) ? json[0] : json;
  if (!isObject(value)) return undefined;
  const found = errorIn(value);
  if (found === undefined) return undefined;
  const details = readDetails(found);
  const parsed = fromParts(found, details);
  return Object.keys(parsed).length === 0 ? undefined : parsed;
}

/** The object that holds code, type and message, brought into one flat form. */
function errorIn(value: Json): Json | undefined {
  if (isObject(value.error)) return value.error;
  if (typeof value.error === "string") {
    const hasMessage = typeof value.message === "string";
    return hasMessage ? { ...value, type: value.type ?? value.error } : { ...value, message: value.error };
  }
  if (isObject(value.response) && isObject(value.response.error)) return value.response.error;
  if (Array.isArray(value.errors) && isObject(value.errors[0])) return value.errors[0];
  if (value.detail !== undefined && value.detail !== null) return fromDetail(value.detail);
  return typeof value.message === "string" || isObject(value.message) ? flat(value) : undefined;
}

function flat(value: Json): Json | undefined {
  // Mistral wraps a validation error: {message: {detail: […]}, type, …}.
  if (isObject(value.message)) return { ...value, message: fromDetail(value.message.detail)?.message };
  return value;
}

/** FastAPI: a text, a list of `{loc, msg}`, or an object of the service's own. */
function fromDetail(detail: unknown): Json | undefined {
  if (typeof detail === "string") return { message: detail };
  const first = Array.isArray(detail) ? detail[0] : detail;
  if (!isObject(first)) return undefined;
  if (isObject(first.error)) return first.error;
  return { ...first, message: first.msg ?? first.message ?? first.error };
}

function fromParts(error: Json, details: ErrorDetails): ParsedError {
  const message = typeof error.message === "string" ? error.message.slice(0, MAX_MESSAGE_CHARS) : undefined;
  const { reason, ...stated } = details;
  return {
    ...optional("code", (statusOf(error.code) === undefined ? wordOf(error.code) : undefined) ?? reason),
    ...optional("type", typeOf(error)),
    ...optional("message", message),
    ...optional("param", wordOf(error.param)),
    ...optional("status", statusIn(error)),
    ...waitInText(message ?? ""),
    ...stated,
  };
}

function typeOf(error: Json): string | undefined {
  // An event of the Responses API is `{type: "error", code, message}`: that type says nothing.
  const type = error.type === "error" ? undefined : wordOf(error.type);
  return type ?? (statusOf(error.status) === undefined ? wordOf(error.status) : undefined);
}

function statusIn(error: Json): number | undefined {
  return (
    statusOf(error.code) ?? statusOf(error.status) ?? statusOf(error.status_code) ?? statusOf(error.raw_status_code)
  );
}

function optional<Name extends string, Value>(
  name: Name,
  value: Value | undefined,
): { readonly [key in Name]?: Value } {
  return value === undefined ? {} : ({ [name]: value } as { readonly [key in Name]: Value });
}

/** An HTTP error status, as a number or in digits. */
function statusOf(value: unknown): number | undefined {
  const number = typeof value === "string" && /^\d{3}$/.test(value) ? Number(value) : value;
  return typeof number === "number" && Number.isInteger(number) && number >= 400 && number <= 599 ? number : undefined;
}

function wordOf(value: unknown): string | undefined {
  if (typeof value === "number" && Number.isFinite(value)) return String(value);
  return typeof value === "string" && value !== "" ? value.slice(0, MAX_WORD_CHARS) : undefined;
}

function decode(body: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(body);
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
