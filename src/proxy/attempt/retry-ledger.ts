// What one client request may still do after failed attempts: rotations, retries, timeouts and second opinions.
import type { Verdict } from "../../core/verdict.ts";
import type { Outcome } from "../../upstream/outcome.ts";
import type { Provider } from "../../upstream/provider.ts";
import { mayBeTriedAgain, wasNeverExecuted } from "./retry-rules.ts";

/** How many more candidates are asked after unclear answers, which blame nobody: the request may be at fault. */
const MAX_SECOND_OPINIONS = 2;
/** Full jitter between zero and this much, doubling with each retry. */
const BACKOFF_MS = 250;
const MAX_BACKOFF_MS = 8_000;

/** A failed attempt, as the rules see it. `leftMs`: until the commit deadline. */
export interface FailureFacts {
  readonly verdict: Verdict;
  readonly outcome: Outcome;
  readonly spentMs: number;
  readonly leftMs: number;
  /** `timeouts.connect`. */
  readonly connectMs: number;
}

export interface LedgerLimits {
  /** See `ClientRequest`. */
  readonly computes: boolean;
  readonly maxRotations: number;
}

/** Counts over all attempts of one client request. */
export class RetryLedger {
  readonly #limits: LedgerLimits;
  #rotations = 0;
  #retries = 0;
  #timeouts = 0;
  #secondOpinions = 0;
  #lastOutcome: Outcome | undefined;
  /** Providers whose next attempts are paid for: a refused key there is rotated at once, until the provider fails again. */
  readonly #paid = new Set<string>();

  constructor(limits: LedgerLimits) {
    this.#limits = limits;
  }

  /** Notes a failed attempt; whether any other may follow it. */
  mayGoOn(provider: string, { verdict, outcome, spentMs, leftMs, connectMs }: FailureFacts): boolean {
    this.#lastOutcome = outcome;
    if (verdict.next === "stop") return false;
    if (!this.#limits.computes && !wasNeverExecuted(outcome)) return false;
    if (verdict.next === "rotate") return this.#mayRotate(verdict);
    // Outbound proxies that are silent for so long are no better at once, and they are the only way.
    if (verdict.blame === "proxy" && spentMs >= connectMs / 2) return false;
    this.#paid.delete(provider);
    if (outcome.kind !== "timeout") return true;
    this.#timeouts += 1;
    return mayBeTriedAgain({ timeouts: this.#timeouts, spentMs, leftMs });
  }

  /** Whether a retry at this provider has been granted already. */
  isPaid(provider: string): boolean {
    return this.#paid.has(provider);
  }

  /**
   * Whether one more attempt at a provider that failed in this request is within `max_retries`. What is not only
   * computed is repeated there only if it was never sent.
   */
  mayRetry({ config }: Provider): boolean {
    if (!this.#limits.computes && this.#lastOutcome?.kind !== "refused") return false;
    return this.#retries < config.maxRetries;
  }

  /** Counts a retry that was granted. */
  noteRetry(provider: string): void {
    this.#retries += 1;
    this.#paid.add(provider);
  }

  /** Whether a running attempt could be followed by another if it timed out now. */
  get mayTimeOut(): boolean {
    return this.#limits.computes && this.#timeouts === 0;
  }

  /** How long the next retry waits; `random` in [0, 1). */
  backoffMs(random: number): number {
    return random * Math.min(MAX_BACKOFF_MS, BACKOFF_MS * 2 ** Math.max(0, this.#retries - 1));
  }

  // What is too big for one provider may fit another, so the balancer bounds it for each provider×model. What a rule
  // rotates is clear to the operator.
  #mayRotate({ blame, outcome }: Verdict): boolean {
    if (blame === "none" && outcome !== "too_big" && outcome !== "by_rule") this.#secondOpinions += 1;
    if (this.#secondOpinions > MAX_SECOND_OPINIONS) return false;
    this.#rotations += 1;
    return this.#rotations <= this.#limits.maxRotations;
  }
}
