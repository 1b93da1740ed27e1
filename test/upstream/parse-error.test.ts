// Error bodies as the providers send them, and whatever else may arrive in their place.
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { parseErrorBody, parseErrorValue } from "../../src/upstream/parse-error.ts";

const encode = (value: unknown): Uint8Array =>
  new TextEncoder().encode(typeof value === "string" ? value : JSON.stringify(value));

describe("parseErrorBody reads each provider's shape", () => {
  test.each([
    [
      "OpenAI",
      {
        error: {
          message: "Incorrect API key provided",
          type: "invalid_request_error",
          param: null,
          code: "invalid_api_key",
        },
      },
      { message: "Incorrect API key provided", type: "invalid_request_error", code: "invalid_api_key" },
    ],
    [
      "OpenAI with a param",
      { error: { message: "m", type: "t", param: "stream", code: null } },
      { message: "m", type: "t", param: "stream" },
    ],
    ["a text", { error: "model not loaded" }, { message: "model not loaded" }],
    [
      "a text beside a code (xAI)",
      { code: "invalid-argument", error: "Bad" },
      { code: "invalid-argument", message: "Bad" },
    ],
    [
      "a word beside a message",
      { error: "unauthorized", message: "No token" },
      { type: "unauthorized", message: "No token" },
    ],
    [
      "flat (SiliconFlow)",
      { code: 20012, message: "Model does not exist.", data: null },
      { code: "20012", message: "Model does not exist." },
    ],
    [
      "flat (Mistral)",
      {
        object: "error",
        message: "Rate limit exceeded",
        type: "rate_limited",
        param: null,
        code: "1300",
        raw_status_code: 429,
      },
      { code: "1300", type: "rate_limited", message: "Rate limit exceeded", status: 429 },
    ],
    [
      "a nested validation error (Mistral)",
      {
        object: "error",
        message: { detail: [{ loc: ["body", "temperature"], msg: "Too large" }] },
        type: "invalid_request_error",
      },
      { type: "invalid_request_error", message: "Too large" },
    ],
    ["detail as text", { detail: "Not authenticated" }, { message: "Not authenticated" }],
    [
      "detail as list",
      { detail: [{ loc: ["body"], msg: "Field required", type: "missing" }] },
      { message: "Field required", type: "missing" },
    ],
    ["detail with an error", { detail: { error: { message: "inner", code: "c" } } }, { message: "inner", code: "c" }],
    [
      "errors as list",
      { success: false, errors: [{ code: 10000, message: "Authentication error" }] },
      { code: "10000", message: "Authentication error" },
    ],
    [
      "Anthropic",
      { type: "error", error: { type: "overloaded_error", message: "Overloaded" }, request_id: "req_1" },
      { type: "overloaded_error", message: "Overloaded" },
    ],
    [
      "Anthropic with details",
      {
        type: "error",
        error: { type: "rate_limit_error", message: "m", details: { error_code: "enforced_spend_limit_reached" } },
      },
      { type: "rate_limit_error", message: "m", code: "enforced_spend_limit_reached" },
    ],
    [
      "Azure",
      { error: { code: "429", message: "Please retry after 6 seconds." } },
      { status: 429, message: "Please retry after 6 seconds.", retryAfterMs: 6_000 },
    ],
    [
      "an event of the Responses API",
      { type: "error", code: "server_error", message: "m", param: null, sequence_number: 1 },
      { code: "server_error", message: "m" },
    ],
    [
      "response.failed",
      { type: "response.failed", response: { id: "resp_1", error: { code: "rate_limit_exceeded", message: "m" } } },
      { code: "rate_limit_exceeded", message: "m" },
    ],
    [
      "OpenRouter moderation",
      {
        error: {
          code: 403,
          message: "flagged",
          metadata: { reasons: ["violence"], flagged_input: "…", provider_name: "p", model_slug: "m" },
        },
      },
      { status: 403, message: "flagged", moderated: true },
    ],
    [
      "OpenRouter limit",
      {
        error: {
          code: 429,
          message: "Rate limit exceeded",
          metadata: { headers: { "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1767225600000" } },
        },
      },
      { status: 429, message: "Rate limit exceeded", retryAt: 1_767_225_600_000 },
    ],
  ])("%s", (_name, body, expected) => {
    expect(parseErrorBody(encode(body))).toEqual(expected);
  });

  const quota = {
    error: {
      code: 429,
      message: "You exceeded your current quota. Please retry in 36.5s.",
      status: "RESOURCE_EXHAUSTED",
      details: [
        {
          "@type": "type.googleapis.com/google.rpc.QuotaFailure",
          violations: [
            { quotaId: "GenerateRequestsPerMinutePerProjectPerModel-FreeTier" },
            { quotaId: "GenerateRequestsPerDayPerProjectPerModel-FreeTier" },
          ],
        },
        { "@type": "type.googleapis.com/google.rpc.Help", links: [] },
        { "@type": "type.googleapis.com/google.rpc.RetryInfo", retryDelay: "36s" },
      ],
    },
  };

  test.each([
    ["object", quota],
    ["array", [quota]],
  ])("Gemini quota as %s", (_name, body) => {
    expect(parseErrorBody(encode(body))).toEqual({
      type: "RESOURCE_EXHAUSTED",
      status: 429,
      message: "You exceeded your current quota. Please retry in 36.5s.",
      retryAfterMs: 36_000,
      quotaIds: [
        "GenerateRequestsPerMinutePerProjectPerModel-FreeTier",
        "GenerateRequestsPerDayPerProjectPerModel-FreeTier",
      ],
    });
  });

  test("Gemini reason becomes the code", () => {
    const details = [
      { "@type": "type.googleapis.com/google.rpc.ErrorInfo", reason: "API_KEY_INVALID", domain: "googleapis.com" },
    ];
    expect(parseErrorValue({ error: { code: 400, status: "INVALID_ARGUMENT", details } })).toEqual({
      code: "API_KEY_INVALID",
      type: "INVALID_ARGUMENT",
      status: 400,
    });
  });

  test("text that is no JSON becomes the message", () => {
    expect(parseErrorBody(encode("upstream connect error"))).toEqual({ message: "upstream connect error" });
  });
});

