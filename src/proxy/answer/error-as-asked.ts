// Puts an error that was made here into the shape of the API that was asked.
import type { Trace } from "../trace.ts";
import type { ErrorBody } from "./error-answer.ts";
import { anthropicError, googleError, vendorAsked } from "./native-error.ts";

interface Refused {
  readonly request: Pick<Request, "method" | "headers" | "url">;
  readonly trace: Trace;
}

/** The same for a request that has a record, which then says how long it is. */
export async function refusalAsAsked(response: Response, { request, trace }: Refused): Promise<Response> {
  const shaped = await errorAsAsked(response, request);
  const { status, headers } = shaped;
  const body = await shaped.bytes();
  trace.bytesOut = request.method === "HEAD" ? 0 : body.length;
  return new Response(body, { status, headers });
}

/** `response`: made by `errorAnswer`; it is given back as it is where OpenAI's API was asked, whose shape it has. */
export async function errorAsAsked(response: Response, request: Pick<Request, "headers" | "url">): Promise<Response> {
  const vendor = vendorAsked(request);
  if (vendor !== "anthropic" && vendor !== "gemini") return response;
  const { error } = (await response.json()) as ErrorBody;
  const { status } = response;
  const headers = new Headers(response.headers);
  const requestId = headers.get("x-request-id") ?? "";
  const retryAfter = headers.get("retry-after");
  const told = { status, message: error.message, code: error.code, ...(retryAfter !== null && { retryAfter }) };
  // docs.claude.com/en/api/errors: where Anthropic's libraries look for it.
  if (vendor === "anthropic") headers.set("request-id", requestId);
  const body = vendor === "anthropic" ? anthropicError(told, requestId) : googleError(told);
  return new Response(JSON.stringify(body), { status, headers });
}
