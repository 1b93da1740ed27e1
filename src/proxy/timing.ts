// The clock, the timer and the dice of the request path, passed in so that tests own them.

/** Starts a timer; the function that it returns stops it. */
export type Schedule = (delayMs: number, run: () => void) => () => void;

export interface Timing {
  /** Wall-clock milliseconds. */
  readonly now: () => number;
  readonly schedule: Schedule;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}
