// Every error of our own: OpenAI's shape, its status, and the headers that tell a client what to do next.
import { describe, expect, test } from "bun:test";
import { errorAnswer, errorBody } from "../../../src/proxy/answer/error-answer.ts";
import { ERRORS, type ErrorCode } from "../../../src/proxy/answer/error-table.ts";

const ID = "req_0123456789abcdef01234567";
const STATUS = {
  missing_api_key: 401,
  invalid_api_key: 401,
  forbidden: 403,
  provider_not_found: 404,
  model_not_found: 404,
  not_found: 404,
  method_not_allowed: 405,
  object_owner_gone: 409,
  ambiguous_body: 400,
  invalid_path: 400,
  invalid_websocket_handshake: 400,
  unsupported_websocket_version: 426,
  request_timeout: 408,
  request_too_large: 413,
  rate_limit_exceeded: 429,
  insufficient_quota: 429,
  token_limit_exceeded: 429,
  queue_full: 503,
  overloaded: 503,
  no_usable_key: 503,
  provider_unavailable: 503,
  shutting_down: 503,
  upstream_unreachable: 502,
  upstream_invalid_response: 502,
  upstream_redirect: 502,
  upstream_timeout: 504,
  internal_error: 500,
} as const satisfies Record<ErrorCode, number>;
const CODES = Object.keys(ERRORS) as ErrorCode[];

describe("errorAnswer", () => {
  test.each(CODES)("answers %s in OpenAI's shape", async (code) => {
    const answer = errorAnswer(code, { requestId: ID });
    expect(answer.status).toBe(STATUS[code]);
    expect(answer.headers.get("content-type")).toBe("application/json");
    expect(answer.headers.get("x-request-id")).toBe(ID);
    expect(answer.headers.get("x-openai-balance-request-id")).toBe(ID);
    const body = (await answer.json()) as { error: Record<string, unknown> };
    expect(Object.keys(body)).toEqual(["error"]);
    expect(Object.keys(body.error)).toEqual(["message", "type", "param", "code"]);
    expect(body.error.code).toBe(code);
    expect(body.error.message).toEndWith(ID);
    expect(body.error.message).toMatch(/^[A-Z][^\n]{10,}$/);
    expect(body.error.param).toBe(code === "model_not_found" ? "model" : null);
  });

  test.each(CODES)("names the scheme for %s only with a 401", (code) => {
    const answer = errorAnswer(code, { requestId: ID });
    expect(answer.headers.get("www-authenticate")).toBe(STATUS[code] === 401 ? "Bearer" : null);
  });

  test.each(CODES)("ends retries for %s only where none can help", (code) => {
    const answer = errorAnswer(code, { requestId: ID });
    const expected: Partial<Record<ErrorCode, string>> = {
      object_owner_gone: "false",
      insufficient_quota: "false",
      queue_full: "true",
    };
    expect(answer.headers.get("x-should-retry")).toBe(expected[code] ?? null);
  });

  test.each<[ErrorCode, number | undefined, string | null]>([
    ["rate_limit_exceeded", 1, "true"],
    ["rate_limit_exceeded", 60_000, "true"],
    ["rate_limit_exceeded", 60_001, "false"],
    ["rate_limit_exceeded", undefined, null],
    ["rate_limit_exceeded", Number.POSITIVE_INFINITY, null],
    ["queue_full", 90_000, "true"],
    ["insufficient_quota", 1, "false"],
    ["provider_unavailable", 1, null],
  ])("says of %s after %p ms whether to come again: %p", (code, retryAfterMs, expected) => {
    const answer = errorAnswer(code, { requestId: ID, ...(retryAfterMs !== undefined && { retryAfterMs }) });
    expect(answer.headers.get("x-should-retry")).toBe(expected);
  });

  test.each(CODES)("closes the connection for %s only where the body is still on its way", (code) => {
    const answer = errorAnswer(code, { requestId: ID });
    expect(answer.headers.get("connection")).toBe(code === "request_timeout" ? "close" : null);
  });

  test.each([
    [0, "1"],
    [-5, "1"],
    [1, "1"],
    [1000, "1"],
    [1001, "2"],
    [59_000, "59"],
  ])("turns %d ms into Retry-After: %s", (retryAfterMs, expected) => {
    expect(errorAnswer("rate_limit_exceeded", { requestId: ID, retryAfterMs }).headers.get("retry-after")).toBe(
      expected,
    );
  });

  test("has no Retry-After without a time, or with an endless one", () => {
    expect(errorAnswer("rate_limit_exceeded", { requestId: ID }).headers.has("retry-after")).toBe(false);
    const endless = errorAnswer("rate_limit_exceeded", { requestId: ID, retryAfterMs: Number.POSITIVE_INFINITY });
    expect(endless.headers.has("retry-after")).toBe(false);
  });

  test("takes more headers and another status", () => {
    const allow = errorAnswer("method_not_allowed", { requestId: ID, headers: { allow: "GET, HEAD" } });
    expect(allow.headers.get("allow")).toBe("GET, HEAD");
    expect(errorAnswer("upstream_invalid_response", { requestId: ID, status: 403 }).status).toBe(403);
  });
});

describe("errorBody", () => {
  test("puts a detail before the request id", () => {
    const { message } = errorBody("upstream_unreachable", { requestId: ID, detail: "ECONNREFUSED" }).error;
    expect(message).toBe(`Cannot reach the provider (ECONNREFUSED). Request id: ${ID}`);
  });
});
