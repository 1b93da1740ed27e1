// What is DeepSeek's own among the answers in OpenAI's form.
import type { Vendor } from "../dialect.ts";

const ERRORS = "api-docs.deepseek.com/quick_start/error_codes";
const ANSWERS = "answers of api.deepseek.com, not documented";

/** DeepSeek: error codes and texts. */
export const DEEPSEEK: Vendor = {
  hosts: ["api.deepseek.com"],
  errors: [
    { status: [402], message: /^Insufficient Balance$/, means: "no-credit", source: ERRORS },
    {
      status: [400],
      message: /^Model Not Exist$/,
      means: "model-missing",
      source: ANSWERS,
    },
  ],
  limits: { facts: [] },
};
