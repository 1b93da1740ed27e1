// What is LiteLLM's own among the answers in OpenAI's form.
import type { Vendor } from "../dialect.ts";

const TYPES = "github.com/BerriAI/litellm, litellm/proxy/_types.py, ProxyErrorTypes";

/** LiteLLM's proxy, which runs anywhere; its keys have models, budgets and ends of their own. */
export const LITELLM: Vendor = {
  hosts: [],
  errors: [
    {
      status: [401, 403],
      code: [/^(?:key|team|user|org)_model_access_denied$/],
      means: "model-missing",
      source: TYPES,
    },
    // That of whom the request is made for, by its field `user`.
    {
      status: [400, 429],
      code: ["budget_exceeded"],
      message: /^ExceededBudget: End User\b/,
      means: "client",
      source: "github.com/BerriAI/litellm, litellm/proxy/auth/auth_checks.py",
    },
    { status: [400, 429], code: ["budget_exceeded"], means: "no-credit", source: TYPES },
    { status: [400, 401], code: ["expired_key"], means: "invalid-key", source: TYPES },
  ],
  limits: { facts: [] },
};
