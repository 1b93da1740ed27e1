// What the thread of the database is asked to do, and what it answers.
import type { OwnerChanges } from "./owner-table.ts";
import type { RecordBatch } from "./records/record-batch.ts";
import type { RemovalStep } from "./records/removal.ts";
import type { RetentionStep } from "./records/retention.ts";

/** `path`: of the database; it is opened with the first job, and after a fault with the next one. */
export type DatabaseJob =
  | { readonly kind: "owners"; readonly path: string; readonly changes: OwnerChanges }
  | { readonly kind: "expire"; readonly path: string; readonly now: number }
  /** Answers with a `WrittenRecords`. */
  | { readonly kind: "records"; readonly path: string; readonly batch: RecordBatch }
  /** Answers with a `RetentionAnswer`. */
  | { readonly kind: "retain"; readonly path: string; readonly step: RetentionStep }
  /** Answers with a `RemovalAnswer`. */
  | { readonly kind: "remove"; readonly path: string; readonly step: RemovalStep }
  /** The last one: everything is in the file itself afterwards. */
  | { readonly kind: "close" };

export interface NumberedJob {
  readonly number: number;
  readonly job: DatabaseJob;
}

/**
 * `fault`: why the job could not be done, in words. `result`: as its job says. `begunAnew`: the file was damaged, or is
 * gone, and what was in it is not in the one that is written now; a sentence without its final period. Jobs are answered
 * in their order.
 */
export interface JobAnswer {
  readonly number: number;
  readonly fault: string | undefined;
  readonly result?: unknown;
  readonly begunAnew?: string | undefined;
}
