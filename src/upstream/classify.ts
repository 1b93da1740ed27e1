// Judges how one attempt ended: the verdict table of the health design as a pure function.
import type { RuleConfig } from "../config/config.ts";
import type { QuotaFacts } from "../core/quota-facts.ts";
import type { Effect, QuotaScope, Verdict } from "../core/verdict.ts";
import { isProxyFault } from "../outbound/outbound-fault.ts";
import { untilReset } from "./calendar-reset.ts";
import { reasonOf, safeMessage } from "./describe-error.ts";
import type { Dialect, ErrorMeaning } from "./dialect.ts";
import { type MeaningFound, meaningOfInside, meaningOfStatus } from "./error-meaning.ts";
import { readQuota } from "./limit-headers.ts";
import type { Outcome } from "./outcome.ts";
import { scopeOf } from "./quota-scope.ts";
import { statedRetryMs } from "./retry-after.ts";
import { applyRules } from "./rules.ts";

/** What is known beside the outcome. `now`: milliseconds since the epoch. `redact`: removes every secret from a text. */
export interface ClassifyFacts {
  readonly dialect: Dialect;
  /** The client's own organisation or project header went upstream. */
  readonly clientSentOrganization: boolean;
  readonly now: number;
  /** The operator's, in order; the first that holds decides. @default none */
  readonly rules?: readonly RuleConfig[];
  redact(text: string): string;
}

type Answer = Extract<Outcome, { readonly kind: "answer" }>;
/** How long a limit lasts, and whose it is. */
interface Limit {
  readonly retryAfterMs?: number;
  readonly scope?: QuotaScope;
}

type SettledMeaning = Exclude<ErrorMeaning, "organization-mismatch">;
type Row = Pick<Verdict, "blame" | "outcome" | "next" | "last">;

const ROWS: Readonly<Record<SettledMeaning, Row>> = {
  client: { blame: "client", outcome: "client_error", next: "stop", last: "upstream" },
  "invalid-key": { blame: "key", outcome: "invalid_key", next: "rotate", last: "no_usable_key" },
  "scope-missing": { blame: "key-operation", outcome: "forbidden", next: "rotate", last: "upstream" },
  "no-credit": { blame: "key", outcome: "no_credit", next: "rotate", last: "no_credit" },
  "rate-limit": { blame: "key-model", outcome: "rate_limited", next: "rotate", last: "rate_limited" },
  "rate-limit-daily": { blame: "key-model", outcome: "rate_limited", next: "rotate", last: "rate_limited" },
  "too-big": { blame: "none", outcome: "too_big", next: "rotate", last: "upstream" },
  "model-missing": { blame: "key-model", outcome: "model_blocked", next: "rotate", last: "upstream" },
  region: { blame: "provider", outcome: "forbidden", next: "other-provider", last: "upstream" },
  "key-refused": { blame: "key", outcome: "forbidden", next: "rotate", last: "upstream" },
  overloaded: { blame: "provider-model", outcome: "overloaded", next: "other-provider", last: "upstream" },
  "server-error": { blame: "provider-model", outcome: "server_error", next: "retry", last: "upstream" },
  unsupported: { blame: "none", outcome: "client_error", next: "other-provider", last: "upstream" },
  unclear: { blame: "none", outcome: "bad_answer", next: "rotate", last: "upstream" },
};

const BAD_ANSWER: Row = { blame: "provider-model", outcome: "bad_answer", next: "retry", last: "invalid" };
const REDIRECT: Row = { blame: "provider", outcome: "bad_answer", next: "other-provider", last: "invalid" };

/**
 * The verdict on an outcome; never throws.
 *
 * HTML in a 2xx, an error of unknown shape inside a 200 and a status outside HTTP are bad answers: like a server error,
 * but never passed on. A redirect (3xx except 304) is a misconfigured provider: another one is tried, and the message
 * names the target's host.
 */
