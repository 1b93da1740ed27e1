// Answers that say that a key has no credit left.
import { answer, anthropic, gemini, openai, openrouter } from "./fake-answer.ts";
import { row } from "./judged.ts";

row(
  "no credit: the key is exhausted",
  { blame: "key", effect: "key-exhausted", outcome: "no_credit", next: "rotate", last: "no_credit" },
  [
    [
      "OpenAI, quota",
      "openai",
      answer(
        429,
        openai(
          "You exceeded your current quota, please check your plan and billing details. … https://platform.openai.com/docs/guides/error-codes",
          "insufficient_quota",
          "insufficient_quota",
        ),
      ),
    ],
    [
      "OpenAI, only the type",
      "openai",
      answer(429, openai("You exceeded your current quota", null, "insufficient_quota")),
    ],
    [
      "OpenAI, prepaid credits",
      "openai",
      answer(429, openai("No credits left", "credit_balance_exhausted", "insufficient_quota")),
    ],
    [
      "OpenAI, project limit",
      "openai",
      answer(429, openai("Limit reached", "project_spend_limit_exceeded", "insufficient_quota")),
    ],
    [
      "OpenAI, organisation limit",
      "openai",
      answer(429, openai("Limit reached", "organization_spend_limit_exceeded", "insufficient_quota")),
    ],
    [
      "OpenAI, usage limit",
      "openai",
      answer(429, openai("Limit reached", "organization_usage_limit_exceeded", "insufficient_quota")),
    ],
    [
      "OpenAI, hard limit in a 400",
      "openai",
      answer(400, openai("Billing hard limit has been reached", "billing_hard_limit_reached")),
    ],
    ["a 402 of any kind", "openai", answer(402)],
    ["DeepSeek", "openai", answer(402, openai("Insufficient Balance", "invalid_request_error", "unknown_error"))],
    [
      "OpenRouter",
      "openai",
      answer(402, openrouter(402, "Insufficient credits. Add more using https://openrouter.ai/settings/credits")),
    ],
    [
      "OpenRouter, nothing left to afford",
      "openai",
      answer(
        402,
        openrouter(
          402,
          "This request requires more credits, or fewer max_tokens. You requested up to 32000 tokens, but can only afford 0.",
        ),
      ),
    ],
    [
      "OpenRouter, limit of the key",
      "openai",
      answer(
        403,
        openrouter(403, "Key limit exceeded (total limit). Manage it using https://openrouter.ai/settings/keys"),
      ),
    ],
    [
      "SiliconFlow",
      "openai",
      answer(403, { code: 30001, message: "Sorry, your account balance is insufficient", data: null }),
    ],
    [
      "DashScope",
      "openai",
      answer(
        400,
        openai("Access denied, please make sure your account is in good standing.", "Arrearage", "Arrearage"),
      ),
    ],
    [
      "Moonshot, 429",
      "openai",
      answer(429, {
        error: {
          type: "exceeded_current_quota_error",
          message: "Your account org-x is suspended due to insufficient balance",
        },
      }),
    ],
    [
      "Moonshot, 403",
      "openai",
      answer(403, { error: { type: "exceeded_current_quota_error", message: "Your account is not active" } }),
    ],
    [
      "xAI",
      "openai",
      answer(429, {
        code: "Some resource has been exhausted",
        error:
          "Your team 16f2151a has either used all available credits or reached its monthly spending limit. To continue …",
      }),
    ],
    [
      "Anthropic, balance",
      "anthropic",
      answer(400, anthropic("invalid_request_error", "Your credit balance is too low to access the Anthropic API.")),
    ],
    ["Anthropic, billing", "anthropic", answer(402, anthropic("billing_error", "There is an issue with your billing"))],
    [
      "Anthropic, own limit",
      "anthropic",
      answer(
        400,
        anthropic(
          "invalid_request_error",
          "You have reached your specified API usage limits. You will regain access on 2026-04-01 at 00:00 UTC.",
        ),
      ),
    ],
    [
      "Gemini, billing",
      "gemini",
      answer(
        400,
        gemini(
          400,
          "FAILED_PRECONDITION",
          "Gemini API free tier is not available in your country. Please enable billing on your project in Google AI Studio.",
        ),
      ),
    ],
    [
      "Gemini, billing off",
      "gemini",
      answer(403, gemini(403, "PERMISSION_DENIED", "This API method requires billing", "BILLING_DISABLED")),
    ],
  ],
);
