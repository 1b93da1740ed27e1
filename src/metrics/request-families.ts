// What was counted of requests, as metrics.
import type { Buckets } from "./buckets.ts";
import { bucketSamples, type Family, type Sample, single } from "./family.ts";
import { METRICS, type MetricFacts } from "./metric-table.ts";
import type { RequestCounts } from "./request-counts.ts";
import type { Labels, SeriesBook } from "./series-book.ts";

/** Everything that comes from finished requests, but what is of single keys. */
export function requestFamilies(counts: RequestCounts): readonly Family[] {
  const callLabels = genAiLabels(counts);
  return [
    { ...METRICS.requests, samples: samplesOf(counts.requests, ({ count }) => count) },
    histogram(METRICS.duration, counts.requests),
    histogram(METRICS.firstByte, counts.firstBytes),
    histogram(METRICS.overhead, counts.overheads),
    { ...METRICS.attempts, samples: samplesOf(counts.attempts, ({ count }) => count) },
    { ...METRICS.tokens, samples: tokenSamples(counts) },
    histogram(METRICS.calls, counts.calls, ({ error, ...call }) => ({ ...callLabels(call), error_type: error })),
    histogram(METRICS.firstChunk, counts.firstChunks, callLabels),
    histogram(METRICS.usage, counts.usages, ({ type, ...call }) => ({ ...callLabels(call), gen_ai_token_type: type })),
    histogram(METRICS.queueWait, counts.waits),
    single(METRICS.repaired, counts.repaired),
  ];
}

type CallLabels = Labels<"operation" | "provider" | "model">;

function genAiLabels(counts: RequestCounts): (labels: CallLabels) => Sample["labels"] {
  return ({ operation, provider, model }) => ({
    gen_ai_operation_name: operation,
    gen_ai_provider_name: counts.genAiProvider(provider),
    gen_ai_request_model: model,
    provider,
  });
}

function histogram<Name extends string>(
  facts: MetricFacts,
  book: SeriesBook<Name, Buckets>,
  shown: (labels: Labels<Name>) => Sample["labels"] = (labels) => labels,
): Family {
  return { ...facts, samples: histogramSamples(book, shown) };
}

function* histogramSamples<Name extends string>(
  book: SeriesBook<Name, Buckets>,
  shown: (labels: Labels<Name>) => Sample["labels"],
): Generator<Sample> {
  for (const { labels, counted } of book.all()) yield* bucketSamples(shown(labels), counted);
}

function* samplesOf<Name extends string, Counted extends object>(
  book: SeriesBook<Name, Counted>,
  figureOf: (counted: Counted) => number,
): Generator<Sample> {
  for (const { labels, counted } of book.all()) yield { labels, value: figureOf(counted) };
}

function* tokenSamples({ tokens }: RequestCounts): Generator<Sample> {
  for (const { labels, counted } of tokens.all()) {
    for (const [type, value] of Object.entries(counted)) yield { labels: { ...labels, type }, value };
  }
}
