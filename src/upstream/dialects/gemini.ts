// The Gemini dialect: x-goog-api-key on native paths, and what Google's statuses, reasons and quotas mean.
import type { Credential, Dialect, ErrorFact } from "../dialect.ts";
import { BEARER } from "./openai.ts";

/** The credential of Google's own paths. */
export const GEMINI_KEY: Credential = { header: "x-goog-api-key", prefix: "" };
/**
 * Its versions beside `v1`, which it shares with OpenAI's API, where files go (ai.google.dev/api/files), and its
 * WebSockets (ai.google.dev/api/live).
 */
export const GEMINI_PREFIXES: readonly string[] = [
  "v1beta",
  "v1alpha",
  "upload/v1beta",
  "upload/v1alpha",
  "upload/v1",
  "ws",
];
const TROUBLESHOOTING = "ai.google.dev/gemini-api/docs/troubleshooting";
const REASONS = "googleapis google/api/error_reason.proto, ErrorReason";
const ANSWERS = "answers of generativelanguage.googleapis.com, not documented";

/** Facts about answers of Gemini, native or through its OpenAI-compatible endpoint. */
export const GEMINI_FACTS: readonly ErrorFact[] = [
  { status: [400, 401, 403], code: ["API_KEY_INVALID"], means: "invalid-key", source: REASONS },
  {
    status: [400],
    code: ["INVALID_ARGUMENT"],
    message: /^API key (?:not valid|expired)\b/,
    means: "invalid-key",
    source: TROUBLESHOOTING,
  },
  { status: [403], message: /\bAPI key was reported as leaked\b/, means: "invalid-key", source: TROUBLESHOOTING },
  {
    status: [400, 403],
    code: [
      "CONSUMER_SUSPENDED",
      "CONSUMER_INVALID",
      "SERVICE_DISABLED",
      "API_KEY_SERVICE_BLOCKED",
      "API_KEY_IP_ADDRESS_BLOCKED",
      "API_KEY_HTTP_REFERRER_BLOCKED",
      "API_KEY_ANDROID_APP_BLOCKED",
      "API_KEY_IOS_APP_BLOCKED",
    ],
    means: "invalid-key",
    source: REASONS,
  },
  // The project that header x-goog-user-project names.
  { status: [403], code: ["USER_PROJECT_DENIED"], means: "organization-mismatch", source: REASONS },
  { status: [403], message: /^Your project has been denied access\b/, means: "invalid-key", source: ANSWERS },
  { status: [401, 403], code: ["ACCESS_TOKEN_SCOPE_INSUFFICIENT"], means: "scope-missing", source: REASONS },
  // A wrong file id says this too: it is about the file, not about the key.
  {
    status: [403],
    message: /^You do not have permission to access the File\b/,
    means: "client",
    source: ANSWERS,
  },
  // Only the project that tuned it has it.
  {
    status: [403],
    message: /^You do not have permission to access tuned model\b/,
    means: "model-missing",
    source: "github.com/google-gemini/deprecated-generative-ai-js/issues/240",
  },
  // Some of its methods, such as those of corpora, want OAuth: no key can ever call them.
  {
    status: [401],
    message: /^API keys are not supported by this API\b/,
    means: "client",
    source: "answers of googleapis.com, not documented",
  },
  { status: [400, 403], code: ["BILLING_DISABLED"], means: "no-credit", source: REASONS },
  {
    status: [402, 429],
    message: /^Your (?:prepayment credits are depleted|project has exceeded its monthly spending cap)\b/,
    means: "no-credit",
    source: ANSWERS,
  },
  {
    status: [400],
    code: ["FAILED_PRECONDITION", "failed_precondition"],
    // Others name files, as clients named them.
    message: /\benable billing\b/,
    means: "no-credit",
    source: TROUBLESHOOTING,
  },
  {
    status: [400],
    code: ["FAILED_PRECONDITION", "failed_precondition"],
    message: /^User location is not supported\b/,
    means: "region",
    source: "ai.google.dev/gemini-api/docs/available-regions",
  },
  {
    status: [429],
    quota: /PerDay/,
    means: "rate-limit-daily",
    until: "midnight-pacific",
    source: "ai.google.dev/gemini-api/docs/rate-limits",
  },
  {
    status: [404],
    message: /^models\/\S+ is not found for API version\b/,
    means: "model-missing",
    source: TROUBLESHOOTING,
  },
  // Older projects have it still.
  {
    status: [404],
    message: /^This model \S+ is no longer available to new users\b/,
    means: "model-missing",
    source: "github.com/sohzm/cheating-daddy/issues/476, github.com/thedotmack/claude-mem/issues/3278",
  },
  {
    status: [403],
    code: ["PERMISSION_DENIED", "permission_denied"],
    means: "key-refused",
    source: TROUBLESHOOTING,
  },
];

/** Google's Gemini API: its own paths, and its OpenAI-compatible endpoint. */
export const gemini: Dialect = {
  name: "gemini",
  credential: (native) => (native ? GEMINI_KEY : BEARER),
  defaultHeaders: () => ({}),
  nativePrefixes: GEMINI_PREFIXES,
  nativeVendor: "gemini",
  // ai.google.dev/gemini-api/docs/openai lists `models/gemini-...`, its examples ask for `gemini-...`.
  modelList: { kind: "prefixed", prefix: "models/" },
  errors: GEMINI_FACTS,
  limits: { facts: [] },
};
