// How far a test of many keys is, with as many of its results as somebody reads.
import type { OutputOf } from "../../admin/operation-table.ts";

export type TestResult = OutputOf<"test">;

export interface TestProgress {
  /** Undefined before the first result. */
  readonly total: number | undefined;
  readonly done: number;
  readonly succeeded: number;
  /** Failures before successes, the last ones first. */
  readonly results: readonly TestResult[];
  /** How many results are not among them. */
  readonly hidden: number;
}

export const NO_RESULTS: TestProgress = { total: undefined, done: 0, succeeded: 0, results: [], hidden: 0 };

const MOST_SHOWN = 200;

/** The progress with one more result; a failure is shown in the place of a success, if need be. */
export function withResult({ done, succeeded, results }: TestProgress, result: TestResult): TestProgress {
  const at = result.is_ok ? results.findIndex(({ is_ok }) => is_ok) : 0;
  const place = at < 0 ? results.length : at;
  const all = [...results.slice(0, place), result, ...results.slice(place)];
  return {
    total: result.total,
    done: done + 1,
    succeeded: succeeded + (result.is_ok ? 1 : 0),
    results: all.slice(0, MOST_SHOWN),
    hidden: done + 1 - Math.min(all.length, MOST_SHOWN),
  };
}
