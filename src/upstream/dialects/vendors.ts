// Facts about providers that speak the OpenAI dialect but have error codes or texts of their own.
import type { ErrorFact } from "../dialect.ts";

const OPENROUTER = "openrouter.ai/docs/api/reference/errors-and-debugging";
const KIMI = "platform.kimi.ai/docs/api/errors";
const MODEL_STUDIO = "alibabacloud.com/help/model-studio/error-code";

/** Tried before OpenAI's own rows; each is tied to a code or a sentence that only its vendor uses. */
export const VENDOR_FACTS: readonly ErrorFact[] = [
  // OpenRouter: the numbers say how many tokens are left to pay for; none left is no credit.
  { status: [402], message: /\bcan only afford [1-9]/, means: "too-big", source: OPENROUTER },
  { status: [403], message: /^Key limit exceeded \(.*openrouter\.ai\//, means: "no-credit", source: OPENROUTER },
  {
    status: [429],
    message: /^Rate limit exceeded: free-models-per-day\b/,
    means: "rate-limit-daily",
    source: "openrouter.ai/docs/api/reference/limits",
  },
  { status: [400], message: /^\S+ is not a valid model ID$/, means: "model-missing", source: OPENROUTER },
  {
    status: [404],
    // "No endpoints found that support tool use" is about the request, not about the model.
    message:
      /^No endpoints found for (?:this model|\S+)\.?$|^No endpoints (?:found|available) matching your .*data policy/,
    means: "model-missing",
    source: OPENROUTER,
  },

  // Groq.
  {
    status: [413],
    code: ["rate_limit_exceeded", "tokens"],
    exceeds: true,
    means: "too-big",
    source: "console.groq.com/docs/rate-limits",
  },
  {
    status: [498],
    code: ["capacity_exceeded"],
    means: "overloaded",
    source: "console.groq.com/docs/flex-processing",
  },
  {
    status: [400],
    message: /^Organization has been restricted\b/,
    means: "invalid-key",
    source: "answers of api.groq.com, not documented",
  },

  // DeepSeek.
  {
    status: [400],
    message: /^Model Not Exist$/,
    means: "model-missing",
    source: "answers of api.deepseek.com, not documented",
  },

  // Mistral.
  {
    status: [400, 404],
    code: ["invalid_model"],
    means: "model-missing",
    source: "answers of api.mistral.ai, not documented",
  },

  // SiliconFlow.
  {
    status: [403],
    code: ["30001"],
    message: /\bbalance is insufficient\b/,
    means: "no-credit",
    source: "answers of api.siliconflow.cn, not documented",
  },
  { status: [400], code: ["20012"], means: "model-missing", source: "docs.siliconflow.com/en/faqs/error-code" },

  // DashScope (Alibaba Model Studio): here `insufficient_quota` is a rate limit, and no credit is `Arrearage`.
  { status: [400, 403], code: ["Arrearage"], means: "no-credit", source: MODEL_STUDIO },
  {
    status: [429],
    code: ["insufficient_quota"],
    message: /\b(?:aliyun|alibabacloud)\.com\b/,
    means: "rate-limit",
    source: "alibabacloud.com/help/model-studio/rate-limit",
  },
  {
    status: [403],
    code: ["Model.AccessDenied", "AllocationQuota.FreeTierOnly"],
    means: "model-missing",
    source: MODEL_STUDIO,
  },

  // Moonshot (Kimi).
  { status: [403, 429], code: ["exceeded_current_quota_error"], means: "no-credit", source: KIMI },
  { status: [429], code: ["engine_overloaded_error"], means: "overloaded", source: KIMI },
  {
    status: [404],
    code: ["resource_not_found_error"],
    message: /^Not found the model\b/,
    means: "model-missing",
    source: KIMI,
  },

  // xAI.
  {
    status: [400],
    message: /^Incorrect API key provided\b.*\bconsole\.x\.ai\b/,
    means: "invalid-key",
    source: "docs.x.ai/docs/key-information/debugging",
  },
  {
    status: [403, 429],
    message: /^Your team \S+ has either used all available credits or reached its monthly spending limit\b/,
    means: "no-credit",
    source: "answers of api.x.ai, not documented",
  },
];
