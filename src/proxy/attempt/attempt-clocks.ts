// The times of one attempt, out of those that are configured.
import type { TimeoutsConfig } from "../../config/config.ts";
import type { AttemptClocks } from "./attempt-result.ts";

/** `commitAt`: when the whole request must have been answered. */
export function clocksOf(
  times: TimeoutsConfig,
  own: Pick<AttemptClocks, "commitAt" | "mayRetryElsewhere">,
): AttemptClocks {
  return {
    ...own,
    firstByteMs: times.firstByteMs,
    responseMs: times.responseMs,
    responseRetryMs: times.responseRetryMs,
    idleMs: times.streamIdleMs,
  };
}
