// What the client gets when no attempt succeeded and none may follow.
import type { NoneReason } from "../../balancer/contract.ts";
import type { ErrorCode } from "../answer/error-table.ts";
import type { FailedAttempt } from "./failed-attempt.ts";
import type { Refusal, RunEnd } from "./run-end.ts";

/**
 * The client's own faults and what only the provider can explain go through unchanged. Else the first that applies:
 * something is limited (429 with the earliest Retry-After), a breaker is open (503), then how the last attempt ended.
 */
export function lastAnswer(last: FailedAttempt | undefined, reason: NoneReason, now: number): RunEnd<never> {
  if (last === undefined) return refusalOf(reason, now);
  if (isForClient(last)) return passOn(last);
  if (reason.code === "limited" || reason.code === "open") return refusalOf(reason, now);
  switch (last.verdict.last) {
    case "upstream":
      return passOn(last);
    case "rate_limited":
      return { kind: "refusal", code: "rate_limit_exceeded", ...statedWait(last) };
    case "no_credit":
      return { kind: "refusal", code: "insufficient_quota" };
    case "no_usable_key":
      return reason.code === "all-tried" ? { kind: "refusal", code: "no_usable_key" } : refusalOf(reason, now);
    case "unreachable":
      return { kind: "refusal", code: "upstream_unreachable", detail: last.verdict.reason };
    case "no_outbound_proxy":
      return { kind: "refusal", code: "upstream_unreachable", detail: noOutboundProxy(last.verdict.reason) };
    case "timeout":
      return { kind: "refusal", code: "upstream_timeout" };
    case "invalid":
      return invalid(last);
    default:
      return last.verdict.last satisfies never;
  }
}

// Statuses of the client's own making, and answers about this very request: no other key would change them.
function isForClient({ verdict }: FailedAttempt): boolean {
  if (verdict.last !== "upstream") return false;
  return verdict.outcome !== "server_error" && verdict.outcome !== "overloaded";
}

function passOn(last: FailedAttempt): RunEnd<never> {
  const { answer, provider, key } = last;
  if (answer === undefined) return { kind: "refusal", code: "upstream_invalid_response" };
  return { kind: "upstream-error", provider, answer, mask: key.mask };
}

// Nobody knows when the earliest key is back; the last one's word is better than none.
function statedWait({ verdict }: FailedAttempt): Pick<Refusal, "retryAfterMs"> {
  const retryAfterMs = verdict.effect.kind === "rate-limited" ? verdict.effect.retryAfterMs : undefined;
  return retryAfterMs === undefined ? {} : { retryAfterMs };
}

/** Which proxies there are is the operator's affair: `proxies list` and the log say it. */
function noOutboundProxy(reason: string): string {
  return `no outbound proxy of this daemon carries the call (${reason})`;
}

function invalid({ verdict }: FailedAttempt): Refusal {
  const code: ErrorCode = verdict.reason === "redirect" ? "upstream_redirect" : "upstream_invalid_response";
  return { kind: "refusal", code, ...(verdict.message === undefined ? {} : { detail: verdict.message }) };
}

function refusalOf(reason: NoneReason, now: number): Refusal {
  switch (reason.code) {
    case "limited":
      return { kind: "refusal", code: "rate_limit_exceeded", retryAfterMs: reason.retryAt - now };
    case "open":
      return { kind: "refusal", code: "provider_unavailable", retryAfterMs: reason.retryAt - now };
    case "exhausted":
      return { kind: "refusal", code: "insufficient_quota" };
    case "model-missing":
      return { kind: "refusal", code: "model_not_found", detail: "the provider said so less than ten minutes ago" };
    case "no-key":
    case "all-tried":
      return { kind: "refusal", code: "no_usable_key" };
    default:
      return reason satisfies never;
  }
}
