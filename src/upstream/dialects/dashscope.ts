// What is DashScope (Alibaba Model Studio)'s own among the answers in OpenAI's form.
import type { Vendor } from "../dialect.ts";

const ERRORS = "alibabacloud.com/help/model-studio/error-code";

/** DashScope (Alibaba Model Studio): error codes and texts, and what its headers say of limits. */
export const DASHSCOPE: Vendor = {
  hosts: ["dashscope.aliyuncs.com", "dashscope-intl.aliyuncs.com", "dashscope-us.aliyuncs.com"],
  errors: [
    // Here `insufficient_quota` is a rate limit, and no credit is `Arrearage`.
    { status: [400, 403], code: ["Arrearage"], means: "no-credit", source: ERRORS },
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
      source: ERRORS,
    },
  ],
  limits: { facts: [] },
};
