// Reads the beginning of an upstream answer until it can be committed, judged or given up.
import type { Usage } from "../../core/usage.ts";
import type { Outcome } from "../../upstream/outcome.ts";
import type { WholeAnswer } from "../attempt/attempt-result.ts";
import type { AnswerHead } from "./answer-head.ts";
import type { BodyPipe } from "./body-pipe.ts";

/**
 * What follows from the bytes so far. `hold`: nothing yet, and if nothing else comes a commit at `until`. `commit`: what
 * is held goes to the client, and what follows as it comes.
 */
export type ReadStep =
  | { readonly kind: "hold"; readonly until: number | undefined }
  | { readonly kind: "commit" }
  | {
      readonly kind: "failed";
      readonly outcome: Outcome;
      readonly answer: WholeAnswer | undefined;
      /** See `AttemptResult`. */
      readonly said?: Uint8Array | undefined;
    }
  | {
      readonly kind: "whole";
      readonly head: AnswerHead;
      readonly answer: WholeAnswer;
      readonly usage: Usage | undefined;
    };

/** A reducer over the bytes of one answer before commit; `now`: wall-clock milliseconds. */
export interface AnswerReader {
  push(bytes: Uint8Array, now: number): ReadStep;
  /** The exchange is complete. Called once, and last; after a commit here nothing follows. */
  end(now: number): ReadStep;
  /** What stands between upstream and client after a commit. */
  readonly pipe: BodyPipe;
  /** Gives out what is held, once, after a commit. */
  take(): Uint8Array[];
}

/** The step of a reader that waits for more bytes, however long they take. */
export const HOLD: ReadStep = { kind: "hold", until: undefined };
export const COMMIT: ReadStep = { kind: "commit" };

/** One piece of memory; a single chunk is not copied. */
export function joined(chunks: readonly Uint8Array[]): Uint8Array {
  const [first] = chunks;
  return chunks.length === 1 && first !== undefined ? first : Buffer.concat(chunks);
}
