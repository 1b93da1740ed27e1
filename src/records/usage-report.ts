// What many requests came to: counts, tokens, money and times of a period.

/** What a report is divided by. */
export const DIMENSIONS = ["provider", "key", "model", "token", "status"] as const;
export type Dimension = (typeof DIMENSIONS)[number];

export const PERIODS = ["1m", "1h", "8h", "24h", "7d", "30d", "month"] as const;
export type PeriodName = (typeof PERIODS)[number];

/** Counts are exact, whatever was sampled. */
export interface UsageCounts {
  readonly requests: number;
  /** Answered below 400, to their end. */
  readonly served: number;
  /** Answered from 400 to 499. */
  readonly refused: number;
  /** Answered with 500 or more, or broken off. */
  readonly failed: number;
  /** Whose client left. */
  readonly left: number;
  readonly attempts: number;
  readonly failedAttempts: number;
  readonly promptTokens: number;
  readonly completionTokens: number;
  readonly cachedTokens: number;
  readonly reasoningTokens: number;
  readonly costNanos: number;
  /** Requests with tokens for which no price is stated: what they cost is missing in `costNanos`. */
  readonly unpriced: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
}

/** Milliseconds; undefined where nothing was measured. Estimated from counts in classes (histogram.ts). */
export interface Percentiles {
  readonly p50: number | undefined;
  readonly p95: number | undefined;
  readonly p99: number | undefined;
}

/** One row of a report. `value`: a provider's, model's or token's name, a key's id, a status; undefined: all together. */
export interface UsageRow extends UsageCounts {
  readonly value: string | undefined;
  /** The name of a key. */
  readonly label: string | undefined;
  readonly duration: Percentiles;
  readonly firstByte: Percentiles;
}

/** One column of a chart. */
export interface UsagePoint {
  readonly at: number;
  readonly requests: number;
  readonly served: number;
  readonly refused: number;
  readonly failed: number;
  readonly promptTokens: number;
  readonly completionTokens: number;
  readonly costNanos: number;
  readonly durationP50: number | undefined;
  readonly durationP95: number | undefined;
  readonly firstByteP50: number | undefined;
  readonly firstByteP95: number | undefined;
}

/** `value`: only of this one; `zone`: an IANA name, in which a month begins. */
export interface UsageQuestion {
  readonly period: PeriodName;
  readonly zone: string;
  readonly by?: Dimension | undefined;
  readonly value?: string | undefined;
  readonly limit: number;
  /** False: nobody draws a chart. */
  readonly hasSeries?: false | undefined;
}

/** `from`, `to`: what was counted, as the first bucket that was counted begins. `more`: groups beyond the limit. */
export interface UsageReport {
  readonly from: number;
  readonly to: number;
  readonly total: UsageRow;
  readonly groups: readonly UsageRow[];
  readonly more: number;
  /** Of equal width each, oldest first, empty ones included. */
  readonly series: readonly UsagePoint[];
}

/** Keys by their failures; `from`, `to`: as in `UsageReport`. */
export interface AttentionReport {
  readonly from: number;
  readonly to: number;
  /** Most failures first. */
  readonly rows: readonly AttentionRow[];
}

/** The failures of one key by one status. */
export interface AttentionRow {
  readonly keyId: string;
  readonly keyName: string;
  readonly provider: string;
  /** Undefined where none came. */
  readonly status: number | undefined;
  readonly outcome: string;
  readonly failures: number;
  /** All attempts of the key in the period. */
  readonly attempts: number;
  readonly lastAt: number;
}
