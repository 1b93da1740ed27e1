// Whose limit a refusal speaks of.
import { expect, test } from "bun:test";
import type { DialectName } from "../../../src/config/config.ts";
import type { Effect, QuotaScope } from "../../../src/core/verdict.ts";
import { classify } from "../../../src/upstream/classify.ts";
import type { Outcome } from "../../../src/upstream/outcome.ts";
import { SCOPE_FACTS } from "../../../src/upstream/quota-scope.ts";
import { answer, anthropic, factsOf, openai } from "./fake-answer.ts";

const limited = (message: string): Outcome => answer(429, openai(message, "rate_limit_exceeded", "tokens"));

test.each<[string, DialectName, Outcome, Effect["kind"], QuotaScope | undefined]>([
  [
    "OpenAI, organisation",
    "openai",
    limited(
      "Rate limit reached for gpt-4o in organization org-fake on tokens per min (TPM): Limit 3, Used 2, Requested 1.",
    ),
    "rate-limited",
    "organization",
  ],
  [
    "OpenAI, project",
    "openai",
    limited("Rate limit reached for gpt-4o in project proj_fake in organization org-fake on tokens per min (TPM)"),
    "rate-limited",
    "project",
  ],
  [
    "OpenAI, nobody",
    "openai",
    limited("Rate limit reached for gpt-4o on tokens per min (TPM)"),
    "rate-limited",
    undefined,
  ],
  [
    "OpenAI, organisation, per day",
    "openai",
    limited("Rate limit reached for gpt-4o in organization org-fake on tokens per day (TPD): Limit 3"),
    "rate-limited",
    "organization",
  ],
  [
    "OpenAI, usage of the organisation",
    "openai",
    answer(429, openai("m", "organization_usage_limit_exceeded", "insufficient_quota")),
    "key-exhausted",
    "organization",
  ],
  [
    "OpenAI, spending of the organisation",
    "openai",
    answer(429, openai("m", "organization_spend_limit_exceeded", "insufficient_quota")),
    "key-exhausted",
    "organization",
  ],
  [
    "OpenAI, spending of the project",
    "openai",
    answer(429, openai("m", "project_spend_limit_exceeded", "insufficient_quota")),
    "key-exhausted",
    "project",
  ],
  [
    "OpenAI, prepaid credits of the organisation",
    "openai",
    answer(429, openai("m", "credit_balance_exhausted", "insufficient_quota")),
    "key-exhausted",
    "organization",
  ],
  ["OpenAI, no credit", "openai", answer(429, openai("m", "insufficient_quota")), "key-exhausted", undefined],
  [
    "Groq",
    "openai",
    limited(
      "Rate limit reached for model `x` in organization `org_01fake` service tier `on_demand` on tokens per minute",
    ),
    "rate-limited",
    "organization",
  ],
  [
    "Anthropic",
    "anthropic",
    answer(429, anthropic("rate_limit_error", "This request would exceed your organization's rate limit of 30,000")),
    "rate-limited",
    "organization",
  ],
  [
    "Anthropic, formerly",
    "anthropic",
    answer(
      429,
      anthropic("rate_limit_error", "This request would exceed the rate limit for your organization (0f) of"),
    ),
    "rate-limited",
    "organization",
  ],
  [
    "Moonshot",
    "openai",
    answer(429, {
      error: {
        type: "rate_limit_reached_error",
        message: "Your account org-x request reached organization max RPM: 3",
      },
    }),
    "rate-limited",
    "organization",
  ],
  ["no body", "openai", answer(429), "rate-limited", undefined],
])("%s", (_name, dialect, outcome, kind, scope) => {
  const { effect } = classify(outcome, factsOf(dialect));
  expect(effect.kind).toBe(kind);
  expect("scope" in effect ? effect.scope : undefined).toBe(scope);
});

test("each fact names its source and keeps no place", () => {
  for (const { code, message, source } of SCOPE_FACTS) {
    expect(code ?? message).toBeDefined();
    expect(source.length).toBeGreaterThan(10);
    for (const pattern of [code, message]) expect(pattern?.flags ?? "").not.toMatch(/[gy]/);
  }
});