describe("parseErrorBody finds no error, but keeps the text", () => {
  test.each([
    ["HTML", "<!doctype html><p>forbidden"],
    ["cut JSON", '{"error":{"message":"cu'],
    ["a success with a null error", { id: "resp_1", object: "response", error: null, output: [] }],
    ["an empty error", { error: {} }],
    ["an empty array", []],
    ["a number", 42],
    ["a chat completion", { id: "c", object: "chat.completion", choices: [{ message: { content: "hi" } }] }],
  ])("%s", (_name, body) => {
    const text = typeof body === "string" ? body : JSON.stringify(body);
    expect(parseErrorBody(encode(body))).toEqual({ text });
  });

  test.each([
    ["nothing", ""],
    ["blanks", " \n"],
  ])("%s: there is none", (_name, body) => {
    expect(parseErrorBody(encode(body))).toBeUndefined();
  });

  test("invalid UTF-8", () => {
    expect(parseErrorBody(new Uint8Array([0x41, 0xff]))).toEqual({ text: "A\uFFFD" });
  });

  test("an error without a message", () => {
    const body = { error: { code: "invalid_api_key" } };
    expect(parseErrorBody(encode(body))).toEqual({ code: "invalid_api_key", text: JSON.stringify(body) });
  });

  test("a text that is longer than a message", () => {
    const text = `${"x".repeat(2_048)} end`;
    expect(parseErrorBody(encode(text))).toEqual({ message: "x".repeat(2_048), text });
  });

  test("a body above 64 KiB", () => {
    const body = { error: { message: "x".repeat(64 * 1024), code: "invalid_api_key" } };
    expect(parseErrorBody(encode(body))).toEqual({ text: JSON.stringify(body).slice(0, 8 * 1024) });
  });

  test("60,000 nested arrays", () => {
    expect(parseErrorBody(encode("[".repeat(60_000)))).toEqual({ text: "[".repeat(8 * 1024) });
    expect(() => parseErrorBody(encode("[".repeat(30_000) + "]".repeat(30_000)))).not.toThrow();
  });
});

test("long messages and words are cut", () => {
  const parsed = parseErrorValue({ error: { message: "m".repeat(10_000), code: "c".repeat(10_000) } });
  expect(parsed?.message).toHaveLength(2_048);
  expect(parsed?.code).toHaveLength(200);
});

describe("laws", () => {
  test("any bytes are read without throwing", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 4_096 }), (bytes) => {
        parseErrorBody(bytes);
      }),
    );
  });

  test("any JSON gives well-formed fields", () => {
    const key = fc.constantFrom(
      "error",
      "errors",
      "detail",
      "details",
      "message",
      "code",
      "type",
      "status",
      "metadata",
      "response",
      "@type",
      "violations",
    );
    const json = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        fc.jsonValue({ maxDepth: 1 }),
        fc.array(tie("value"), { maxLength: 3 }),
        fc.dictionary(key, tie("value"), { maxKeys: 5 }),
      ),
    })).value;
    fc.assert(
      fc.property(json, (value) => {
        const parsed = parseErrorValue(value);
        if (parsed === undefined) return;
        expect(Object.keys(parsed)).not.toBeEmpty();
        for (const field of [parsed.code, parsed.type, parsed.message, parsed.param]) {
          expect(["string", "undefined"]).toContain(typeof field);
        }
        const wait = parsed.retryAfterMs ?? 0;
        expect(Number.isFinite(wait) && wait >= 0).toBe(true);
        const status = parsed.status ?? 400;
        expect(status >= 400 && status <= 599).toBe(true);
      }),
      { numRuns: 300 },
    );
  });
});
