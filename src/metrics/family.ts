// One metric with its values at this moment.
import type { Buckets } from "./buckets.ts";
import type { MetricFacts } from "./metric-table.ts";

/** `suffix`: what a histogram's name has at its end. A label without a value is left out. */
export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  readonly suffix?: "_bucket" | "_sum" | "_count";
}

/** `samples`: made while they are read, once. */
export interface Family extends Pick<MetricFacts, "name" | "type" | "help"> {
  readonly samples: Iterable<Sample>;
}

/** A metric of one value. */
export function single(facts: MetricFacts, value: number): Family {
  return { ...facts, samples: [{ labels: {}, value }] };
}

/** What a histogram shows of one set of labels: all of it as it was at one moment. */
export function bucketSamples(labels: Sample["labels"], { upTo, sum, count }: Buckets): readonly Sample[] {
  return [
    ...upTo.map(([le, value]) => ({ labels: { ...labels, le: String(le) }, value, suffix: "_bucket" }) as const),
    { labels: { ...labels, le: "+Inf" }, value: count, suffix: "_bucket" },
    { labels, value: sum, suffix: "_sum" },
    { labels, value: count, suffix: "_count" },
  ];
}
