// Which keys failed, how often and how.
import type { Database } from "bun:sqlite";
import type { KeyFaults } from "../../records/key-faults.ts";
import type { BucketRange } from "../../records/period-span.ts";
import { parseStatusPattern } from "../log-filter.ts";

export interface AttentionStep extends BucketRange {
  readonly status: string | undefined;
  readonly provider: string | undefined;
}

interface FaultRow {
  readonly key_id: string;
  readonly key_name: string;
  readonly provider: string;
  readonly status: number;
  readonly outcome: string;
  readonly failures: number;
  readonly last_at: number;
}

type Values = Record<string, string | number>;

/** The failures of a part of the time, and all attempts of every key in it. */
export function attentionOf(database: Database, question: AttentionStep): KeyFaults {
  const { widthMs, from, to, status, provider } = question;
  const range = status === undefined ? undefined : (parseStatusPattern(status) ?? { from: 1, to: 0 });
  const span = { $width: widthMs, $from: from, $to: to };
  const values = {
    ...span,
    ...(range && { $statusFrom: range.from, $statusTo: range.to }),
    ...(provider !== undefined && { $provider: provider }),
  };
  const only = `${range ? "AND status BETWEEN $statusFrom AND $statusTo" : ""} ${provider === undefined ? "" : "AND provider = $provider"}`;
  const faults = database.query<FaultRow, Values>(
    `SELECT key_id, key_name, provider, status, outcome, sum(failures) AS failures, max(last_at) AS last_at
    FROM key_faults WHERE width = $width AND bucket >= $from AND bucket < $to ${only} GROUP BY key_id, status, outcome`,
  );
  const attempts = database.query<{ value: string; attempts: number }, Values>(
    `SELECT value, sum(attempts) AS attempts FROM roll_ups
    WHERE width = $width AND dimension = 'key' AND bucket >= $from AND bucket < $to GROUP BY value`,
  );
  return {
    faults: faults.all(values).map((row) => ({
      keyId: row.key_id,
      keyName: row.key_name,
      provider: row.provider,
      // Zero stands for none: it is a part of the key of the table.
      status: row.status === 0 ? undefined : row.status,
      outcome: row.outcome,
      failures: row.failures,
      lastAt: row.last_at,
    })),
    attempts: attempts.all(span).map(({ value, attempts: count }) => ({ keyId: value, attempts: count })),
  };
}
