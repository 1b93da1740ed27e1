// One answer for each row of each error table, in the words of its provider.
import type { DialectName } from "../../../src/config/config.ts";
import type { ErrorMeaning } from "../../../src/upstream/dialect.ts";
import { anthropic, gemini, openai, openrouter } from "../classify/fake-answer.ts";

export interface RowExample {
  readonly dialect: DialectName;
  readonly status: number;
  readonly body: unknown;
  readonly means: ErrorMeaning;
  /** For rows that hold at the provider's own hosts only. */
  readonly baseUrl?: string;
}

type Example = readonly [status: number, body: unknown, means: ErrorMeaning];

function all(dialect: DialectName, ...examples: readonly Example[]): readonly RowExample[] {
  return examples.map(([status, body, means]) => ({ dialect, status, body, means }));
}

function quota(quotaId: string): unknown {
  const details = [{ "@type": "type.googleapis.com/google.rpc.QuotaFailure", violations: [{ quotaId }] }];
  return { error: { code: 429, message: "Quota exceeded", status: "RESOURCE_EXHAUSTED", details } };
}

/** An error of Anthropic with the code that names its cause. */
function detailed(type: string, code: string): unknown {
  return { type: "error", error: { type, message: "m", details: { error_code: code } } };
}

const ABOUT_OPENAI = all(
  "openai",
  [401, openai("m", "mismatched_organization"), "organization-mismatch"],
  [403, openai("Missing scopes: model.request"), "scope-missing"],
  [401, openai("Your request must be made with a session key"), "client"],
  [401, openai("m", "invalid_api_key"), "invalid-key"],
  [401, openai("m", "account_deactivated"), "invalid-key"],
  [429, openai("m", "insufficient_quota"), "no-credit"],
  [400, openai("m", "billing_hard_limit_reached"), "no-credit"],
  [429, openai("Request too large: Limit 30000, Requested 30601.", "rate_limit_exceeded", "tokens"), "too-big"],
  [429, openai("on tokens per day (TPD): Limit 200", "rate_limit_exceeded", "tokens"), "rate-limit-daily"],
  [429, openai("That model is currently overloaded with other requests."), "overloaded"],
  [503, openai("m", "server_is_overloaded"), "overloaded"],
  [404, openai("m", "model_not_found"), "model-missing"],
  [400, openai("Your organization must be verified to stream this model."), "model-missing"],
  [403, openai("You are not allowed to sample from this model"), "model-missing"],
  [403, openai("m", "unsupported_country_region_territory"), "region"],
  [400, openai("m", "context_length_exceeded"), "client"],
);

const ABOUT_OPENROUTER = all(
  "openai",
  [402, openrouter(402, "You requested up to 65536 tokens, but can only afford 3395."), "too-big"],
  [403, openrouter(403, "Key limit exceeded (daily limit). Manage it using https://openrouter.ai/keys"), "no-credit"],
  [429, openrouter(429, "Rate limit exceeded: free-models-per-day-high-balance."), "rate-limit-daily"],
  [
    429,
    {
      error: {
        code: 429,
        message: "Provider returned error",
        metadata: { raw: "a/b:free is temporarily rate-limited upstream. Please retry shortly.", provider_name: "P" },
      },
    },
    "overloaded",
  ],
  [429, openrouter(429, "a/b is temporarily rate-limited upstream."), "overloaded"],
  [400, openrouter(400, "gpt-9 is not a valid model ID"), "model-missing"],
  [404, openrouter(404, "No endpoints found for a/b:free."), "model-missing"],
);

