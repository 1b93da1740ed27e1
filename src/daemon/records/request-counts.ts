// What one finished request adds to the counts, and what it cost.
import type { Trace } from "../../proxy/trace.ts";
import { endingOf } from "../../records/ending.ts";
import type { CountedRequest } from "../../records/roll-up-book.ts";
import type { RequestCounts } from "../../records/roll-up-row.ts";
import { costOf, type PriceTable } from "../../tokens/price-table.ts";
import { firstByteMs, tokenCount } from "./record-row.ts";

/** What it is counted by. */
export function countedRequest(trace: Trace): CountedRequest {
  const { endedAt, provider, keyId, keyName, client, status, attempts } = trace;
  // An alias has no price; what it costs is a matter of the model that answers.
  const model = trace.upstreamModel ?? trace.model;
  return { endedAt, provider, keyId, keyName, model, client, status, attempts };
}

/** `costNanos`: see `costNanosOf`. */
export function requestCounts(trace: Trace, costNanos: number | undefined): RequestCounts {
  const { status, end, usage, attempts, receivedAt, endedAt, bytesIn, bytesOut } = trace;
  return {
    ending: endingOf({ status, end, outcome: attempts.at(-1)?.outcome }),
    promptTokens: tokenCount(usage?.promptTokens) ?? 0,
    completionTokens: tokenCount(usage?.completionTokens) ?? 0,
    cachedTokens: tokenCount(usage?.cachedTokens) ?? 0,
    reasoningTokens: tokenCount(usage?.reasoningTokens) ?? 0,
    costNanos: costNanos ?? 0,
    isUnpriced: usage !== undefined && costNanos === undefined,
    bytesIn,
    bytesOut,
    durationMs: Math.max(0, endedAt - receivedAt),
    firstByteMs: firstByteMs(trace),
  };
}

/** In billionths; undefined without usage, or without a price for it. */
export function costNanosOf({ provider, upstreamModel, model, usage }: Trace, prices: PriceTable): number | undefined {
  if (usage === undefined || provider === undefined) return undefined;
  const price = prices.priceOf({ provider, model: upstreamModel ?? model });
  if (price === undefined) return undefined;
  const { promptTokens, completionTokens, cachedTokens } = usage;
  const input = tokenCount(promptTokens) ?? 0;
  return costOf({ input, output: tokenCount(completionTokens) ?? 0, cached: tokenCount(cachedTokens) ?? 0 }, price);
}
