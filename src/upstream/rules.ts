// Applies what an operator makes of an answer, before any fact of a dialect.
import type { RuleAction, RuleConfig } from "../config/config.ts";
import type { Effect, Verdict } from "../core/verdict.ts";
import { untilClock } from "../core/zone-clock.ts";
import type { Outcome } from "./outcome.ts";
import { statedRetryMs } from "./retry-after.ts";

type Answer = Extract<Outcome, { readonly kind: "answer" }>;

/** The part of a verdict that a rule decides. */
export type Ruled = Pick<Verdict, "blame" | "outcome" | "effect" | "next" | "last" | "reason">;

const ROWS: Readonly<Record<RuleAction, Pick<Verdict, "blame" | "outcome" | "next" | "last">>> = {
  client: { blame: "client", outcome: "client_error", next: "stop", last: "upstream" },
  rotate: { blame: "none", outcome: "by_rule", next: "rotate", last: "upstream" },
  cool_key: { blame: "key", outcome: "by_rule", next: "rotate", last: "no_usable_key" },
  cool_model: { blame: "key-model", outcome: "rate_limited", next: "rotate", last: "rate_limited" },
  exhaust: { blame: "key", outcome: "no_credit", next: "rotate", last: "no_credit" },
  disable: { blame: "key", outcome: "by_rule", next: "rotate", last: "no_usable_key" },
  retry: { blame: "provider-model", outcome: "server_error", next: "retry", last: "upstream" },
  ignore: { blame: "none", outcome: "ok", next: "stop", last: "upstream" },
};

/** Configurations give it; here it only keeps a rule without a time from resting a key for ever or not at all. */
const DEFAULT_REST_MS = 60_000;

/**
 * What the first rule says that holds for an answer; undefined if none does, or if the answer is no error (below 400,
 * and nothing wrong inside it). `now`: milliseconds since the epoch. The reason is the rule's name.
 */
export function applyRules(answer: Answer, rules: readonly RuleConfig[], now: number): Ruled | undefined {
  if (rules.length === 0 || (answer.status < 400 && !answer.inside)) return undefined;
  const rule = rules.find((rule) => holds(rule, answer));
  if (rule === undefined) return undefined;
  return { ...ROWS[rule.then], effect: effectOf(rule, answer, now), reason: rule.name };
}

function holds({ status, code, bodyMatches }: RuleConfig, answer: Answer): boolean {
  const { error } = answer;
  if (status !== undefined && !status.some((wanted) => isStatus(wanted, answer))) return false;
  if (code !== undefined && !code.some((word) => word === error?.code || word === error?.type)) return false;
  if (bodyMatches === undefined) return true;
  return [error?.message, error?.raw, error?.text].some((text) => text !== undefined && bodyMatches.test(text));
}

/** The status of an error inside a 200 is the one that it names. */
function isStatus(wanted: number | "4xx" | "5xx", { status, inside, error }: Answer): boolean {
  const met = inside ? (error?.status ?? status) : status;
  return typeof wanted === "number" ? met === wanted : Math.floor(met / 100) === Number(wanted[0]);
}

function effectOf(rule: RuleConfig, answer: Answer, now: number): Effect {
  switch (rule.then) {
    case "client":
    case "rotate":
      return { kind: "none" };
    case "cool_key":
      return { kind: "key-cooled", forMs: waitOf(rule, answer, now).retryAfterMs ?? DEFAULT_REST_MS };
    case "cool_model":
      return { kind: "rate-limited", ...waitOf(rule, answer, now) };
    case "exhaust":
      return { kind: "key-exhausted", ...waitOf(rule, answer, now) };
    case "disable":
      return { kind: "key-disabled" };
    case "retry":
      return { kind: "server-error" };
    case "ignore":
      return { kind: "success", complete: answer.complete, latencyMs: answer.latencyMs };
    default:
      return rule.then satisfies never;
  }
}

/** The rule's own time, else what the answer states. */
function waitOf(
  { forMs, until }: RuleConfig,
  { headers, error }: Answer,
  now: number,
): { readonly retryAfterMs?: number } {
  const own = forMs ?? (until === undefined ? undefined : untilClock(until, now));
  const retryAfterMs = own ?? statedRetryMs(headers, error, now);
  return retryAfterMs === undefined ? {} : { retryAfterMs };
}
