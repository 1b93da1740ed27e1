// Waits for a time that the client's leaving ends early.
import type { Schedule } from "../timing.ts";

/** Resolves after `delayMs`, or as soon as the signal aborts; leaves no timer and no listener behind. */
export function pause(delayMs: number, signal: AbortSignal, schedule: Schedule): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const done = () => {
      stop();
      signal.removeEventListener("abort", done);
      resolve();
    };
    const stop = schedule(delayMs, done);
    signal.addEventListener("abort", done, { once: true });
  });
}
