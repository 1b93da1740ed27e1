// Takes out of the database what was kept long enough, a little at a time.
import type { JobResult } from "../../admin/jobs-port.ts";
import { count } from "../../config/describe-value.ts";
import type { Job } from "./job.ts";

export interface CleanUpDeps {
  /** False where there is no database, or this process may not write it. */
  readonly isThere: () => boolean;
  /** Removes records by their age; how many rows. @throws UserError. */
  readonly records: (signal: AbortSignal) => Promise<number>;
  /** Forgets objects that are over; why it cannot. */
  readonly owners: () => Promise<string | undefined>;
}

const INTERVAL_MS = 60 * 60_000;
/** A daemon that never runs for an hour must clean up too; at its very start there is more to do. */
const FIRST_MS = 60_000;

/** The job; the size of the database is bounded by whoever writes it, also while this is stopped. */
export function cleanUpJob({ isThere, records, owners }: CleanUpDeps): Job {
  return {
    name: "clean-up",
    about: "Removes records of requests that were kept long enough",
    firstMs: FIRST_MS,
    intervalMs: () => INTERVAL_MS,
    run: async ({ signal }) => {
      if (!isThere()) return resultOf(0);
      const fault = await owners();
      return { ...resultOf(await records(signal)), fault };
    },
  };
}

function resultOf(removed: number): JobResult {
  return { words: removed === 0 ? "nothing to remove" : `${count(removed, "row")} removed`, counts: { removed } };
}
