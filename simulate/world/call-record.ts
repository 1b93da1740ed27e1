// One upstream call of a run, as the simulated provider saw it.
import type { Arrival } from "../arrivals.ts";
import type { PlannedKey } from "../key-plan.ts";
import type { Refusal } from "../upstream/upstream-provider.ts";

export interface CallRecord {
  readonly provider: string;
  readonly key: PlannedKey;
  readonly arrival: Arrival;
  readonly at: number;
  /** When it was over. */
  endedAt: number;
  /** Undefined: it was let in. */
  readonly refusal: Refusal | undefined;
  /** The status of the answer, or `refused` or `hang`. */
  readonly status: string;
  /** The body of an error. */
  readonly detail: string;
}

/** How a request ended for its client. `code`: ours or the status. `queuedMs`: its time outside of upstream calls. */
export interface Ending {
  readonly isServed: boolean;
  readonly at: number;
  readonly code: string;
  readonly queuedMs: number;
}
