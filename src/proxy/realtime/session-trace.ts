// What the record of a session says of its end.
import type { Trace } from "../trace.ts";
import type { SessionEnd } from "./live-socket.ts";

const ENDS = { closed: "ok", broken: "interrupted", "client-gone": "client_gone" } as const;

/** An end of our own making is an error: the client did not ask for it. `leftFor`: why it was closed without a provider. */
export function noteSessionEnd(trace: Trace, end: SessionEnd, leftFor: string | undefined): void {
  const code = end.kind === "broken" ? undefined : (end.code ?? leftFor);
  trace.end = code === undefined ? ENDS[end.kind] : "error";
  if (code !== undefined) trace.errorCode = code;
}
