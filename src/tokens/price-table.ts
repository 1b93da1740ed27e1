// What requests cost, by the prices that the operator states.
import type { PriceConfig } from "../config/client-token.ts";
import { compileGlobs } from "../core/glob.ts";
import type { Nanos } from "./budget-meter.ts";

/** Tokens of one request; `cached` is a part of `input`. */
export interface TokenCounts {
  readonly input: number;
  readonly output: number;
  readonly cached?: number | undefined;
}

/** Where a request goes. */
export interface PricedTarget {
  readonly provider: string;
  /** The upstream's name; undefined: it names none. */
  readonly model: string | undefined;
}

/** More than any request spends: one number that a client or a provider makes up must not swallow all others in a sum. */
export const MOST_TOKENS = 2 ** 31;
/** A price of so much a million tokens is that many thousand billionths a token. */
const NANOS_PER_TOKEN = 1_000;
/** The largest budget, which a single request may then overdraw twice. */
const MOST_NANOS = 2e15;
const MOST_PRICES = 10_000;

/** The prices of one configuration. */
export class PriceTable {
  readonly #rows: readonly (PriceConfig & { readonly isFor: (model: string) => boolean })[];
  /** What was found for the models that were asked for. */
  readonly #found = new Map<string, PriceConfig | undefined>();

  constructor(prices: readonly PriceConfig[]) {
    this.#rows = prices.map((price) => ({ ...price, isFor: compileGlobs(price.models) }));
  }

  /** The first price that fits; undefined where none does. */
  priceOf({ provider, model }: PricedTarget): PriceConfig | undefined {
    if (model === undefined) return undefined;
    const name = `${provider}\0${model}`;
    if (this.#found.has(name)) return this.#found.get(name);
    const price = this.#rows.find((row) => (row.provider ?? provider) === provider && row.isFor(model));
    // Clients choose the names of models.
    if (this.#found.size >= MOST_PRICES) this.#found.clear();
    this.#found.set(name, price);
    return price;
  }
}

/** What tokens cost, rounded up; at most as much as sums hold exactly. */
export function costOf({ input, output, cached = 0 }: TokenCounts, price: PriceConfig): Nanos {
  const fresh = Math.max(0, input - cached);
  const perMillion = fresh * price.input + Math.min(cached, input) * price.cachedInput + output * price.output;
  return Math.min(MOST_NANOS, Math.ceil(perMillion * NANOS_PER_TOKEN));
}
