// Reads whose limit a refusal speaks of: the whole organisation's or one project's.
import type { QuotaScope } from "../core/verdict.ts";
import type { ParsedError } from "./outcome.ts";

/** One fact: `code` is compared with the error's code and type, `message` matched against its text. */
export interface ScopeFact {
  readonly code?: RegExp;
  readonly message?: RegExp;
  readonly scope: QuotaScope;
  /** The provider's page that says so, or that it is only known from its answers. */
  readonly source: string;
}

const ERROR_CODES = "platform.openai.com/docs/guides/error-codes";
const SPEND_LIMITS = "help.openai.com, troubleshooting API usage and spend limits";

/** Tried in order; a text that names a project names its organisation as well. */
export const SCOPE_FACTS: readonly ScopeFact[] = [
  { code: /^project_\w+_limit_exceeded$/, scope: "project", source: SPEND_LIMITS },
  { code: /^organization_\w+_limit_exceeded$/, scope: "organization", source: SPEND_LIMITS },
  { code: /^credit_balance_exhausted$/, scope: "organization", source: ERROR_CODES },
  { message: /\bproject `?proj_\w/, scope: "project", source: "answers of api.openai.com, not documented" },
  // OpenAI and Groq; Groq's are in back quotes and begin with `org_`.
  {
    message: /\bin organization `?org[-_]\w/,
    scope: "organization",
    source: "answers of api.openai.com and api.groq.com, not documented",
  },
  {
    message: /^This request would exceed (?:your organization's rate limit|the rate limit for your organization)\b/,
    scope: "organization",
    source: "answers of api.anthropic.com, not documented",
  },
  {
    message: /\brequest reached (?:max )?organization\b/,
    scope: "organization",
    source: "answers of api.moonshot.ai, not documented",
  },
];

/** Whose quota the error says is used up; undefined where it names nobody. */
export function scopeOf(error: ParsedError | undefined): QuotaScope | undefined {
  if (error === undefined) return undefined;
  const { code = "", type = "", message = "" } = error;
  return SCOPE_FACTS.find(
    (fact) =>
      (fact.code === undefined || fact.code.test(code) || fact.code.test(type)) &&
      fact.message?.test(message) !== false,
  )?.scope;
}
