// What has come of requests since the start, as a few sums that only grow.
import type { LiveFigures } from "../../admin/live-port.ts";
import type { Trace } from "../../proxy/trace.ts";
import { endingOf } from "../../records/ending.ts";
import { tokenCount } from "../records/record-row.ts";

export type Totals = Omit<LiveFigures, "inFlight" | "waiting">;

const NAMES = { served: "served", refused: "refused", failed: "failed", gone: "left" } as const;

/** Counts whether or not anybody looks: what was before cannot be told later. */
export class RequestTotals {
  readonly #sums = {
    served: 0,
    refused: 0,
    failed: 0,
    left: 0,
    attempts: 0,
    promptTokens: 0,
    completionTokens: 0,
  };

  note(traces: readonly Trace[]): void {
    const sums = this.#sums;
    for (const { status, end, attempts, usage } of traces) {
      sums[NAMES[endingOf({ status, end, outcome: attempts.at(-1)?.outcome })]] += 1;
      sums.attempts += attempts.length;
      sums.promptTokens += tokenCount(usage?.promptTokens) ?? 0;
      sums.completionTokens += tokenCount(usage?.completionTokens) ?? 0;
    }
  }

  get sums(): Totals {
    return { ...this.#sums };
  }
}
