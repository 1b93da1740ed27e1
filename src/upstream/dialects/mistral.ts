// What is Mistral's own among the answers in OpenAI's form.
import type { Vendor } from "../dialect.ts";

const ANSWERS = "answers of api.mistral.ai, not documented";

/** Mistral: error codes and texts. */
export const MISTRAL: Vendor = {
  hosts: ["api.mistral.ai", "codestral.mistral.ai"],
  errors: [
    // Not the key's limit: what the model can serve to all of its tier.
    {
      status: [429, 503],
      code: ["3505", "service_tier_capacity_exceeded"],
      means: "overloaded",
      source: ANSWERS,
    },
    {
      status: [429, 503],
      message: /^Service tier capacity exceeded for this model\b/,
      means: "overloaded",
      source: ANSWERS,
    },
    {
      status: [400, 404],
      code: ["invalid_model"],
      means: "model-missing",
      source: ANSWERS,
    },
  ],
  limits: { facts: [] },
};
