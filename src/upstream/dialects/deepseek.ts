// What is DeepSeek's own among the answers in OpenAI's form.
import type { Vendor } from "../dialect.ts";

const ANSWERS = "answers of api.deepseek.com, not documented";

/** DeepSeek: error codes and texts, and what its headers say of limits. */
export const DEEPSEEK: Vendor = {
  hosts: ["api.deepseek.com"],
  errors: [
    {
      status: [400],
      message: /^Model Not Exist$/,
      means: "model-missing",
      source: ANSWERS,
    },
  ],
  limits: { facts: [] },
};
