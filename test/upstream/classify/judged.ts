// Runs one row of the verdict table over a list of answers.
import { describe, expect, test } from "bun:test";
import type { DialectName } from "../../../src/config/config.ts";
import type { Verdict } from "../../../src/core/verdict.ts";
import { classify } from "../../../src/upstream/classify.ts";
import type { Outcome } from "../../../src/upstream/outcome.ts";
import { factsOf } from "./fake-answer.ts";

/** A verdict without its words and numbers. */
export type Judged = Pick<Verdict, "blame" | "outcome" | "next" | "last"> & {
  readonly effect: Verdict["effect"]["kind"];
};

/** What an answer of that dialect's provider leads to. */
export function judged(dialect: DialectName, outcome: Outcome, clientSentOrganization = false): Judged {
  const { blame, effect, outcome: code, next, last } = classify(outcome, factsOf(dialect, clientSentOrganization));
  return { blame, effect: effect.kind, outcome: code, next, last };
}

/** One test for each answer: all lead to the same verdict. */
export function row(
  title: string,
  expected: Judged,
  cases: readonly (readonly [name: string, dialect: DialectName, outcome: Outcome])[],
): void {
  describe(title, () => {
    for (const [name, dialect, outcome] of cases) {
      test(name, () => {
        expect(judged(dialect, outcome)).toEqual(expected);
      });
    }
  });
}
