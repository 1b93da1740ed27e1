// What is Groq's own among the answers in OpenAI's form.
import type { Vendor } from "../dialect.ts";

const RATE_LIMITS = "console.groq.com/docs/rate-limits";
const ANSWERS = "answers of api.groq.com, not documented";

/** Groq: error codes and texts, and what its headers say of limits. */
export const GROQ: Vendor = {
  hosts: ["api.groq.com"],
  errors: [
    {
      status: [413],
      code: ["rate_limit_exceeded", "tokens"],
      exceeds: true,
      means: "too-big",
      source: RATE_LIMITS,
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
      source: ANSWERS,
    },
  ],
  limits: {
    facts: [
      // The reset in the page's example is what 30 requests of 14,400 a day take to come back.
      { unit: "requests", daily: true, form: "bucket", source: `${RATE_LIMITS}; day and form follow from its example` },
      { unit: "tokens", source: RATE_LIMITS },
    ],
  },
};
