// What goes between the main thread and the one that reads request records.
import type { AnswerTo, QuestionName, QuestionOf } from "./answers.ts";

/** `path`: of the database. */
export type ReaderJob = {
  readonly [Name in QuestionName]: {
    readonly number: number;
    readonly path: string;
    readonly name: Name;
    readonly question: QuestionOf<Name>;
  };
}[QuestionName];

/** `nothing`: there is no database, or none with records yet. `fault`: why it cannot be read, in words. */
export type ReaderResult =
  | { readonly kind: "answer"; readonly answer: AnswerTo<QuestionName> }
  | { readonly kind: "nothing" }
  | { readonly kind: "fault"; readonly fault: string };

export interface NumberedResult {
  readonly number: number;
  readonly result: ReaderResult;
}
