// What roll-ups come to: sums of counts by value, and along time.
import type { Database } from "bun:sqlite";
import { type BucketRange, HOUR_MS } from "../../records/period-span.ts";
import type { Dimension, UsageCounts } from "../../records/usage-report.ts";
import type { PointSum, UsageSum, ValueSum } from "../../records/usage-sum.ts";
import { COUNTERS, DURATION_CLASSES, FIRST_BYTE_CLASSES } from "./tables.ts";

/** `value`: only of this one; of keys the name does too. */
export interface SumsQuestion extends BucketRange {
  readonly by: Dimension | "total";
  readonly value: string | undefined;
}

/** A point has what begins within its `pointMs` after `origin`. */
export interface PointsQuestion extends SumsQuestion {
  readonly origin: number;
  readonly pointMs: number;
}

/** `from`: where counting begins; `hoursFrom`: from where on whole hours are counted, minutes before that. */
export interface CountedSpan {
  readonly from: number;
  readonly hoursFrom: number;
}

type Counters = Record<(typeof COUNTERS)[number], number>;
type SumRow = Counters & Record<string, number>;
type Values = Record<string, string | number>;

const SUMS = [...COUNTERS, ...DURATION_CLASSES, ...FIRST_BYTE_CLASSES]
  .map((name) => `sum(${name}) AS ${name}`)
  .join(", ");

/**
 * Where hours begin is asked of the rows: that depends on the zone of whoever counted. Where there is none, nothing is
 * lost by beginning at `start` itself.
 */
export function spanOf(database: Database, { start, isToTheMinute }: SpanQuestion): CountedSpan {
  const hours = "FROM roll_ups WHERE width = ?1 AND dimension = 'total' AND bucket";
  const bucketOf = (sql: string): number | null =>
    database.query<{ bucket: number | null }, [number, number]>(sql).get(HOUR_MS, start)?.bucket ?? null;
  if (isToTheMinute) {
    const next = bucketOf(`SELECT min(bucket) AS bucket ${hours} >= ?2`);
    return { from: start, hoursFrom: next ?? Number.MAX_SAFE_INTEGER };
  }
  const own = bucketOf(`SELECT max(bucket) AS bucket ${hours} <= ?2`);
  const from = own !== null && own > start - HOUR_MS ? own : start;
  return { from, hoursFrom: from };
}

export interface SpanQuestion {
  readonly start: number;
  readonly isToTheMinute: boolean;
}

/** One row for each value. */
export function sumsOf(database: Database, question: SumsQuestion): readonly ValueSum[] {
  // SQLite takes a bare column of the row that has the maximum: the label is the latest.
  const sql = `SELECT value, label, max(bucket) AS bucket, ${SUMS} ${rowsOf(question)} GROUP BY value`;
  const rows = database.query<SumRow & LabelRow, Values>(sql).all(valuesOf(question));
  return rows.map((row) => ({ ...sumOf(row), value: row.value, label: row.label ?? undefined, bucket: row.bucket }));
}

/** One row for each point that has anything. */
export function pointsOf(database: Database, question: PointsQuestion): readonly PointSum[] {
  const sql = `SELECT (bucket - $origin) / $pointMs AS point, ${SUMS} ${rowsOf(question)} GROUP BY point`;
  const { origin, pointMs } = question;
  const values = { ...valuesOf(question), $origin: origin, $pointMs: pointMs };
  const rows = database.query<SumRow & { readonly point: number }, Values>(sql).all(values);
  return rows.map((row) => ({ ...sumOf(row), point: row.point }));
}

interface LabelRow {
  readonly value: string;
  readonly label: string | null;
  readonly bucket: number;
}

function rowsOf({ value }: SumsQuestion): string {
  const only = value === undefined ? "" : "AND (value = $value OR label = $value)";
  return `FROM roll_ups WHERE width = $width AND dimension = $by AND bucket >= $from AND bucket < $to ${only}`;
}

function valuesOf({ by, value, widthMs, from, to }: SumsQuestion): Values {
  return { $width: widthMs, $by: by, $from: from, $to: to, ...(value !== undefined && { $value: value }) };
}

function sumOf(row: SumRow): UsageSum {
  const counts: UsageCounts = {
    requests: row.requests,
    served: row.served,
    refused: row.refused,
    failed: row.failed,
    left: row.gone,
    attempts: row.attempts,
    failedAttempts: row.failed_attempts,
    promptTokens: row.prompt_tokens,
    completionTokens: row.completion_tokens,
    cachedTokens: row.cached_tokens,
    reasoningTokens: row.reasoning_tokens,
    costNanos: row.cost_nanos,
    unpriced: row.unpriced,
    bytesIn: row.bytes_in,
    bytesOut: row.bytes_out,
  };
  return {
    counts,
    duration: DURATION_CLASSES.map((name) => row[name] ?? 0),
    firstByte: FIRST_BYTE_CLASSES.map((name) => row[name] ?? 0),
  };
}
