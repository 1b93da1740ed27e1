// One request on its way through the oracle, under the same rules of retry as the gateway's.
import type { Verdict } from "../../src/core/verdict.ts";
import { RetryLedger } from "../../src/proxy/attempt/retry-ledger.ts";
import type { Outcome } from "../../src/upstream/outcome.ts";
import type { Provider } from "../../src/upstream/provider.ts";
import type { Arrival } from "../arrivals.ts";
import type { Spending } from "../upstream/quota.ts";
import { spendingOf } from "../upstream/upstream-provider.ts";

/** What a fault of a provider looks like to the rules. */
export interface ProviderFault {
  readonly kind: "error" | "refused" | "timeout";
  readonly spentMs: number;
}

const FAULT: Verdict = {
  blame: "provider",
  outcome: "server_error",
  effect: { kind: "server-error" },
  next: "retry",
  last: "upstream",
  reason: "fault",
};

export class OracleRequest {
  readonly arrival: Arrival;
  readonly spending: Spending;
  /** Until when it may wait for its turn. */
  readonly deadline: number;
  readonly ledger: RetryLedger;
  readonly #failed = new Set<string>();
  readonly #commitAt: number;
  /** Where a retry is paid for. */
  retryAt: string | undefined;
  isOver = false;

  constructor(
    arrival: Arrival,
    limits: { readonly maxWaitMs: number; readonly maxRotations: number; commitMs: number },
  ) {
    this.arrival = arrival;
    this.spending = spendingOf(arrival);
    this.deadline = arrival.at + limits.maxWaitMs;
    this.#commitAt = arrival.at + limits.commitMs;
    this.ledger = new RetryLedger({ computes: true, maxRotations: limits.maxRotations });
  }

  /** Requests with the same one may be served by the same providers, so that they stand in one queue. */
  get queue(): string {
    return [this.arrival.model.name, this.retryAt ?? "", ...[...this.#failed].toSorted()].join("\0");
  }

  get lastFailed(): string | undefined {
    return [...this.#failed].at(-1);
  }

  /** In the order of the route; those that failed only where a retry is paid for. */
  get providers(): readonly string[] {
    return this.arrival.model.route.flat().filter((name) => !this.#failed.has(name) || name === this.retryAt);
  }

  isFirstAt(provider: string): boolean {
    return !this.#failed.has(provider);
  }

  /** Notes a fault; whether another attempt may follow it. */
  fail(provider: Provider, fault: ProviderFault, now: number): boolean {
    const { name } = provider.config;
    // The last that failed stands last.
    this.#failed.delete(name);
    this.#failed.add(name);
    this.retryAt = undefined;
    const { spentMs } = fault;
    const times = { spentMs, leftMs: this.#commitAt - now, connectMs: Number.POSITIVE_INFINITY };
    const facts = { verdict: FAULT, outcome: outcomeOf(fault), ...times };
    return this.ledger.mayGoOn(name, facts);
  }
}

function outcomeOf({ kind }: ProviderFault): Outcome {
  if (kind === "timeout") return { kind, phase: "response" };
  return kind === "refused" ? { kind, cause: "ECONNREFUSED" } : { kind: "maybe-executed", cause: "fault" };
}
