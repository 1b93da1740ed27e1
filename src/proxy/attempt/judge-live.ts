// The verdict on what went on after its commit: a live answer, or a session.
import type { Balancer } from "../../balancer/balancer.ts";
import type { Attempt, Change } from "../../balancer/contract.ts";
import { classify } from "../../upstream/classify.ts";
import type { Outcome } from "../../upstream/outcome.ts";
import type { Provider } from "../../upstream/provider.ts";
import type { Timing } from "../timing.ts";
import { noteVerdict, type Trace } from "../trace.ts";
import { noteText } from "./upstream-text.ts";

interface JudgeDeps {
  readonly balancer: Balancer;
  readonly timing: Pick<Timing, "now">;
  readonly redact: (text: string) => string;
  readonly onChanges: (changes: readonly Change[]) => void;
}

interface LivePlace {
  readonly provider: Provider;
  readonly attempt: Attempt;
  readonly trace: Trace;
  /** What the provider said that is an error. */
  readonly said: Uint8Array | undefined;
}

/** Lets health take note of the outcome, and the record of the attempt. */
export function judgeLive(outcome: Outcome, { provider, attempt, trace, said }: LivePlace, deps: JudgeDeps): void {
  const { balancer, timing, redact, onChanges } = deps;
  const { dialect, config } = provider;
  const now = timing.now();
  const verdict = classify(outcome, { dialect, clientSentOrganization: false, rules: config.rules, now, redact });
  onChanges(balancer.judge(attempt, verdict, now));
  const record = trace.attempts.at(-1);
  if (record === undefined) return;
  noteVerdict(record, verdict, now);
  noteText(record, said, redact);
}