export function classify(outcome: Outcome, facts: ClassifyFacts): Verdict {
  switch (outcome.kind) {
    case "answer":
      return withQuota(judgeAnswer(outcome, facts), outcome, facts);
    case "refused":
      return isProxyFault(outcome.cause)
        ? cutOff(outcome.cause)
        : unreachable("connect_error", "other-provider", outcome.cause);
    case "maybe-executed":
      return unreachable("reset", "retry", outcome.cause);
    case "timeout":
      return timedOut(outcome.phase);
    case "cut-after-commit":
    case "stalled-after-commit":
      return brokenAfterCommit(outcome.cause);
    case "client-gone":
      return clientGone(outcome.waitedMs);
    default:
      return outcome satisfies never;
  }
}

function withQuota(verdict: Verdict, answer: Answer, { dialect, now, redact }: ClassifyFacts): Verdict {
  const { status, headers, inside } = answer;
  const read = readQuota(headers, { limits: dialect.limits, isSuccess: status <= 299, now });
  if (read === undefined) return verdict;
  const quota = withoutSecrets(read, redact);
  // Beside a 200 nothing remaining may mean that it is unknown (Azure).
  return { ...verdict, effect: inside ? verdict.effect : withReset(verdict.effect, quota), quota };
}

/** Whose limits they are is stored and shown: an id that quotes a secret counts as none. */
function withoutSecrets(quota: QuotaFacts, redact: (text: string) => string): QuotaFacts {
  const { readings, organization, project } = quota;
  const isPublic = (id: string | undefined): id is string => id !== undefined && redact(id) === id;
  return { readings, ...(isPublic(organization) && { organization }), ...(isPublic(project) && { project }) };
}

/** Where the answer states no wait: until the longest of its empty limits is full again. */
function withReset(effect: Effect, { readings }: QuotaFacts): Effect {
  if (effect.kind !== "rate-limited" || effect.retryAfterMs !== undefined) return effect;
  // A bucket has room for a request long before it is full; when, its reading says.
  const resets = readings.flatMap(({ remaining, resetMs, form }) =>
    remaining === 0 && resetMs !== undefined && form !== "bucket" ? [resetMs] : [],
  );
  return resets.length === 0 ? effect : { ...effect, retryAfterMs: Math.max(...resets) };
}

function judgeAnswer(answer: Answer, facts: ClassifyFacts): Verdict {
  const { status } = answer;
  const ruled = applyRules(answer, facts.rules ?? [], facts.now);
  if (ruled !== undefined) return { ...ruled, status, ...messageOf(answer, facts) };
  if (answer.inside) return judgeError(answer, meaningOfInside(answer.error, facts.dialect), facts);
  if (status >= 400 && status <= 599) {
    return judgeError(answer, meaningOfStatus(status, answer.error, facts.dialect), facts);
  }
  // Of a WebSocket; over HTTP none reaches this place.
  if (status === 101 || status === 304 || (status >= 200 && status <= 299 && !answer.isHtml)) return success(answer);
  if (status >= 300 && status <= 399) return redirected(answer, facts);
  return {
    ...BAD_ANSWER,
    effect: { kind: "server-error" },
    status,
    reason: answer.isHtml ? "html" : `http_${status}`,
  };
}

function judgeError(answer: Answer, found: MeaningFound, facts: ClassifyFacts): Verdict {
  const means = settle(found.means, facts);
  const fallback = answer.isHtml ? "html" : answer.inside ? "unknown_error" : `http_${answer.status}`;
  return {
    ...(found.isKnown ? ROWS[means] : BAD_ANSWER),
    effect: effectOf(means, { ...waitOf(answer, found, facts.now), ...scopeIn(answer) }),
    status: answer.status,
    reason: reasonOf(answer.error, fallback, facts.redact),
    ...messageOf(answer, facts),
  };
}

function messageOf({ error }: Answer, { redact }: ClassifyFacts): Pick<Verdict, "message"> {
  const message = safeMessage(error?.message ?? "", redact);
  return message === "" ? {} : { message };
}