const ABOUT_VENDORS = all(
  "openai",
  // Groq
  [413, openai("Request too large: Limit 6000, Requested 12328", "rate_limit_exceeded", "tokens"), "too-big"],
  [498, openai("m", "capacity_exceeded"), "overloaded"],
  [400, openai("Organization has been restricted. Please reach out", "organization_restricted"), "invalid-key"],
  // DeepSeek
  [402, openai("Insufficient Balance", "invalid_request_error", "unknown_error"), "no-credit"],
  [400, openai("Model Not Exist", "invalid_request_error"), "model-missing"],
  // Mistral
  [
    429,
    { object: "error", message: "m", type: "service_tier_capacity_exceeded", param: null, code: "3505" },
    "overloaded",
  ],
  [
    429,
    { object: "error", message: "Service tier capacity exceeded for this model.", type: "invalid_request_error" },
    "overloaded",
  ],
  [400, { object: "error", message: "m", type: "invalid_model", code: "1500" }, "model-missing"],
  // SiliconFlow
  [403, { code: 30001, message: "Sorry, your account balance is insufficient", data: null }, "no-credit"],
  [400, { code: 20012, message: "Model does not exist.", data: null }, "model-missing"],
  // DashScope
  [429, openai("Free allocated quota exceeded.", "insufficient_quota"), "model-missing"],
  [400, openai("m", "Arrearage", "Arrearage"), "no-credit"],
  [429, openai("For details, see: https://help.aliyun.com/zh/model-studio", "insufficient_quota"), "rate-limit"],
  [403, openai("m", "AllocationQuota.FreeTierOnly"), "model-missing"],
  // Moonshot
  [429, { error: { type: "exceeded_current_quota_error", message: "m" } }, "no-credit"],
  [
    429,
    {
      error: {
        type: "rate_limit_reached_error",
        message: "Your account org-x request reached organization TPD rate limit, current: 1501880, limit: 1500000",
      },
    },
    "rate-limit-daily",
  ],
  [429, { error: { type: "engine_overloaded_error", message: "m" } }, "overloaded"],
  [404, { error: { type: "resource_not_found_error", message: "Not found the model x" } }, "model-missing"],
  // xAI
  [400, { error: "Incorrect API key provided: xa***fk. Obtain one from https://console.x.ai." }, "invalid-key"],
  [
    429,
    {
      error: "Your team 16f2151a has either used all available credits or reached its monthly spending limit.",
    },
    "no-credit",
  ],
  // Fireworks
  [
    412,
    {
      error: {
        message: "Account acme is suspended, possibly due to reaching the monthly spending limit or failure to pay.",
      },
    },
    "no-credit",
  ],
);

const ABOUT_AZURE = all(
  "azure",
  [404, { error: { code: "DeploymentNotFound", message: "m" } }, "model-missing"],
  [
    429,
    { error: { code: "429", message: "The service is temporarily unable to process your request." } },
    "overloaded",
  ],
  [
    403,
    { error: { code: "AuthenticationTypeDisabled", message: "Key based authentication is disabled" } },
    "invalid-key",
  ],
  [403, { error: { code: "403", message: "Your resource has been temporarily blocked because" } }, "key-refused"],
  [403, { error: { code: "403", message: "Access denied due to Virtual Network/Firewall rules." } }, "key-refused"],
  [403, { statusCode: 403, message: "Out of call volume quota. Quota will be replenished in 05:30:42." }, "no-credit"],
  [429, { error: { code: "429", message: "The system is currently experiencing high demand" } }, "overloaded"],
);

const ABOUT_RELAYS = all(
  "openai",
  [403, openai("该令牌无权访问模型 gpt-4o (request id: 2026)", null, "new_api_error"), "model-missing"],
  [401, openai("key not allowed to access model.", "401", "key_model_access_denied"), "model-missing"],
  [400, openai("ExceededBudget: End User=a over budget.", "400", "budget_exceeded"), "client"],
  [429, openai("Budget has been exceeded! Current cost: 5.0", "429", "budget_exceeded"), "no-credit"],
  [400, openai("Authentication Error - Expired Key.", "400", "expired_key"), "invalid-key"],
);

