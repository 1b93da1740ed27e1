// The OpenAI dialect: bearer credentials, and what OpenAI's error codes mean.
import type { Credential, Dialect, ErrorFact, LimitFacts } from "../dialect.ts";
import { VENDOR_FACTS } from "./vendors.ts";

/** The credential of everything that speaks OpenAI's protocol. */
export const BEARER: Credential = { header: "authorization", prefix: "Bearer " };

const ERROR_CODES = "platform.openai.com/docs/guides/error-codes";
const RATE_LIMITS = "platform.openai.com/docs/guides/rate-limits";
const RESPONSE_ERRORS = "platform.openai.com/docs/api-reference/responses/object, error.code";
const ANSWERS = "answers of api.openai.com, not documented";

/** Facts about answers of OpenAI; Azure and the providers that copy its protocol use the same codes. */
export const OPENAI_FACTS: readonly ErrorFact[] = [
  {
    code: ["mismatched_organization", "mismatched_project", "invalid_organization"],
    means: "organization-mismatch",
    source: ANSWERS,
  },
  {
    status: [401, 403],
    message: /\bMissing scopes?: /,
    means: "scope-missing",
    source: "help.openai.com, assign API key permissions",
  },
  // An endpoint of the web site: no key can ever call it, so no key is at fault.
  { status: [401, 403], message: /\bmust be made with a session key\b/, means: "client", source: ANSWERS },
  { code: ["invalid_api_key"], means: "invalid-key", source: ERROR_CODES },
  { code: ["account_deactivated"], means: "invalid-key", source: ANSWERS },
  {
    status: [400, 402, 403, 429],
    code: [
      "insufficient_quota",
      "credit_balance_exhausted",
      "organization_usage_limit_exceeded",
      /_spend_limit_exceeded$/,
    ],
    means: "no-credit",
    source: ERROR_CODES,
  },
  {
    status: [400, 402, 403, 429],
    code: ["billing_hard_limit_reached", "billing_not_active"],
    means: "no-credit",
    source: ANSWERS,
  },
  {
    status: [429],
    code: ["rate_limit_exceeded", "tokens", "requests"],
    exceeds: true,
    means: "too-big",
    source: RATE_LIMITS,
  },
  {
    status: [429],
    code: ["rate_limit_exceeded", "requests", "tokens"],
    message: /\b(?:requests|tokens) per day\b|\((?:RPD|TPD)\)/,
    means: "rate-limit-daily",
    source: RATE_LIMITS,
  },
  { status: [429], message: /^That model is currently overloaded\b/, means: "overloaded", source: ANSWERS },
  {
    status: [429, 500, 503],
    code: ["server_is_overloaded", "service_unavailable_error"],
    means: "overloaded",
    source: ERROR_CODES,
  },
  { status: [400, 403, 404], code: ["model_not_found"], means: "model-missing", source: ERROR_CODES },
  {
    status: [400, 403, 404],
    message: /^Your organization must be verified to (?:use|stream|generate)\b/,
    means: "model-missing",
    source: "help.openai.com, API organization verification",
  },
  {
    status: [403],
    message: /^You are not allowed to sample from this model\b/,
    means: "model-missing",
    source: ANSWERS,
  },
  { status: [403], code: ["unsupported_country_region_territory"], means: "region", source: ERROR_CODES },
  {
    code: [
      "invalid_prompt",
      "context_length_exceeded",
      "content_policy_violation",
      "image_content_policy_violation",
      "invalid_image",
      "invalid_image_format",
      "invalid_base64_image",
      "invalid_image_url",
      "invalid_image_mode",
      "image_too_large",
      "image_too_small",
      "image_parse_error",
      "image_file_too_large",
      "image_file_not_found",
      "unsupported_image_media_type",
      "empty_image_file",
      "failed_to_download_image",
    ],
    means: "client",
    source: RESPONSE_ERRORS,
  },
];

/** What OpenAI's headers say of limits: they come back all the time, and the reset is when they are whole. */
export const OPENAI_LIMITS: LimitFacts = {
  facts: [
    { unit: "requests", form: "bucket", source: `${RATE_LIMITS}; the form as answers show it` },
    { unit: "tokens", form: "bucket", source: `${RATE_LIMITS}; the form as answers show it` },
  ],
};

/** OpenAI itself and every provider that copies its protocol. */
export const openai: Dialect = {
  name: "openai",
  credential: () => BEARER,
  defaultHeaders: () => ({}),
  nativePrefixes: [],
  errors: [...VENDOR_FACTS, ...OPENAI_FACTS],
  limits: { facts: [] },
};
