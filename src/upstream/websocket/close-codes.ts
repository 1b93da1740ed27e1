// The codes with which a WebSocket is closed, and which of them may be sent.

/** RFC 6455 section 7.4.1; the last two are of the IANA registry of WebSocket close codes. */
export const CLOSE = {
  normal: 1000,
  goingAway: 1001,
  protocolError: 1002,
  /** Never sent: the frame held no code. */
  noStatus: 1005,
  /** Never sent: there was no frame. */
  abnormal: 1006,
  invalidData: 1007,
  tooBig: 1009,
  internalError: 1011,
  serviceRestart: 1012,
  tryAgainLater: 1013,
} as const;

/** How one side closed, or is to close. `noStatus`: with a frame that holds no code. */
export interface CloseReason {
  readonly code: number;
  readonly reason: string;
}

const encoder = new TextEncoder();
/** A control frame has 125 bytes, two of them for the code (RFC 6455 section 5.5). */
const MAX_REASON_BYTES = 123;

/** Whether a close frame may hold this code: those of the registry but for the reserved ones, and 3000 to 4999. */
export function maySendCode(code: number): boolean {
  if (code >= 3000 && code <= 4999) return true;
  return code >= 1000 && code <= 1014 && code !== 1004 && code !== CLOSE.noStatus && code !== CLOSE.abnormal;
}

/** The reason, cut where it would not fit into its frame, never inside a character. */
export function fittingReason(reason: string): string {
  if (reason.length * 3 <= MAX_REASON_BYTES) return reason;
  const { read } = encoder.encodeInto(reason, new Uint8Array(MAX_REASON_BYTES));
  return reason.slice(0, read);
}
