// The rules that say whether a failed attempt may be repeated elsewhere.
import type { Outcome } from "../../upstream/outcome.ts";

/** Statuses of the 5xx class that say the request was not run: 501, 503 (RFC 9110) and Anthropic's 529 "overloaded". */
const REFUSING_STATUSES = new Set([501, 503, 529]);

/**
 * Whether the upstream surely did not run the request, so that even an operation with side effects may be sent to
 * another key: it was never sent, or a complete answer refused it. 408 and other 5xx may have run.
 */
export function wasNeverExecuted(outcome: Outcome): boolean {
  if (outcome.kind === "refused") return true;
  if (outcome.kind !== "answer" || outcome.inside) return false;
  if (REFUSING_STATUSES.has(outcome.status)) return true;
  return outcome.status >= 300 && outcome.status < 500 && outcome.status !== 408;
}

/** A timeout is repeated once at most, and only while the commit deadline leaves as much time as it took. */
export function mayBeTriedAgain(facts: {
  readonly timeouts: number;
  readonly spentMs: number;
  readonly leftMs: number;
}): boolean {
  return facts.timeouts <= 1 && facts.leftMs >= facts.spentMs;
}
