// What is SiliconFlow's own among the answers in OpenAI's form.
import type { Vendor } from "../dialect.ts";

const ERRORS = "docs.siliconflow.com/en/faqs/error-code";
const ANSWERS = "answers of api.siliconflow.cn, not documented";

/** SiliconFlow: error codes and texts. */
export const SILICONFLOW: Vendor = {
  hosts: ["api.siliconflow.cn", "api.siliconflow.com"],
  errors: [
    {
      status: [403],
      code: ["30001"],
      message: /\bbalance is insufficient\b/,
      means: "no-credit",
      source: ANSWERS,
    },
    { status: [400], code: ["20012"], means: "model-missing", source: ERRORS },
  ],
  limits: { facts: [] },
};
