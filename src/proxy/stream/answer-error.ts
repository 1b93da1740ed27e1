// Recognises the error inside an answer or event whose status says success.
import type { ParsedError } from "../../upstream/outcome.ts";
import { parseErrorValue } from "../../upstream/parse-error.ts";
import type { JsonObject } from "./json-value.ts";

/**
 * The error that an answer or event is, undefined if it is none: a top-level `error` that is not null (nor false, 0
 * or "", which the official SDK lets pass as well), `type: "error"` (Anthropic, OpenAI responses), `object: "error"`
 * (vLLM).
 */
export function errorIn(value: JsonObject): ParsedError | undefined {
  if (value.error) return readError(value);
  return value.type === "error" || value.object === "error" ? readError(value) : undefined;
}

/** What is known to be an error, in the provider's words; empty where it has none. */
export function readError(value: JsonObject): ParsedError {
  // In the flat form of the responses API `type` only says that it is an error.
  const isFlat = value.type === "error" && !value.error;
  return parseErrorValue(isFlat ? { error: { ...value, type: undefined } } : value) ?? {};
}
