// What clients say of how long an answer may be.
import type { Random } from "./random.ts";

const STATED_SHARE = 0.5;
/** What clients state in the mean, in lengths of the answer. */
export const MEAN_STATED = STATED_SHARE * 1.5;

/** Half of them say once to twice the length that the answer will have; the others say nothing. */
export function drawStated(outputTokens: number, random: Random): number | undefined {
  return random() < STATED_SHARE ? Math.round(outputTokens * (1 + random())) : undefined;
}
