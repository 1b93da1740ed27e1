// Completes the record of a request once nothing more happens to it.
import type { BufferPool } from "./body/buffer-pool.ts";
import { settleBody } from "./body/recorded-body.ts";
import type { Trace } from "./trace.ts";

export interface TraceEnd {
  /** Wall-clock milliseconds. */
  readonly now: number;
  /** The daemon ends, and cuts off who is left. */
  readonly isEnding: boolean;
  readonly bodies: BufferPool;
}

/** Whom the end of the daemon cuts off did not leave. */
const CUT_SHORT = { end: "interrupted", errorCode: "shutting_down" } as const;

/** Called once, before the record is handed over. */
export function finishTrace(trace: Trace, { now, isEnding, bodies }: TraceEnd): void {
  trace.endedAt = now;
  // What is not live is handed over at its end, as one piece.
  if (trace.status !== undefined) trace.committedAt ??= now;
  if (isEnding && trace.end === "client_gone") Object.assign(trace, CUT_SHORT);
  noteServer(trace);
  settleBody(trace, bodies);
}

/** Who served it, or was tried last. */
function noteServer(trace: Trace): void {
  const last = trace.attempts.at(-1);
  if (last === undefined) return;
  trace.provider = last.provider;
  trace.keyId = last.keyId;
  trace.keyName = last.keyName;
  trace.upstreamModel ??= last.model;
}
