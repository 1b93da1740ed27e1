// What is DashScope's (Alibaba Model Studio) own among the answers in OpenAI's form.
import type { Vendor } from "../dialect.ts";

const ERRORS = "alibabacloud.com/help/model-studio/error-code";
const RATE_LIMIT = "alibabacloud.com/help/model-studio/rate-limit";

/** DashScope (Alibaba Model Studio): error codes and texts. */
export const DASHSCOPE: Vendor = {
  hosts: ["dashscope.aliyuncs.com", "dashscope-intl.aliyuncs.com", "dashscope-us.aliyuncs.com"],
  errorsAtHome: [
    {
      status: [429],
      code: ["insufficient_quota"],
      message: /^(?!Free allocated quota exceeded\b)/,
      means: "rate-limit",
      source: RATE_LIMIT,
    },
  ],
  errors: [
    // The free tokens are counted for each model.
    {
      status: [403, 429],
      message: /^Free allocated quota exceeded\b/,
      means: "model-missing",
      source: "answers of dashscope.aliyuncs.com, not documented",
    },
    // Here `insufficient_quota` is a rate limit, and no credit is `Arrearage`.
    { status: [400, 403], code: ["Arrearage"], means: "no-credit", source: ERRORS },
    {
      status: [429],
      code: ["insufficient_quota"],
      message: /\b(?:aliyun|alibabacloud)\.com\b/,
      means: "rate-limit",
      source: RATE_LIMIT,
    },
    {
      status: [403],
      code: ["Model.AccessDenied", "AllocationQuota.FreeTierOnly"],
      means: "model-missing",
      source: ERRORS,
    },
  ],
  limits: { facts: [] },
};
