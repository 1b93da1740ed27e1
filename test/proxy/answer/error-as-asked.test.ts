// Errors made here in the shape of the API that was asked, which each library reads in its own way.
import { describe, expect, test } from "bun:test";
import Anthropic from "@anthropic-ai/sdk";
import { errorAnswer } from "../../../src/proxy/answer/error-answer.ts";
import { errorAsAsked } from "../../../src/proxy/answer/error-as-asked.ts";
import { ERRORS, type ErrorCode } from "../../../src/proxy/answer/error-table.ts";
import { vendorAsked } from "../../../src/proxy/answer/native-error.ts";

const ID = "req_0123456789abcdef01234567";
const CODES = Object.keys(ERRORS) as ErrorCode[];
const ANTHROPIC = request("/claude/v1/messages");
const GOOGLE = request("/gemini/v1beta/models/g:generateContent");

function request(path: string, headers: Record<string, string> = {}): Pick<Request, "headers" | "url"> {
  return { url: `http://127.0.0.1:8000${path}`, headers: new Headers(headers) };
}

function made(code: ErrorCode, retryAfterMs?: number): Response {
  return errorAnswer(code, { requestId: ID, ...(retryAfterMs !== undefined && { retryAfterMs }) });
}

describe("vendorAsked", () => {
  test.each<[string, Record<string, string>, string | undefined]>([
    ["/v1/chat/completions", {}, undefined],
    ["/v1/messages", {}, "anthropic"],
    ["/claude/v1/messages/count_tokens?beta=true", {}, "anthropic"],
    ["/claude/v1/files", { "anthropic-version": "2023-06-01" }, "anthropic"],
    ["/v1/threads/t/messages", {}, undefined],
    ["/v1/chat/completions?next=/v1/messages", {}, undefined],
    ["/nobody/v1beta/models/g:generateContent", {}, "gemini"],
    ["/gemini/v1/models/g:streamGenerateContent?alt=sse", {}, "gemini"],
    ["/gemini/upload/v1/files?upload_id=x", {}, "gemini"],
    ["/gemini/v1/models", { "x-goog-api-key": "x" }, "gemini"],
    ["/gemini/v1/models", { "x-goog-api-client": "google-genai-sdk/3.3.0" }, "gemini"],
    ["/gemini/v1beta/openai/chat/completions", {}, undefined],
    ["/azure/openai/deployments/d/chat/completions", { "api-key": "x" }, undefined],
  ])("%s with %j", (path, headers, expected) => {
    expect(vendorAsked(request(path, headers))).toBe(expected as ReturnType<typeof vendorAsked>);
  });
});

describe("errorAsAsked", () => {
  test("leaves what OpenAI's API is asked as it is", async () => {
    const response = made("no_usable_key");
    expect(await errorAsAsked(response, request("/v1/chat/completions"))).toBe(response);
  });

  test.each(CODES)("gives %s to Anthropic's library with its class, words and code", async (code) => {
    const response = await errorAsAsked(made(code, 5_000), ANTHROPIC);
    const { status, headers } = response;
    const error = Anthropic.APIError.generate(status, (await response.json()) as object, undefined, headers);
    expect(error).toMatchObject({ status, errorCode: code, requestID: ID });
    expect(error.apiMessage).toStartWith(ERRORS[code].text);
    expect(error.type).toEndWith(code === "request_too_large" ? "too_large" : "_error");
    expect(headers.get("retry-after")).toBe("5");
    expect(headers.get("content-type")).toBe("application/json");
  });

  test.each([
    ["invalid_api_key", "authentication_error", "UNAUTHENTICATED"],
    ["forbidden", "permission_error", "PERMISSION_DENIED"],
    ["model_not_found", "not_found_error", "NOT_FOUND"],
    ["ambiguous_body", "invalid_request_error", "INVALID_ARGUMENT"],
    ["request_too_large", "request_too_large", "INVALID_ARGUMENT"],
    ["rate_limit_exceeded", "rate_limit_error", "RESOURCE_EXHAUSTED"],
    ["insufficient_quota", "billing_error", "RESOURCE_EXHAUSTED"],
    ["provider_unavailable", "overloaded_error", "UNAVAILABLE"],
    ["upstream_unreachable", "api_error", "UNAVAILABLE"],
    ["upstream_timeout", "timeout_error", "DEADLINE_EXCEEDED"],
    ["internal_error", "api_error", "INTERNAL"],
  ] as const)("calls %s %s with Anthropic, %s with Google", async (code, type, status) => {
    const toAnthropic = await (await errorAsAsked(made(code), ANTHROPIC)).json();
    expect(toAnthropic).toMatchObject({ type: "error", error: { type }, request_id: ID });
    const toGoogle = await (await errorAsAsked(made(code), GOOGLE)).json();
    expect(toGoogle).toMatchObject({ error: { code: ERRORS[code].status, status, details: [{ reason: code }] } });
  });

  test("tells Google's clients how long to wait", async () => {
    const body = (await (await errorAsAsked(made("rate_limit_exceeded", 12_001), GOOGLE)).json()) as never;
    expect(body).toHaveProperty("error.details.1", {
      "@type": "type.googleapis.com/google.rpc.RetryInfo",
      retryDelay: "13s",
    });
  });
});
