// Failures that look like the request's own fault, until another candidate serves the very same request.
import type { Attempt } from "../../balancer/contract.ts";
import type { Effect, Verdict } from "../../core/verdict.ts";

interface Failure {
  readonly attempt: Attempt;
  readonly verdict: Verdict;
}

export class UnclearFailures {
  readonly #failures: Failure[] = [];

  /** Keeps a failed attempt that is unclear. */
  note(attempt: Attempt, verdict: Verdict): void {
    const isUnclear = verdict.outcome === "bad_answer" && verdict.blame === "none";
    if (isUnclear || isRefusal(verdict)) this.#failures.push({ attempt, verdict });
  }

  /** What they are after a success elsewhere: the key's. One of no known kind is as bad as a server error. */
  get blamed(): readonly Failure[] {
    return this.#failures.map(({ attempt, verdict }) => {
      const effect: Effect = isRefusal(verdict) ? { kind: "key-refused", proof: "given" } : { kind: "server-error" };
      return { attempt, verdict: { ...verdict, effect } };
    });
  }
}

function isRefusal({ effect }: Verdict): boolean {
  return effect.kind === "key-refused";
}
