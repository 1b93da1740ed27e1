// What follows of a try to deliver a message: it is done, it is tried again, or it is given up.

/** How a try ended: with an answer, or without one. `fault`: its code. */
export type TryEnd =
  | { readonly status: number; readonly retryAfterMs?: number | undefined }
  | { readonly status?: undefined; readonly fault: string };

/** `refused`: no further try would be taken. `gone`: and neither would any other message. `late`: it is too old. */
export type Next =
  | { readonly kind: "done" | "refused" | "gone" | "late" }
  | { readonly kind: "again"; readonly inMs: number };

/** What is known of a message that was just tried. */
export interface Trying {
  /** This one included. */
  readonly tries: number;
  /** Since it was made. */
  readonly ageMs: number;
  /** Uniform in [0, 1). */
  readonly random: number;
}

const FIRST_WAIT_MS = 1_000;
const MAX_WAIT_MS = 120_000;
/** An alert that is older says what nobody can do anything about any more. */
export const MAX_AGE_MS = 3_600_000;

/** RFC 9110, 15.5.11. */
const GONE = 410;
/** Request Timeout, Too Early, Too Many Requests: the same request may be taken later. */
const TRANSIENT: ReadonlySet<number> = new Set([408, 425, 429]);

/** A redirect is refused: whoever it leads to was not named by the operator. */
export function nextTry(end: TryEnd, { tries, ageMs, random }: Trying): Next {
  const { status } = end;
  if (status !== undefined) {
    if (status >= 200 && status < 300) return { kind: "done" };
    if (status === GONE) return { kind: "gone" };
    if (status < 500 && !TRANSIENT.has(status)) return { kind: "refused" };
  }
  const stated = end.status === undefined ? undefined : end.retryAfterMs;
  const backOff = Math.min(FIRST_WAIT_MS * 2 ** (tries - 1), MAX_WAIT_MS);
  // Half of it at random: receivers that come back are not met by all at once.
  const inMs = Math.round(Math.max(stated ?? 0, backOff / 2 + (backOff / 2) * random));
  return ageMs + inMs > MAX_AGE_MS ? { kind: "late" } : { kind: "again", inMs };
}
