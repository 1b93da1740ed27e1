// Answers about rates and sizes.
import { answer, anthropic, gemini, openai, openrouter } from "./fake-answer.ts";
import { row } from "./judged.ts";

const HTML = "<!DOCTYPE html><title>Attention Required! | Cloudflare</title>";

row(
  "rate limit: key and model rest",
  { blame: "key-model", effect: "rate-limited", outcome: "rate_limited", next: "rotate", last: "rate_limited" },
  [
    [
      "OpenAI",
      "openai",
      answer(
        429,
        openai(
          "Rate limit reached for gpt-4o on tokens per min (TPM): Limit 30000, Used 29000, Requested 1600. Please try again in 1.2s.",
          "rate_limit_exceeded",
          "tokens",
        ),
      ),
    ],
    [
      "OpenAI, per day",
      "openai",
      answer(
        429,
        openai(
          "Rate limit reached for gpt-4o on requests per day (RPD): Limit 200, Used 200, Requested 1. Please try again in 7m12s.",
          "rate_limit_exceeded",
          "requests",
        ),
      ),
    ],
    ["a 429 without a body", "openai", answer(429)],
    ["a 429 in HTML", "openai", answer(429, HTML)],
    [
      "a text that only speaks of quota and billing",
      "openai",
      answer(429, openai("Slow down: quota, credit, balance and billing", "slow_down", "rate_limit_error")),
    ],
    [
      "DashScope, insufficient_quota",
      "openai",
      answer(
        429,
        openai(
          "You exceeded your current quota, please check your plan and billing details. For details, see: https://help.aliyun.com/zh/model-studio",
          "insufficient_quota",
          "insufficient_quota",
        ),
      ),
    ],
    [
      "Moonshot",
      "openai",
      answer(429, {
        error: {
          type: "rate_limit_reached_error",
          message: "request reached max request: 3, please try again after 1 seconds",
        },
      }),
    ],
    [
      "Mistral",
      "openai",
      answer(429, { object: "error", message: "Rate limit exceeded", type: "rate_limited", param: null, code: "1300" }),
    ],
    [
      "OpenRouter, free models",
      "openai",
      answer(
        429,
        openrouter(
          429,
          "Rate limit exceeded: free-models-per-day. Add 10 credits to unlock 1000 free model requests per day",
        ),
      ),
    ],
    [
      "Azure",
      "azure",
      answer(429, {
        error: {
          code: "429",
          message:
            "Requests to the ChatCompletions_Create Operation have exceeded call rate limit. Please retry after 6 seconds.",
        },
      }),
    ],
    [
      "Anthropic",
      "anthropic",
      answer(429, anthropic("rate_limit_error", "This request would exceed your organization's rate limit")),
    ],
    [
      "Gemini",
      "gemini",
      answer(429, gemini(429, "RESOURCE_EXHAUSTED", "Resource has been exhausted (e.g. check quota).")),
    ],
  ],
);

row(
  "too big for this key: nobody is blamed",
  { blame: "none", effect: "none", outcome: "too_big", next: "rotate", last: "upstream" },
  [
    [
      "OpenAI",
      "openai",
      answer(
        429,
        openai(
          "Request too large for gpt-4o in organization org-x on tokens per min (TPM): Limit 30000, Requested 30601. The input …",
          "rate_limit_exceeded",
          "tokens",
        ),
      ),
    ],
    [
      "OpenAI, grouped digits",
      "openai",
      answer(429, openai("Request too large: Limit: 30,000, Requested: 342,389.", "rate_limit_exceeded", "tokens")),
    ],
    [
      "Groq",
      "openai",
      answer(
        413,
        openai(
          "Request too large for model `llama` on tokens per minute (TPM): Limit 6000, Requested 12328, please reduce",
          "rate_limit_exceeded",
          "tokens",
        ),
      ),
    ],
    [
      "OpenRouter",
      "openai",
      answer(
        402,
        openrouter(
          402,
          "This request requires more credits, or fewer max_tokens. You requested up to 65536 tokens, but can only afford 3395.",
        ),
      ),
    ],
  ],
);
