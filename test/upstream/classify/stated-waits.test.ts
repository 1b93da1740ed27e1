// How long a verdict says that a key or a model rests.
import { describe, expect, test } from "bun:test";
import type { DialectName } from "../../../src/config/config.ts";
import type { Effect } from "../../../src/core/verdict.ts";
import { classify } from "../../../src/upstream/classify.ts";
import type { Outcome } from "../../../src/upstream/outcome.ts";
import { answer, anthropic, factsOf, NOW, openai, openrouter } from "./fake-answer.ts";

const HOUR = 3_600_000;

function geminiQuota(...quotaIds: readonly string[]): unknown {
  const violations = quotaIds.map((quotaId) => ({ quotaId }));
  const details = [
    { "@type": "type.googleapis.com/google.rpc.QuotaFailure", violations },
    { "@type": "type.googleapis.com/google.rpc.RetryInfo", retryDelay: "36s" },
  ];
  return [{ error: { code: 429, message: "Quota exceeded", status: "RESOURCE_EXHAUSTED", details } }];
}

const limited = (message: string): unknown => openai(message, "rate_limit_exceeded", "requests");

describe("classify states the wait", () => {
  test.each<[string, DialectName, Outcome, Effect]>([
    [
      "of the header",
      "openai",
      answer(429, limited("Please try again in 1.2s"), [["retry-after", "20"]]),
      { kind: "rate-limited", retryAfterMs: 20_000 },
    ],
    [
      "of the text",
      "openai",
      answer(429, limited("Please try again in 1.2s")),
      { kind: "rate-limited", retryAfterMs: 1_200 },
    ],
    [
      "of an empty bucket",
      "openai",
      answer(429, limited("m"), [
        ["x-ratelimit-remaining-requests", "0"],
        ["x-ratelimit-reset-requests", "6m0s"],
      ]),
      { kind: "rate-limited", retryAfterMs: 360_000 },
    ],
    ["of nobody", "openai", answer(429), { kind: "rate-limited" }],
    [
      "of a day",
      "openai",
      answer(
        429,
        limited(
          "Rate limit reached on requests per day (RPD): Limit 200, Used 200, Requested 1. Please try again in 7m12s.",
        ),
      ),
      { kind: "rate-limited", daily: true, retryAfterMs: 432_000 },
    ],
    [
      "of OpenRouter's day",
      "openai",
      answer(429, {
        error: {
          code: 429,
          message: "Rate limit exceeded: free-models-per-day. Add 10 credits",
          metadata: { headers: { "X-RateLimit-Reset": String(NOW + 12 * HOUR) } },
        },
      }),
      { kind: "rate-limited", daily: true, retryAfterMs: 12 * HOUR },
    ],
    [
      "of Gemini's minute: RetryInfo",
      "gemini",
      answer(429, geminiQuota("GenerateRequestsPerMinutePerProjectPerModel-FreeTier")),
      { kind: "rate-limited", retryAfterMs: 36_000 },
    ],
    [
      "of Gemini's day: midnight in California, RetryInfo ignored",
      "gemini",
      answer(
        429,
        geminiQuota("GenerateRequestsPerMinutePerProjectPerModel", "GenerateRequestsPerDayPerProjectPerModel"),
        [["retry-after", "36"]],
      ),
      { kind: "rate-limited", daily: true, retryAfterMs: 20 * HOUR },
    ],
    ["of a 503", "openai", answer(503, "", [["retry-after", "30"]]), { kind: "overloaded", retryAfterMs: 30_000 }],
    [
      "of a 503, where a bucket says nothing",
      "openai",
      answer(503, "", [
        ["x-ratelimit-remaining-requests", "0"],
        ["x-ratelimit-reset-requests", "6m0s"],
      ]),
      { kind: "overloaded" },
    ],
    [
      "of no credit, none stated",
      "openai",
      answer(402, openrouter(402, "Insufficient credits")),
      { kind: "key-exhausted" },
    ],
    [
      "of Anthropic's own limit",
      "anthropic",
      answer(
        400,
        anthropic(
          "invalid_request_error",
          "You have reached your specified API usage limits. You will regain access on 2026-03-02 at 00:00 UTC.",
        ),
      ),
      { kind: "key-exhausted", retryAfterMs: 12 * HOUR },
    ],
    [
      "of Anthropic's monthly limit",
      "anthropic",
      answer(429, {
        type: "error",
        error: { type: "rate_limit_error", message: "m", details: { error_code: "enforced_spend_limit_reached" } },
      }),
      { kind: "key-exhausted", retryAfterMs: Date.UTC(2026, 3, 1) - NOW },
    ],
  ])("%s", (_name, dialect, outcome, effect) => {
    expect(classify(outcome, factsOf(dialect)).effect).toEqual(effect);
  });
});

test("a success carries whether it is complete and how fast it was", () => {
  expect(classify(answer(200), factsOf("openai")).effect).toEqual({ kind: "success", complete: true, latencyMs: 5 });
});

test("a request within the limit is a rate limit, not too big", () => {
  const message = "Request too large: Limit 30000, Requested 30000. Please try again in 2s";
  expect(classify(answer(429, limited(message)), factsOf("openai")).effect).toEqual({
    kind: "rate-limited",
    retryAfterMs: 2_000,
  });
});
