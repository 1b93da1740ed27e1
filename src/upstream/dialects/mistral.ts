// What is Mistral's own among the answers in OpenAI's form.
import type { Vendor } from "../dialect.ts";

const ANSWERS = "answers of api.mistral.ai, not documented";

/** Mistral: error codes and texts, and what its headers say of limits. */
export const MISTRAL: Vendor = {
  hosts: ["api.mistral.ai", "codestral.mistral.ai"],
  errors: [
    {
      status: [400, 404],
      code: ["invalid_model"],
      means: "model-missing",
      source: ANSWERS,
    },
  ],
  limits: { facts: [] },
};
