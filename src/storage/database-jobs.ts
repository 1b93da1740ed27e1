// What the thread of the database is asked to do, and what it answers.
import type { OwnerChanges } from "./owner-table.ts";

/** `path`: of the database; it is opened with the first job, and after a fault with the next one. */
export type DatabaseJob =
  | { readonly kind: "owners"; readonly path: string; readonly changes: OwnerChanges }
  | { readonly kind: "expire"; readonly path: string; readonly now: number }
  /** The last one: everything is in the file itself afterwards. */
  | { readonly kind: "close" };

export interface NumberedJob {
  readonly number: number;
  readonly job: DatabaseJob;
}

/** `fault`: why the job could not be done, in words. Jobs are answered in their order. */
export interface JobAnswer {
  readonly number: number;
  readonly fault: string | undefined;
}
