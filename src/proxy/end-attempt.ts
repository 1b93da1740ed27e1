// The end of an attempt: what it held is free for others.
import type { Balancer } from "../balancer/balancer.ts";
import type { Attempt } from "../balancer/contract.ts";
import type { Waiting } from "./request-wait.ts";
import type { Timing } from "./timing.ts";

export interface EndDeps {
  readonly balancer: Balancer;
  readonly timing: Timing;
  /** Where others may wait for what the attempt held. */
  readonly waiting?: Pick<Waiting, "queue"> | undefined;
}

/** Gives back what an attempt held, and gives it to who waits for it. Once for each attempt. */
export function endAttempt(attempt: Attempt, { balancer, timing, waiting }: EndDeps): void {
  const now = timing.now();
  balancer.end(attempt, now);
  waiting?.queue.wake(now);
}
