// What is Moonshot's (Kimi) own among the answers in OpenAI's form.
import type { Vendor } from "../dialect.ts";

const ERRORS = "platform.kimi.ai/docs/api/errors";

/** Moonshot (Kimi): error codes and texts. */
export const MOONSHOT: Vendor = {
  hosts: ["api.moonshot.ai", "api.moonshot.cn"],
  errors: [
    { status: [403, 429], code: ["exceeded_current_quota_error"], means: "no-credit", source: ERRORS },
    {
      status: [429],
      code: ["rate_limit_reached_error"],
      message: /\breached (?:organization )?TPD rate limit\b/,
      means: "rate-limit-daily",
      source: "answers of api.moonshot.ai, not documented",
    },
    { status: [429], code: ["engine_overloaded_error"], means: "overloaded", source: ERRORS },
    {
      status: [404],
      code: ["resource_not_found_error"],
      message: /^Not found the model\b/,
      means: "model-missing",
      source: ERRORS,
    },
  ],
  limits: { facts: [] },
};
