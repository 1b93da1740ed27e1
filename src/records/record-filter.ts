// Which records a question is about.
import type { RecordEnd } from "./record.ts";
import type { Dimension } from "./usage-report.ts";

/** All that is given must match; a record without the field that is asked for does not. */
export interface RecordFilter {
  /** Only failures (`RequestRecord.isFailure`), and requests that were answered with 400 or more. */
  readonly errors?: boolean | undefined;
  /** Wall-clock milliseconds of the end: at this time or later. */
  readonly sinceMs?: number | undefined;
  /** Before this time. */
  readonly untilMs?: number | undefined;
  /** Behind the record at this place. */
  readonly afterSeq?: number | undefined;
  /** `429` or `4xx`. */
  readonly status?: string | undefined;
  /** It, or one of its attempts, was sent to this provider. */
  readonly provider?: string | undefined;
  /** It, or one of its attempts, had the key with this id or name. */
  readonly key?: string | undefined;
  /** As the client named it, or as the provider does. */
  readonly model?: string | undefined;
  /** The name of the client token. */
  readonly token?: string | undefined;
  readonly operation?: string | undefined;
  /** The id of the request, or the id of a trace. */
  readonly id?: string | undefined;
  readonly end?: RecordEnd | undefined;
  /** An attempt of it ended so, or this is the error code of the answer that was made here. */
  readonly outcome?: string | undefined;
  /** It took as many milliseconds, or more. */
  readonly minMs?: number | undefined;
  /** It took as many attempts, or more. */
  readonly minAttempts?: number | undefined;
  /** Its ids and names, or what a provider said, have this text in them; capital or small, as far as ASCII goes. */
  readonly text?: string | undefined;
}

/** Which names of a dimension of roll-ups were counted at `from` or later; `text`: only those that have it in them. */
export interface ValuesQuestion {
  readonly dimension: Dimension;
  /** Wall-clock milliseconds. */
  readonly from: number;
  readonly text: string;
  readonly limit: number;
}

export type RecordSort = "time" | "duration" | "tokens" | "cost";

/** `cursor`: where an earlier page said that it goes on. */
export interface RecordQuestion extends RecordFilter {
  readonly sort: RecordSort;
  /** `desc`: newest, longest, most first. */
  readonly order: "asc" | "desc";
  readonly limit: number;
  readonly cursor?: string | undefined;
}
