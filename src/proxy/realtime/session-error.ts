// The error that a message of a session says, and whether it is about its key.
import type { Dialect, ErrorMeaning } from "../../upstream/dialect.ts";
import { meaningOfInside } from "../../upstream/error-meaning.ts";
import type { ParsedError } from "../../upstream/outcome.ts";
import { errorIn } from "../stream/answer-error.ts";
import { isObject, type JsonObject } from "../stream/json-value.ts";

/**
 * What a session that goes on may say of its key; a fault of the server or of the client says nothing of it. Nor does a
 * refusal without a reason, which may be about what the client says: no other key serves the same session to prove it.
 */
const OF_KEY: ReadonlySet<ErrorMeaning> = new Set(["invalid-key", "no-credit", "rate-limit", "rate-limit-daily"]);

/**
 * An error event, or the error of a response that failed: `response.error` (Responses API),
 * `response.status_details.error` (Realtime API).
 */
export function errorOfMessage(value: JsonObject): ParsedError | undefined {
  const { response } = value;
  if (!isObject(response)) return errorIn(value);
  const details = isObject(response.status_details) ? response.status_details.error : undefined;
  const error = response.error ?? details;
  return isObject(error) ? errorIn({ error }) : undefined;
}

/** Whether others should not be sent to this key now. */
export function isOfKey(error: ParsedError, dialect: Dialect): boolean {
  return OF_KEY.has(meaningOfInside(error, dialect).means);
}
