// An attempt that failed, with what is needed to go on or to give up.
import type { Verdict } from "../../core/verdict.ts";
import type { Outcome } from "../../upstream/outcome.ts";
import type { Provider, UpstreamKey } from "../../upstream/provider.ts";
import type { WholeAnswer } from "./attempt-result.ts";

export interface FailedAttempt {
  readonly verdict: Verdict;
  readonly outcome: Outcome;
  readonly provider: Provider;
  readonly key: UpstreamKey;
  /** The complete upstream answer, where there was one. */
  readonly answer: WholeAnswer | undefined;
}