function settle(means: ErrorMeaning, facts: ClassifyFacts): SettledMeaning {
  if (means !== "organization-mismatch") return means;
  return facts.clientSentOrganization ? "client" : "invalid-key";
}

function scopeIn({ error }: Answer): Pick<Limit, "scope"> {
  const scope = scopeOf(error);
  return scope === undefined ? {} : { scope };
}

function effectOf(means: SettledMeaning, { scope, ...wait }: Limit): Effect {
  const limit = scope === undefined ? wait : { ...wait, scope };
  switch (means) {
    case "client":
    case "too-big":
    case "unsupported":
    case "unclear":
      return { kind: "none" };
    case "invalid-key":
      return { kind: "key-invalid" };
    case "scope-missing":
      return { kind: "operation-blocked" };
    case "no-credit":
      return { kind: "key-exhausted", ...limit };
    case "rate-limit":
      return { kind: "rate-limited", ...limit };
    case "rate-limit-daily":
      return { kind: "rate-limited", daily: true, ...limit };
    case "model-missing":
      return { kind: "model-missing" };
    case "region":
      return { kind: "region-refused" };
    case "key-refused":
      return { kind: "key-refused" };
    case "overloaded":
      return { kind: "overloaded", ...wait };
    case "server-error":
      return { kind: "server-error" };
    default:
      return means satisfies never;
  }
}

function waitOf(answer: Answer, { fact }: MeaningFound, now: number): Pick<Limit, "retryAfterMs"> {
  if (fact?.until !== undefined) return { retryAfterMs: untilReset(fact.until, now) };
  const retryAfterMs = statedRetryMs(answer.headers, answer.error, now);
  return retryAfterMs === undefined ? {} : { retryAfterMs };
}

function success(answer: Answer): Verdict {
  return {
    blame: "none",
    outcome: "ok",
    effect: { kind: "success", complete: answer.complete, latencyMs: answer.latencyMs },
    next: "stop",
    last: "upstream",
    status: answer.status,
    reason: "ok",
  };
}

function redirected(answer: Answer, facts: ClassifyFacts): Verdict {
  const location = answer.headers.find(([name]) => name === "location")?.[1] ?? "";
  const host = URL.canParse(location) ? new URL(location).host : "";
  const message = host === "" ? "" : safeMessage(`Redirected to ${host}`, facts.redact);
  return {
    ...REDIRECT,
    effect: { kind: "unreachable", isLasting: true },
    status: answer.status,
    reason: "redirect",
    ...(message === "" ? {} : { message }),
  };
}

function unreachable(outcome: "connect_error" | "reset", next: "other-provider" | "retry", reason: string): Verdict {
  return { blame: "provider", outcome, effect: { kind: "unreachable" }, next, last: "unreachable", reason };
}

/** Keys that go through other proxies may do better, and so may other providers; no health of theirs is touched. */
function cutOff(reason: string): Verdict {
  return {
    blame: "proxy",
    outcome: "connect_error",
    effect: { kind: "none" },
    next: "other-provider",
    last: "no_outbound_proxy",
    reason,
  };
}

function timedOut(phase: "first-byte" | "response"): Verdict {
  return {
    blame: "provider-model",
    outcome: "timeout",
    effect: { kind: "server-error" },
    next: "retry",
    last: "timeout",
    reason: phase === "response" ? "response_timeout" : "first_byte_timeout",
  };
}

function brokenAfterCommit(reason: string): Verdict {
  return {
    blame: "provider-model",
    outcome: "cut",
    effect: { kind: "stream-broken" },
    next: "stop",
    last: "upstream",
    reason,
  };
}

function clientGone(waitedMs: number): Verdict {
  return {
    blame: "none",
    outcome: "client_gone",
    effect: { kind: "client-gone", waitedMs },
    next: "stop",
    last: "upstream",
    reason: "client_gone",
  };
}
