// What One API and its descendant New API have of their own among the answers in OpenAI's form.
import type { Vendor } from "../dialect.ts";

/** One API and New API, relays that run anywhere; their keys may have only some models. */
export const ONE_API: Vendor = {
  hosts: [],
  errors: [
    {
      status: [403],
      message: /^该令牌无权(?:访问|使用)模型|^(?:This )?token has no access to model\b/i,
      means: "model-missing",
      source:
        "github.com/songquanpeng/one-api, middleware/auth.go; github.com/QuantumNous/new-api, middleware/distributor.go",
    },
  ],
  limits: { facts: [] },
};
