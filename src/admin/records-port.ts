// What the operations on request records act on.

import type { RequestDetail, RequestRecord } from "../records/record.ts";
import type { RecordFilter, RecordQuestion, ValuesQuestion } from "../records/record-filter.ts";
import type { AttentionReport, PeriodName, UsageQuestion, UsageReport } from "../records/usage-report.ts";

/** Every question is answered in a thread. @throws UserError where there is no database that could be read. */
export interface RecordsPort {
  status(): RecordsStatus;
  list(question: RecordQuestion, signal: AbortSignal): Promise<RecordPage>;
  /** The place of the newest record there is; 0 where there is none. */
  newest(signal: AbortSignal): Promise<number>;
  /** How many match, as far as can be counted in a moment. */
  count(filter: RecordFilter, signal: AbortSignal): Promise<RecordCount>;
  detail(which: DetailQuestion, signal: AbortSignal): Promise<RequestDetail | undefined>;
  /** What comes after `seq`, in its order, until the caller leaves; undefined: what comes from now on. */
  follow(filter: RecordFilter, after: number | undefined, signal: AbortSignal): AsyncIterable<RequestRecord>;
  /** All that match, oldest first, with their attempts. */
  export(filter: RecordFilter, signal: AbortSignal): AsyncIterable<RequestDetail>;
  /** How many are gone; a filter that is empty takes everything. Roll-ups stay. */
  remove(which: RemoveQuestion, signal: AbortSignal): Promise<number>;
  usage(question: UsageQuestion, signal: AbortSignal): Promise<UsageReport>;
  attention(question: AttentionQuestion, signal: AbortSignal): Promise<AttentionReport>;
  /** Most used first. */
  values(question: ValuesQuestion, signal: AbortSignal): Promise<readonly string[]>;
}

export interface RecordsStatus {
  /** `requests.enabled`. */
  readonly isOn: boolean;
  /** Why nothing is written at present. */
  readonly fault: string | undefined;
  /** Records that were lost since the start, since they could not be written. */
  readonly dropped: number;
  /** Successes that were not recorded since the start, above `requests.max_rate`. */
  readonly sampledOut: number;
  /** What waits to be written. */
  readonly pending: number;
  /** When a batch was written last. */
  readonly writtenAt: number | undefined;
  /** What happened to the file, where it was damaged or gone since the start, so that another one was begun. */
  readonly begunAnew?: string | undefined;
}

/** `next`: goes on there; undefined at the end. `previous`: goes back from its begin; undefined where it begins. */
export interface RecordPage {
  readonly records: readonly RequestRecord[];
  readonly next: string | undefined;
  readonly previous: string | undefined;
}

/** `isAll`: false where there may be more, as counting took too long. */
export interface RecordCount {
  readonly count: number;
  readonly isAll: boolean;
}

/** `key` (id or name) and `at`: the request in which that key failed last at or before that time. */
export type DetailQuestion = { readonly id: string } | { readonly key: string; readonly at: number };

export type RemoveQuestion = { readonly ids: readonly string[] } | { readonly filter: RecordFilter };

export interface AttentionQuestion {
  readonly period: PeriodName;
  readonly zone: string;
  readonly status?: string | undefined;
  readonly provider?: string | undefined;
  readonly limit: number;
}
