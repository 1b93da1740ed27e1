// Lets a request of a limited token in, or not: what it may spend is taken at once, and settled when it ends.
import type { TokenEstimate } from "../balancer/contract.ts";
import { LruMap } from "../balancer/lru-map.ts";
import { UNLEARNT_OUTPUT_TOKENS } from "../balancer/model-health.ts";
import { PercentileWindow } from "../balancer/percentile-window.ts";
import type { PriceConfig, TokenLimits } from "../config/client-token.ts";
import type { Usage } from "../core/usage.ts";
import type { KnownToken } from "./known-token.ts";
import { type Estimate, Permit } from "./permit.ts";
import { costOf, MOST_TOKENS, type PricedTarget, PriceTable } from "./price-table.ts";
import type { Cost } from "./token-account.ts";
import { FORBIDDEN, limitRefusal, type TokenRefusal } from "./token-refusal.ts";

/** What is asked for with a token that has limits. */
export interface AdmissionQuestion {
  readonly token: KnownToken;
  /** As the client asks for it. */
  readonly model: string | undefined;
  /** Every target that may serve it. */
  readonly route: readonly (readonly PricedTarget[])[];
  /** Asked once. Undefined: it takes no tokens, or nobody knows how many. */
  readonly estimate: (() => TokenEstimate) | undefined;
  /** It costs nothing: it reads, deletes, or counts. */
  readonly isFree: boolean;
}

export type Admitted = { readonly ok: true; readonly permit: Permit | undefined } | TokenRefusal;

/** `onSpent`: called when what is spent has changed. */
export interface AdmissionOptions {
  readonly now: () => number;
  readonly onSpent: () => void;
}

const ADMITTED: Admitted = { ok: true, permit: undefined };
/** Models whose usual length of answers is known. */
const MOST_MODELS = 1_000;

/**
 * Admission runs to its end without a turn of the event loop between looking and taking, so that requests that come at
 * the same moment are let in one after the other.
 */
export class Admission {
  readonly #options: AdmissionOptions;
  readonly #models = new LruMap<string, Usual>(MOST_MODELS);
  #prices = new PriceTable([]);

  constructor(options: AdmissionOptions) {
    this.#options = options;
  }

  setPrices(prices: readonly PriceConfig[]): void {
    this.#prices = new PriceTable(prices);
  }

  /** Undefined permit: the token has no limits. Who is admitted settles the permit, however the request ends. */
  admit(question: AdmissionQuestion): Admitted {
    const judged = this.#judge(question);
    if (judged === undefined) return ADMITTED;
    if ("ok" in judged) return judged;
    const { account } = question.token;
    const taking = account.take(judged.cost, this.#options.now());
    this.#options.onSpent();
    const onSettled = (usage: Usage) => this.#learn(question.model ?? "", usage);
    const prices = this.#prices;
    const { isFree } = question;
    return {
      ok: true,
      permit: new Permit({ account, taking, isFree, ...judged, prices, onSettled, ...this.#options }),
    };
  }

  /** What `admit` would say against it; takes nothing. */
  refusalOf(question: AdmissionQuestion): TokenRefusal | undefined {
    const judged = this.#judge(question);
    return judged !== undefined && "ok" in judged ? judged : undefined;
  }

  /** Undefined for a token without limits. */
  #judge(question: AdmissionQuestion): Judged | TokenRefusal | undefined {
    const { account } = question.token;
    const { limits } = account;
    if (limits === undefined) return undefined;
    const worst = limits.budget === undefined ? undefined : priciestOf(question, this.#prices);
    if (worst !== undefined && "ok" in worst) return worst;
    const estimate = countsTokens(limits) ? this.#estimate(question) : NOTHING;
    const tokens = estimate.input + estimate.output;
    const cost: Cost = { requests: 1, tokens, nanos: worst === undefined ? 0 : costOf(estimate, worst) };
    const now = this.#options.now();
    const holdup = account.holdup(cost, now);
    return holdup === undefined ? { cost, estimate, worst } : limitRefusal(holdup, now);
  }

  #estimate({ estimate, model, isFree }: AdmissionQuestion): Estimate {
    if (isFree || estimate === undefined) return NOTHING;
    const { input, maxOutput, choices = 1, refers } = estimate();
    const usual = this.#models.get(model ?? "");
    // What is learnt is the length of all answers of a request together.
    const output = Math.max(1, choices) * (maxOutput ?? usual?.output.p95 ?? UNLEARNT_OUTPUT_TOKENS);
    const all = refers === true ? Math.max(input, usual?.input.p95 ?? 0) : input;
    return {
      input: Math.min(MOST_TOKENS, Math.ceil(all)),
      output: Math.min(MOST_TOKENS, Math.ceil(output)),
      isBound: maxOutput !== undefined,
    };
  }

  #learn(model: string, { promptTokens, completionTokens }: Usage): void {
    const usual = this.#models.get(model) ?? newUsual();
    if (promptTokens !== undefined) usual.input.note(promptTokens);
    if (completionTokens !== undefined) usual.output.note(completionTokens);
    this.#models.set(model, usual);
  }
}

const NOTHING: Estimate = { input: 0, output: 0, isBound: true };

/** What nearly all requests of a model took. */
interface Usual {
  readonly input: PercentileWindow;
  readonly output: PercentileWindow;
}

function newUsual(): Usual {
  return { input: new PercentileWindow(0), output: new PercentileWindow(UNLEARNT_OUTPUT_TOKENS) };
}

/** Reading a body for its size costs something. */
function countsTokens({ tpm, tpd, budget }: TokenLimits): boolean {
  return tpm !== undefined || tpd !== undefined || budget !== undefined;
}

/** What a request that fits may spend. */
interface Judged {
  readonly cost: Cost;
  readonly estimate: Estimate;
  readonly worst: PriceConfig | undefined;
}

/** The highest price on the way, since any target may serve; undefined for what costs nothing. */
function priciestOf(
  { route, isFree, estimate }: AdmissionQuestion,
  prices: PriceTable,
): PriceConfig | TokenRefusal | undefined {
  if (isFree) return undefined;
  if (estimate === undefined) return FORBIDDEN.noCost;
  let worst: PriceConfig | undefined;
  for (const target of route.flat()) {
    const price = prices.priceOf(target);
    if (price === undefined) return target.model === undefined ? FORBIDDEN.noModel : FORBIDDEN.noPrice;
    worst = worst === undefined ? price : higherOf(worst, price);
  }
  return worst;
}

function higherOf(a: PriceConfig, b: PriceConfig): PriceConfig {
  const { models, provider } = a;
  const [input, output] = [Math.max(a.input, b.input), Math.max(a.output, b.output)];
  return { models, provider, input, output, cachedInput: Math.max(a.cachedInput, b.cachedInput) };
}
