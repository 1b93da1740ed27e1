// The Anthropic dialect: x-api-key and a version header on its own paths, and what Anthropic's error types mean.
import type { Credential, Dialect, ErrorFact } from "../dialect.ts";
import { BEARER } from "./openai.ts";

const ERRORS = "docs.anthropic.com/en/api/errors";
const RATE_LIMITS = "docs.anthropic.com/en/api/rate-limits";
const ANSWERS = "answers of api.anthropic.com, not documented";
const ERROR_CODES = "@anthropic-ai/sdk 1.14.0, src/resources/shared.ts";
const API_KEY: Credential = { header: "x-api-key", prefix: "" };
// docs.anthropic.com/en/api/versioning
const VERSION = { "anthropic-version": "2023-06-01" };
/** All that its OpenAI-compatible endpoint has; everything else below `/v1` is Anthropic's own. */
const COMPATIBLE: ReadonlySet<string> = new Set(["chat/completions"]);

/** Facts about answers of Anthropic, native or through its OpenAI-compatible endpoint. */
export const ANTHROPIC_FACTS: readonly ErrorFact[] = [
  {
    status: [400, 402, 403],
    code: ["invalid_request_error"],
    // Messages about a wrong field quote what the client wrote in it.
    message: /^(?:Your )?credit balance is too low\b/i,
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
  { status: [429], code: ["contract_spend_limit_reached"], means: "no-credit", source: ERROR_CODES },
  // It is about whom the request is made for, with any key.
  {
    status: [402],
    code: ["linked_organization_spend_limit_reached", "linked_organization_billing_unavailable"],
    means: "client",
    source: ERROR_CODES,
  },
  { code: ["billing_error"], means: "no-credit", source: ERRORS },
  {
    status: [400],
    code: ["organization_on_hold", "claude_code_key_creator_not_member"],
    means: "invalid-key",
    source: ERROR_CODES,
  },
  // The encryption of the key's workspace.
  {
    status: [400, 503],
    code: ["cmek_key_disabled", "cmek_key_network_blocked", "cmek_key_unreachable", "cmek_context_unavailable"],
    means: "key-refused",
    source: ERROR_CODES,
  },
  { status: [403], code: ["api_key_scope_missing"], means: "scope-missing", source: ERROR_CODES },
  { status: [403], code: ["permission_error"], means: "key-refused", source: ERRORS },
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
  // docs.claude.com/en/api/models-list: 20 to a page, 1,000 at most; /en/docs/about-claude/models/overview, aliases.
  modelList: { kind: "paged", query: "?limit=1000" },
  errors: ANTHROPIC_FACTS,
  limits: {
    facts: [
      { unit: "requests", form: "bucket", source: `${RATE_LIMITS}; the form as answers show it` },
      { unit: "tokens", form: "bucket", source: `${RATE_LIMITS}; the form as answers show it` },
    ],
  },
};
