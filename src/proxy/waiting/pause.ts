// Waits for a time that the client's leaving ends early.
import type { Schedule, Timing } from "../timing.ts";
import type { Trace } from "../trace.ts";

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

interface BackOff {
  readonly signal: AbortSignal;
  readonly timing: Pick<Timing, "now" | "schedule">;
  readonly trace: Pick<Trace, "backoffMs">;
}

/** The same before a further attempt; what it really took is noted. */
export async function backOff(delayMs: number, { signal, timing, trace }: BackOff): Promise<void> {
  const startedAt = timing.now();
  await pause(delayMs, signal, timing.schedule);
  trace.backoffMs += Math.max(0, timing.now() - startedAt);
}
