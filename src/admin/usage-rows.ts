// What many requests came to, as the control API tells of it.
import { z } from "zod";
import type { Percentiles, UsageCounts, UsagePoint, UsageReport, UsageRow } from "../records/usage-report.ts";
import { amountOf } from "../tokens/budget-meter.ts";
import { isoTime, time } from "./iso-time.ts";
import { known } from "./record-rows.ts";

const percentiles = z.object({
  p50: z.number().optional().describe("Half of them took no longer; absent where nothing was measured."),
  p95: z.number().optional().describe("95 of 100 took no longer."),
  p99: z.number().optional().describe("99 of 100 took no longer."),
});

const PRICED = "What they cost, in the currency of `usage.prices`";

const usageRow = z.object({
  value: z
    .string()
    .optional()
    .describe("A provider's, model's or token's name, a key's id, a status; absent for all together."),
  name: z.string().optional().describe("The name of the key."),
  requests: z.int().describe("How many requests there were, exactly, whatever was sampled."),
  served: z.int().describe("Those that were answered below 400, to their end."),
  refused: z.int().describe("Those that were answered from 400 to 499."),
  failed: z.int().describe("Those that were answered with 500 or more, or whose answer broke off."),
  left: z.int().describe("Those whose client left."),
  attempts: z.int().describe("Calls of providers that they took."),
  failed_attempts: z.int().describe("Those of them that failed."),
  prompt_tokens: z.int().describe("Tokens of requests."),
  completion_tokens: z.int().describe("Tokens of answers."),
  cached_tokens: z.int().describe("Tokens of requests that providers had in their caches."),
  reasoning_tokens: z.int().describe("Tokens of answers that are reasoning."),
  cost: z.number().describe(`${PRICED}.`),
  unpriced: z.int().describe("Requests with tokens whose model has no price there: `cost` is without them."),
  bytes_in: z.int().describe("Bytes of requests."),
  bytes_out: z.int().describe("Bytes of answers."),
  duration_ms: percentiles.describe("How long requests took, estimated from classes whose ends are 1.6 times apart."),
  first_byte_ms: percentiles.describe("How long until the first byte of their answers, estimated in the same way."),
});

/** What all requests of a time came to. */
export const usageTotals = z.object({
  from: time.describe("Since when it is counted: for a minute the one before, for long periods the hour."),
  ...usageRow.omit({ value: true, name: true }).shape,
});

const usagePoint = z.object({
  at: time.describe("When it begins; the next one begins where it ends."),
  requests: z.int().describe("How many requests ended in it."),
  served: z.int().describe("As above."),
  refused: z.int().describe("As above."),
  failed: z.int().describe("As above."),
  prompt_tokens: z.int().describe("Tokens of requests."),
  completion_tokens: z.int().describe("Tokens of answers."),
  cost: z.number().describe(`${PRICED}.`),
  duration_p50: z.number().optional().describe("Milliseconds that half of them took at most."),
  duration_p95: z.number().optional().describe("Milliseconds that 95 of 100 took at most."),
  first_byte_p50: z.number().optional().describe("As `duration_p50`, to the first byte."),
  first_byte_p95: z.number().optional().describe("As `duration_p95`, to the first byte."),
});

export const usageReport = z.object({
  from: time.describe("Since when it is counted: for long periods the hour into which their beginning falls."),
  to: time.describe("Until when."),
  total: usageRow.describe("All together, or the `value` that was asked for."),
  groups: z.array(usageRow).describe("By what was asked for, most requests first; empty without `by`."),
  more: z.int().describe("How many groups are beyond the limit."),
  series: z.array(usagePoint).describe("For a chart: parts of the time of equal length, oldest first."),
});

export type UsageReportRow = z.output<typeof usageReport>;

export function toUsageReport({ from, to, total, groups, more, series }: UsageReport): UsageReportRow {
  return {
    from: isoTime(from),
    to: isoTime(to),
    total: toUsageRow(total),
    groups: groups.map(toUsageRow),
    more,
    series: series.map(toUsagePoint),
  };
}

export function toUsageTotals({ from, total }: UsageReport): z.output<typeof usageTotals> {
  return { from: isoTime(from), ...toUsageRow(total) };
}

function toUsageRow(row: UsageRow): z.output<typeof usageRow> {
  return {
    ...known({ value: row.value, name: row.label }),
    ...countsOf(row),
    duration_ms: percentilesOf(row.duration),
    first_byte_ms: percentilesOf(row.firstByte),
  };
}

function countsOf(counts: UsageCounts) {
  const { requests, served, refused, failed, left, attempts, unpriced } = counts;
  return {
    requests,
    served,
    refused,
    failed,
    left,
    attempts,
    failed_attempts: counts.failedAttempts,
    prompt_tokens: counts.promptTokens,
    completion_tokens: counts.completionTokens,
    cached_tokens: counts.cachedTokens,
    reasoning_tokens: counts.reasoningTokens,
    cost: amountOf(counts.costNanos),
    unpriced,
    bytes_in: counts.bytesIn,
    bytes_out: counts.bytesOut,
  };
}

function percentilesOf({ p50, p95, p99 }: Percentiles): z.output<typeof percentiles> {
  return known({ p50, p95, p99 });
}

function toUsagePoint(point: UsagePoint): z.output<typeof usagePoint> {
  const { requests, served, refused, failed } = point;
  return known({
    at: isoTime(point.at),
    requests,
    served,
    refused,
    failed,
    prompt_tokens: point.promptTokens,
    completion_tokens: point.completionTokens,
    cost: amountOf(point.costNanos),
    duration_p50: point.durationP50,
    duration_p95: point.durationP95,
    first_byte_p50: point.firstByteP50,
    first_byte_p95: point.firstByteP95,
  });
}
