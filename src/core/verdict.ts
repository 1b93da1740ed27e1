// The vocabulary between the part that reads a provider's answer and the part that keeps health.
import type { QuotaFacts } from "./quota-facts.ts";

/** Who is at fault for the end of an attempt; `proxy`: the outbound proxies that it could have gone through. */
export type Blame = "client" | "key" | "key-model" | "key-operation" | "provider-model" | "provider" | "proxy" | "none";

/** How an attempt ended, as logs and metrics name it. */
export type OutcomeCode =
  | "ok"
  | "client_error"
  | "rate_limited"
  | "no_credit"
  | "invalid_key"
  | "forbidden"
  | "model_blocked"
  | "too_big"
  | "overloaded"
  | "server_error"
  | "timeout"
  | "connect_error"
  | "reset"
  | "bad_answer"
  | "cut"
  | "client_gone"
  | "by_rule";

/**
 * What an outcome says about health, in facts; every number that follows from it belongs to the balancer.
 * `latencyMs`: from the start of the attempt to its first byte. `complete`: the whole answer arrived (a stream
 * first succeeds with `complete: false` at commit, and once more with `true` at its terminator).
 * `retryAfterMs`: what the provider stated, from now. `isLasting`: a further attempt would meet the same.
 * `proof`: of a refusal that may be the request's own fault: `pending` until another key serves the very same request,
 * which `given` then says; absent where no client asked.
 */
export type Effect =
  | { readonly kind: "none" }
  | { readonly kind: "success"; readonly complete: boolean; readonly latencyMs: number }
  | { readonly kind: "key-invalid" }
  | { readonly kind: "key-exhausted"; readonly retryAfterMs?: number; readonly scope?: QuotaScope }
  | {
      readonly kind: "rate-limited";
      readonly retryAfterMs?: number;
      readonly daily?: boolean;
      readonly scope?: QuotaScope;
    }
  /** An operator's rule: the key rests for so long, whatever the model. */
  | { readonly kind: "key-cooled"; readonly forMs: number }
  /** An operator's rule: the key is out until an operator lets it in again. */
  | { readonly kind: "key-disabled" }
  | { readonly kind: "model-missing" }
  | { readonly kind: "operation-blocked" }
  | { readonly kind: "key-refused"; readonly proof?: "pending" | "given" }
  | { readonly kind: "server-error" }
  | { readonly kind: "overloaded"; readonly retryAfterMs?: number }
  | { readonly kind: "unreachable"; readonly isLasting?: true }
  | { readonly kind: "region-refused" }
  | { readonly kind: "stream-broken" }
  | { readonly kind: "client-gone"; readonly waitedMs: number };

/** Whose quota an answer says is used up; absent where it names nobody: the key's own. */
export type QuotaScope = "organization" | "project";

/** What the same client request may do next. `retry` and `other-provider` ask for another provider first. */
export type NextStep = "stop" | "rotate" | "retry" | "other-provider";

/** What the client gets when this attempt was the last one and nothing usable is left. */
export type LastAnswer =
  | "upstream"
  | "no_usable_key"
  | "rate_limited"
  | "no_credit"
  | "unreachable"
  | "no_outbound_proxy"
  | "timeout"
  | "invalid";

/** The judgement on one attempt. `message`: the redacted upstream text, at most 200 characters. */
export interface Verdict {
  readonly blame: Blame;
  readonly outcome: OutcomeCode;
  readonly effect: Effect;
  readonly next: NextStep;
  readonly last: LastAnswer;
  /** The upstream's status, where there was an answer. */
  readonly status?: number;
  /** The upstream's error code or our cause, for example `invalid_api_key` or `ECONNREFUSED`. */
  readonly reason: string;
  readonly message?: string;
  /** What the answer's headers say of limits, and whose they are. */
  readonly quota?: QuotaFacts;
}
