// What the result of an attempt is to classification.
import type { Outcome } from "../../upstream/outcome.ts";
import { successOf } from "../answer/answer-head.ts";
import type { AttemptResult, LivePart } from "./attempt-result.ts";

/** The outcome of an attempt at its commit, or at its failure. */
export function outcomeOf(result: AttemptResult<LivePart>): Outcome {
  switch (result.kind) {
    case "failed":
      return result.outcome;
    case "whole":
      return successOf(result.head, true);
    case "live":
      return successOf(result.answer.head, false);
    default:
      return result satisfies never;
  }
}
