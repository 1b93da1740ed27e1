// What each side of a session is told when the other one ends it.
import { CLOSE, type CloseReason, maySendCode } from "../../upstream/websocket/close-codes.ts";
import type { SocketEnd } from "../../upstream/websocket/upstream-socket.ts";

/** Closes that say the provider failed; others are the client's, or nobody's. */
const FAILED_CODES: ReadonlySet<number> = new Set([
  CLOSE.internalError,
  CLOSE.serviceRestart,
  CLOSE.tryAgainLater,
  1014,
]);

/** What the client is told of the provider's end. `mask` hides the credential that a reason may quote. */
export function closeForClient(end: SocketEnd, mask: (text: string) => string): CloseReason {
  switch (end.kind) {
    case "closed":
      return { code: end.code, reason: mask(end.reason) };
    case "cut":
      return end.code === CLOSE.tooBig
        ? { code: CLOSE.tooBig, reason: "The provider sent a message that is too large" }
        : { code: CLOSE.internalError, reason: "upstream_stream_interrupted" };
    default:
      return { code: CLOSE.internalError, reason: "upstream_stream_interrupted" };
  }
}

/** What the provider is told of the client's end: a client that was lost went away. */
export function closeForProvider({ code, reason }: CloseReason): CloseReason {
  if (code === CLOSE.noStatus || maySendCode(code)) return { code, reason };
  return { code: CLOSE.goingAway, reason: "" };
}

/** Why the provider's end counts as a failure; undefined where it does not. */
export function failureIn(end: SocketEnd): string | undefined {
  switch (end.kind) {
    case "closed":
      return FAILED_CODES.has(end.code) ? `CLOSED_${end.code}` : undefined;
    case "aborted":
      return undefined;
    case "refused":
      return `HTTP_${end.status}`;
    default:
      return end.cause;
  }
}
