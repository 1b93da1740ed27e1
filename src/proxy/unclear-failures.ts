// Failures that look like the request's own fault, until another candidate serves the very same request.
import type { Attempt } from "../balancer/contract.ts";
import type { Verdict } from "../core/verdict.ts";

interface Failure {
  readonly attempt: Attempt;
  readonly verdict: Verdict;
}

export class UnclearFailures {
  readonly #failures: Failure[] = [];

  /** Keeps a failed attempt that is unclear. */
  note(attempt: Attempt, verdict: Verdict): void {
    if (verdict.outcome === "bad_answer" && verdict.blame === "none") this.#failures.push({ attempt, verdict });
  }

  /** What they are after a success elsewhere: the key's, and as bad as a server error. */
  get blamed(): readonly Failure[] {
    return this.#failures.map(({ attempt, verdict }) => {
      return { attempt, verdict: { ...verdict, effect: { kind: "server-error" } } };
    });
  }
}
