// The end of an attempt: what it held is free for others.
import type { Balancer } from "../../balancer/balancer.ts";
import type { Attempt } from "../../balancer/contract.ts";
import type { Usage } from "../../core/usage.ts";
import type { Outcome } from "../../upstream/outcome.ts";
import type { Timing } from "../timing.ts";
import type { Waiting } from "../waiting/request-wait.ts";
import type { AttemptResult, LivePart } from "./attempt-result.ts";

export interface EndDeps {
  readonly balancer: Balancer;
  readonly timing: Timing;
  /** Where others may wait for what the attempt held. */
  readonly waiting?: Pick<Waiting, "queue"> | undefined;
}

/** `isSent`: false for what the provider never saw. */
export interface Spent {
  readonly usage: Usage | undefined;
  readonly isSent: boolean;
}

/** Settles what an attempt took of limits, gives its slot back, and gives that to who waits for it. Once for each attempt. */
export function endAttempt(attempt: Attempt, { usage, isSent }: Spent, { balancer, timing, waiting }: EndDeps): void {
  const now = timing.now();
  balancer.settle(attempt, usage, isSent, now);
  balancer.end(attempt, now);
  waiting?.queue.wake(now);
}

/** What an attempt spent until now; undefined: it did not even begin. */
export function spentBy(result: AttemptResult<LivePart> | undefined): Spent {
  switch (result?.kind) {
    case "whole":
      return { usage: result.usage, isSent: true };
    case "live":
      return { usage: result.answer.pipe.usage, isSent: true };
    default:
      return result === undefined ? { usage: undefined, isSent: false } : spentOn(result.outcome);
  }
}

/** What was turned away took no tokens: a client that asks for more than there is must not use up the limit of a day. */
function spentOn(outcome: Outcome): Spent {
  const isTurnedAway = outcome.kind === "answer" && outcome.status >= 400 && outcome.status < 500;
  return { usage: isTurnedAway ? { promptTokens: 0 } : undefined, isSent: outcome.kind !== "refused" };
}