const ABOUT_ANTHROPIC = all(
  "anthropic",
  [402, anthropic("billing_error", "m"), "no-credit"],
  [400, anthropic("invalid_request_error", "Your credit balance is too low to access the API."), "no-credit"],
  [400, anthropic("invalid_request_error", "You have reached your specified workspace API usage limits."), "no-credit"],
  [429, { error: { type: "rate_limit_error", details: { error_code: "enforced_spend_limit_reached" } } }, "no-credit"],
  [400, anthropic("invalid_request_error", "This organization has been disabled."), "invalid-key"],
  [401, anthropic("authentication_error", "m"), "invalid-key"],
  [429, detailed("rate_limit_error", "contract_spend_limit_reached"), "no-credit"],
  [402, detailed("billing_error", "linked_organization_spend_limit_reached"), "client"],
  [400, detailed("invalid_request_error", "organization_on_hold"), "invalid-key"],
  [503, detailed("api_error", "cmek_key_unreachable"), "key-refused"],
  [403, detailed("permission_error", "api_key_scope_missing"), "scope-missing"],
  [403, anthropic("permission_error", "Your API key does not have permission to use it."), "key-refused"],
  [404, anthropic("not_found_error", "model: claude-x"), "model-missing"],
  [529, anthropic("overloaded_error", "m"), "overloaded"],
);

const ABOUT_GEMINI = all(
  "gemini",
  [400, gemini(400, "INVALID_ARGUMENT", "m", "API_KEY_INVALID"), "invalid-key"],
  [400, gemini(400, "INVALID_ARGUMENT", "API key expired. Please renew the API key."), "invalid-key"],
  [403, gemini(403, "PERMISSION_DENIED", "Your API key was reported as leaked."), "invalid-key"],
  [403, gemini(403, "PERMISSION_DENIED", "m", "CONSUMER_SUSPENDED"), "invalid-key"],
  [403, gemini(403, "PERMISSION_DENIED", "m", "USER_PROJECT_DENIED"), "organization-mismatch"],
  [403, gemini(403, "PERMISSION_DENIED", "Your project has been denied access."), "invalid-key"],
  [403, gemini(403, "PERMISSION_DENIED", "m", "ACCESS_TOKEN_SCOPE_INSUFFICIENT"), "scope-missing"],
  [403, gemini(403, "PERMISSION_DENIED", "You do not have permission to access the File abc"), "client"],
  [403, gemini(403, "PERMISSION_DENIED", "You do not have permission to access tuned model t"), "model-missing"],
  [401, gemini(401, "UNAUTHENTICATED", "API keys are not supported by this API. Expected OAuth2"), "client"],
  [403, gemini(403, "PERMISSION_DENIED", "m", "BILLING_DISABLED"), "no-credit"],
  [429, gemini(429, "RESOURCE_EXHAUSTED", "Your prepayment credits are depleted. Please go to AI Studio"), "no-credit"],
  [400, gemini(400, "FAILED_PRECONDITION", "Please enable billing on your project"), "no-credit"],
  [400, gemini(400, "FAILED_PRECONDITION", "User location is not supported for the API use."), "region"],
  [429, quota("GenerateRequestsPerDayPerProjectPerModel-FreeTier"), "rate-limit-daily"],
  [403, gemini(403, "PERMISSION_DENIED", "The caller does not have permission"), "key-refused"],
  [404, gemini(404, "NOT_FOUND", "This model models/g-2 is no longer available to new users. Please"), "model-missing"],
  [404, gemini(404, "NOT_FOUND", "models/gemini-x is not found for API version v1beta"), "model-missing"],
);

export const ROW_EXAMPLES: readonly RowExample[] = [
  ...ABOUT_OPENROUTER,
  ...ABOUT_VENDORS,
  ...ABOUT_OPENAI,
  ...ABOUT_AZURE,
  ...ABOUT_RELAYS,
  ...ABOUT_ANTHROPIC,
  ...ABOUT_GEMINI,
  {
    dialect: "openai",
    status: 429,
    body: openai("Allocated quota exceeded, please increase your quota limit.", "insufficient_quota"),
    means: "rate-limit",
    baseUrl: "https://dashscope-intl.aliyuncs.com/compatible-mode/v1",
  },
];
