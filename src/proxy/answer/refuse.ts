// Answers that are made before a request of the API begins, and what the trace says of them.

import type { Trace } from "../trace.ts";
import { type ErrorFacts, errorAnswer } from "./error-answer.ts";
import type { ErrorCode } from "./error-table.ts";
import { repairedHeader } from "./respond.ts";

/** An answer of our own, noted in the trace; `facts`: more about this case, or another text. */
export function refuse(
  code: ErrorCode,
  trace: Trace,
  { detail, text, retryAfterMs }: Pick<ErrorFacts, "detail" | "text" | "retryAfterMs"> = {},
): Response {
  const response = errorAnswer(code, {
    requestId: trace.id,
    headers: repairedHeader(trace),
    ...(detail !== undefined && { detail }),
    ...(text !== undefined && { text }),
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  });
  trace.end = "error";
  trace.errorCode = code;
  trace.status = response.status;
  return response;
}

/** The refusal of a method that changes something; undefined for reads. */
export function readOnly({ method, id }: Trace): Response | undefined {
  if (method === "GET" || method === "HEAD") return undefined;
  return errorAnswer("method_not_allowed", { requestId: id, headers: { allow: "GET, HEAD" } });
}
