// How a request counts: served, refused, failed or left, and which attempts failed.
import type { OutcomeCode } from "../core/verdict.ts";
import type { RecordEnd } from "./record.ts";

/** As far as it is known how a request ended. `outcome`: of its last attempt. */
export interface Ended {
  readonly status: number | undefined;
  readonly end: RecordEnd;
  readonly outcome: OutcomeCode | undefined;
}

/** What speaks against neither key nor provider. */
const BLAMELESS: ReadonlySet<OutcomeCode | undefined> = new Set([
  undefined,
  "ok",
  "client_error",
  "client_gone",
  "too_big",
]);
const SERVER_ERROR = 500;
const CLIENT_ERROR = 400;

/** Whether an attempt failed for its key or its provider. */
export function isFailedAttempt(outcome: OutcomeCode | undefined): boolean {
  return !BLAMELESS.has(outcome);
}

/** Exactly one of them. A session has the status of its upgrade, whatever came later. */
export function endingOf({ status, end, outcome }: Ended): "served" | "refused" | "failed" | "gone" {
  if (end === "client_gone") return "gone";
  if (end === "interrupted" || status === undefined || status >= SERVER_ERROR) return "failed";
  if (status >= CLIENT_ERROR) return "refused";
  return end === "error" && isFailedAttempt(outcome) ? "failed" : "served";
}

/** See `RequestRecord.isFailure`. */
export function isFailure(ended: Ended): boolean {
  const ending = endingOf(ended);
  return ending === "failed" || (ending === "refused" && isFailedAttempt(ended.outcome));
}
