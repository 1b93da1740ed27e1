// Errors inside a 200 and in a stream's first event: as their code, type or embedded status says.
import { describe, expect, test } from "bun:test";
import type { DialectName } from "../../../src/config/config.ts";
import type { Effect, OutcomeCode } from "../../../src/core/verdict.ts";
import { classify } from "../../../src/upstream/classify.ts";
import { anthropic, factsOf, gemini, inside, openai, openrouter } from "./fake-answer.ts";

type Expected = readonly [effect: Effect["kind"], outcome: OutcomeCode];

describe("classify reads an error inside a 200", () => {
  test.each<[string, DialectName, unknown, Expected]>([
    ["server_error as type", "openai", openai("m", null, "server_error"), ["server-error", "server_error"]],
    ["invalid_api_key", "openai", openai("m", "invalid_api_key"), ["key-invalid", "invalid_key"]],
    ["insufficient_quota", "openai", openai("m", "insufficient_quota"), ["key-exhausted", "no_credit"]],
    [
      "insufficient_quota as type too",
      "openai",
      openai("m", null, "insufficient_quota"),
      ["key-exhausted", "no_credit"],
    ],
    [
      "a region",
      "openai",
      openai("m", "unsupported_country_region_territory", "request_forbidden"),
      ["region-refused", "forbidden"],
    ],
    [
      "a deployment",
      "azure",
      { error: { code: "DeploymentNotFound", message: "m" } },
      ["model-missing", "model_blocked"],
    ],
    ["rate_limit_exceeded", "openai", openai("m", "rate_limit_exceeded"), ["rate-limited", "rate_limited"]],
    ["model_not_found", "openai", openai("m", "model_not_found"), ["model-missing", "model_blocked"]],
    ["a type that may be about the key as well", "openai", openai("m"), ["none", "bad_answer"]],
    ["a server that is overloaded", "openai", openai("m", "server_is_overloaded"), ["overloaded", "overloaded"]],
    ["an unknown code", "openai", openai("m", "cosmic_rays", "odd"), ["server-error", "server_error"]],
    [
      "response.failed",
      "openai",
      { type: "response.failed", response: { error: { code: "server_error", message: "m" } } },
      ["server-error", "server_error"],
    ],
    [
      "an event of type error",
      "openai",
      { type: "error", code: "rate_limit_exceeded", message: "Please try again in 2s" },
      ["rate-limited", "rate_limited"],
    ],
    [
      "an image that cannot be used",
      "openai",
      { type: "response.failed", response: { error: { code: "invalid_image_format", message: "m" } } },
      ["none", "client_error"],
    ],
    ["OpenRouter 502", "openai", openrouter(502, "Provider returned error"), ["server-error", "server_error"]],
    ["OpenRouter 429", "openai", openrouter(429, "Provider returned error"), ["rate-limited", "rate_limited"]],
    ["OpenRouter 402", "openai", openrouter(402, "Insufficient credits"), ["key-exhausted", "no_credit"]],
    ["OpenRouter 503", "openai", openrouter(503, "No provider"), ["overloaded", "overloaded"]],
    ["OpenRouter 400", "openai", openrouter(400, "Bad Request"), ["none", "client_error"]],
    ["Anthropic, overloaded", "anthropic", anthropic("overloaded_error", "m"), ["overloaded", "overloaded"]],
    ["Anthropic, api_error", "anthropic", anthropic("api_error", "m"), ["server-error", "server_error"]],
    ["Anthropic, rate limit", "anthropic", anthropic("rate_limit_error", "m"), ["rate-limited", "rate_limited"]],
    ["Anthropic, timeout", "anthropic", anthropic("timeout_error", "m"), ["server-error", "server_error"]],
    ["Anthropic, conflict", "anthropic", anthropic("conflict_error", "m"), ["none", "bad_answer"]],
    [
      "Gemini, interactions",
      "gemini",
      { event_type: "error", error: { code: "rate_limit_exceeded" } },
      ["rate-limited", "rate_limited"],
    ],
    ["Gemini", "gemini", [gemini(503, "UNAVAILABLE", "m")], ["overloaded", "overloaded"]],
    ["a text without a code", "openai", { error: "something broke" }, ["server-error", "bad_answer"]],
    ["a message without a code", "openai", { error: { message: "boom" } }, ["server-error", "bad_answer"]],
    ["no readable error", "openai", { error: {} }, ["server-error", "bad_answer"]],
  ])("%s", (_name, dialect, value, [effect, outcome]) => {
    const verdict = classify(inside(value), factsOf(dialect));
    expect([verdict.effect.kind, verdict.outcome]).toEqual([effect, outcome]);
    expect(verdict.status).toBe(200);
  });
});

test("an error of unknown shape is not passed on", () => {
  expect(classify(inside({ error: {} }), factsOf("openai")).last).toBe("invalid");
  expect(classify(inside(openai("m", null, "server_error")), factsOf("openai")).last).toBe("upstream");
});

test("the empty bucket of a 200 says nothing about when to come back", () => {
  const headers = [
    ["x-ratelimit-remaining-tokens", "0"],
    ["x-ratelimit-reset-tokens", "6m0s"],
  ] as const;
  expect(classify(inside(openai("m", "rate_limit_exceeded"), headers), factsOf("openai")).effect).toEqual({
    kind: "rate-limited",
  });
});

test("a moderation flag inside a 200 is the client's", () => {
  const value = { error: { code: 403, message: "flagged", metadata: { reasons: ["hate"] } } };
  expect(classify(inside(value), factsOf("openai")).blame).toBe("client");
});
