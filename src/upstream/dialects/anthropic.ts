// The Anthropic dialect: x-api-key and a version header on its own paths, and what Anthropic's error types mean.
import type { Credential, Dialect, ErrorFact } from "../dialect.ts";
import { BEARER } from "./openai.ts";

const ERRORS = "docs.anthropic.com/en/api/errors";
const RATE_LIMITS = "docs.anthropic.com/en/api/rate-limits";
const ANSWERS = "answers of api.anthropic.com, not documented";
const API_KEY: Credential = { header: "x-api-key", prefix: "" };
// docs.anthropic.com/en/api/versioning
const VERSION = { "anthropic-version": "2023-06-01" };
/** All that its OpenAI-compatible endpoint has; everything else below `/v1` is Anthropic's own. */
const COMPATIBLE: ReadonlySet<string> = new Set(["chat/completions"]);

/** Facts about answers of Anthropic, native or through its OpenAI-compatible endpoint. */
export const ANTHROPIC_FACTS: readonly ErrorFact[] = [
  { code: ["billing_error"], means: "no-credit", source: ERRORS },
  {
    status: [400, 402, 403],
    code: ["invalid_request_error"],
    message: /\bcredit balance is too low\b/,
    means: "no-credit",
    source: ANSWERS,
  },
  {
    status: [400, 429],
    message: /^You have reached your specified (?:workspace )?API usage limits\b/,
    means: "no-credit",
    source: RATE_LIMITS,
  },
  {
    status: [429],
    code: ["enforced_spend_limit_reached"],
    means: "no-credit",
    until: "month-utc",
    source: RATE_LIMITS,
  },
  {
    status: [400, 401, 403],
    message: /^This organization has been disabled\b/,
    means: "invalid-key",
    source: ANSWERS,
  },
  { code: ["authentication_error"], means: "invalid-key", source: ERRORS },
  { status: [404], code: ["not_found_error"], message: /^model: /, means: "model-missing", source: ANSWERS },
  { code: ["overloaded_error"], means: "overloaded", source: ERRORS },
];

/** Anthropic: its Messages API natively, and its OpenAI-compatible endpoint. */
export const anthropic: Dialect = {
  name: "anthropic",
  credential: (_, operation) => (COMPATIBLE.has(operation) ? BEARER : API_KEY),
  defaultHeaders: (_, operation) => (COMPATIBLE.has(operation) ? {} : VERSION),
  nativePrefixes: ["v1/messages"],
  nativeVendor: "anthropic",
  errors: ANTHROPIC_FACTS,
  limits: {
    facts: [
      { unit: "requests", form: "bucket", source: `${RATE_LIMITS}; the form as answers show it` },
      { unit: "tokens", form: "bucket", source: `${RATE_LIMITS}; the form as answers show it` },
    ],
  },
};
