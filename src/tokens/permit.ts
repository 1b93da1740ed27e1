// What one request holds of its token's limits, until it is settled.
import type { PriceConfig } from "../config/client-token.ts";
import type { Usage } from "../core/usage.ts";
import { costOf, MOST_TOKENS, type PricedTarget, type PriceTable, type TokenCounts } from "./price-table.ts";
import type { Cost, Taking, TokenAccount } from "./token-account.ts";
import { limitRefusal, type TokenRefusal } from "./token-refusal.ts";

/** How a request ended, as far as its cost is concerned. */
export interface Spending {
  /**
   * `unsent`: no provider was reached. `refused`: every one that was turned it away. `whole`: its answer came to its end.
   * `cut`: it may have been computed, and its end did not come.
   */
  readonly end: "unsent" | "refused" | "whole" | "cut";
  readonly usage?: Usage | undefined;
  /** Who served it; undefined: not known. */
  readonly target?: PricedTarget | undefined;
  /** Bytes of events that the client was sent; of other answers nothing. */
  readonly eventBytes?: number | undefined;
}

/** Tokens that were taken. `isBound`: the request allows no longer answer. */
export interface Estimate {
  readonly input: number;
  readonly output: number;
  readonly isBound: boolean;
}

export interface PermitParts {
  readonly account: TokenAccount;
  readonly taking: Taking;
  readonly estimate: Estimate;
  /** Whatever its answer tells of usage is that of another request, such as of the one that made what is read. */
  readonly isFree: boolean;
  /** The highest price that it may cost; undefined where money does not count. */
  readonly worst: PriceConfig | undefined;
  readonly prices: PriceTable;
  readonly now: () => number;
  readonly onSpent: () => void;
  /** Takes the usage of an answer that came to its end. */
  readonly onSettled: (usage: Usage) => void;
}

const NOTHING: Cost = { requests: 0, tokens: 0, nanos: 0 };
/**
 * An event of chat carries about one token in 200 bytes and more: of a long stream that reports no usage so many are
 * counted at least.
 */
const BYTES_PER_STREAMED_TOKEN = 200;

/** Settled exactly once; a second time is a mistake without effect. */
export class Permit {
  readonly #parts: PermitParts;
  /** What `note` was told so far. */
  #noted: TokenCounts = { input: 0, output: 0, cached: 0 };
  #hasNoted = false;
  #isSettled = false;

  constructor(parts: PermitParts) {
    this.#parts = parts;
  }

  /**
   * A session that goes on has used so much more. The answer: why it should end, once nothing is left of a limit.
   */
  note(usage: Usage, target?: PricedTarget): TokenRefusal | undefined {
    const { account, taking, now, onSpent } = this.#parts;
    if (this.#isSettled) return undefined;
    const { input, output, cached = 0 } = this.#noted;
    const before = this.#costOf(this.#noted, target);
    this.#hasNoted = true;
    this.#noted = {
      input: input + (usage.promptTokens ?? 0),
      output: output + (usage.completionTokens ?? 0),
      cached: cached + (usage.cachedTokens ?? 0),
    };
    const after = this.#costOf(this.#noted, target);
    const more = { requests: 0, tokens: after.tokens - before.tokens, nanos: after.nanos - before.nanos };
    account.spend(taking, more, now());
    onSpent();
    const holdup = account.overdraft(now());
    return holdup && limitRefusal(holdup, now());
  }

  /** A session ends in the middle of an answer, which counts as one usually does. */
  noteUnfinished(target?: PricedTarget): void {
    const { input, output } = this.#parts.estimate;
    this.note({ promptTokens: input, completionTokens: output }, target);
  }

  /** Puts what the request really cost in place of what was taken, and gives its slot back. */
  settle(spending: Spending): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    const { account, taking, isFree, now, onSpent, onSettled } = this.#parts;
    account.settle(taking, this.#finalCost(spending), now());
    onSpent();
    if (spending.end === "whole" && spending.usage !== undefined && !isFree) onSettled(this.#lessonOf(spending.usage));
  }

  /** An answer that came up to the request's own bound says nothing of how long answers are. */
  #lessonOf(usage: Usage): Usage {
    const { isBound, output } = this.#parts.estimate;
    if (!isBound || (usage.completionTokens ?? 0) < output) return usage;
    const { completionTokens: _, ...rest } = usage;
    return rest;
  }

  #finalCost(spending: Spending): Cost {
    // What was noted is spent already.
    if (this.#hasNoted) return { ...NOTHING, requests: 1 };
    if (spending.end === "unsent") return NOTHING;
    if (spending.end === "refused" || this.#parts.isFree) return { ...NOTHING, requests: 1 };
    return this.#costOf(this.#countsOf(spending), spending.target);
  }

  /**
   * What is not known counts as it was estimated: nobody else knows what a provider has computed when its client leaves
   * or its stream breaks.
   */
  #countsOf({ end, usage, eventBytes = 0 }: Spending): TokenCounts {
    const { estimate } = this.#parts;
    const input = usage?.promptTokens ?? estimate.input;
    const cached = usage?.cachedTokens;
    const stated = usage?.completionTokens;
    if (end === "whole" && stated !== undefined) return { input, output: stated, cached };
    const streamed = estimate.isBound ? 0 : Math.ceil(eventBytes / BYTES_PER_STREAMED_TOKEN);
    const guess = Math.max(estimate.output, streamed);
    return { input, output: Math.max(stated ?? 0, guess), cached };
  }

  #costOf(counts: TokenCounts, target: PricedTarget | undefined): Cost {
    const { worst, prices } = this.#parts;
    const price = worst && ((target && prices.priceOf(target)) ?? worst);
    const nanos = price === undefined ? 0 : costOf(counts, price);
    return { requests: 1, tokens: Math.min(MOST_TOKENS, counts.input + counts.output), nanos };
  }
}
