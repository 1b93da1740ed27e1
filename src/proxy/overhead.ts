// How much of a request's time was ours.
import type { Trace } from "./trace.ts";

type Times = Pick<Trace, "receivedAt" | "committedAt" | "endedAt" | "attempts" | "waitedMs" | "backoffMs" | "bodyMs">;

/**
 * Milliseconds until the answer began (without one: until the end) that passed neither in attempts nor in waiting: for the
 * client's body, for a key, or before a further attempt. What relaying costs afterwards is not in it. At least 0, as the
 * clock may be set back.
 */
export function overheadMs(times: Times, until = times.committedAt ?? times.endedAt): number {
  const { receivedAt, attempts, waitedMs, backoffMs, bodyMs } = times;
  let spent = waitedMs + backoffMs + bodyMs;
  for (const attempt of attempts) spent += Math.max(0, Math.min(attempt.endedAt, until) - attempt.startedAt);
  return Math.max(0, until - receivedAt - spent);
}
