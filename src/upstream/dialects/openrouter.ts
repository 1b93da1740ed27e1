// What is OpenRouter's own among the answers in OpenAI's form.
import type { Vendor } from "../dialect.ts";

const ERRORS = "openrouter.ai/docs/api/reference/errors-and-debugging";
const ANSWERS = "answers of openrouter.ai, not documented";

/** OpenRouter: error codes and texts, and what its headers say of limits. */
export const OPENROUTER: Vendor = {
  hosts: ["openrouter.ai"],
  errors: [
    // The numbers say how many tokens are left to pay for; none left is no credit.
    { status: [402], message: /\bcan only afford [1-9]/, means: "too-big", source: ERRORS },
    { status: [403], message: /^Key limit exceeded \(.*openrouter\.ai\//, means: "no-credit", source: ERRORS },
    {
      status: [429],
      message: /^Rate limit exceeded: free-models-per-day\b/,
      means: "rate-limit-daily",
      source: "openrouter.ai/docs/api/reference/limits",
    },
    // The provider behind it refuses OpenRouter as a whole: every key would meet the same.
    {
      status: [429],
      raw: /\bis temporarily rate-limited upstream\b/,
      means: "overloaded",
      source: ANSWERS,
    },
    { status: [429], message: /\bis temporarily rate-limited upstream\b/, means: "overloaded", source: ANSWERS },
    { status: [400], message: /^\S+ is not a valid model ID$/, means: "model-missing", source: ERRORS },
    {
      status: [404],
      // "No endpoints found that support tool use" is about the request, not about the model.
      message:
        /^No endpoints found for (?:this model|\S+)\.?$|^No endpoints (?:found|available) matching your .*data policy/,
      means: "model-missing",
      source: ERRORS,
    },
  ],
  limits: {
    facts: [
      // The reset is a moment, the same for all until it has passed.
      { unit: "requests", form: "fixed", source: ANSWERS },
    ],
  },
};
