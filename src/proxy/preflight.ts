// What a browser asks on its own before the request of a page: logged, but no request of a client, and counted as none.
import type { Trace } from "./trace.ts";

const OPERATION = "preflight";

/** Notes how it was answered. */
export function notePreflight(trace: Trace, { status }: Pick<Response, "status">): void {
  trace.operation = OPERATION;
  trace.status = status;
}

export function isPreflight({ operation }: Pick<Trace, "operation">): boolean {
  return operation === OPERATION;
}
