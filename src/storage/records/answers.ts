// What the thread that reads request records can be asked.
import type { Database } from "bun:sqlite";
import { attentionOf } from "./attention.ts";
import { detailOf, detailsOf } from "./detail.ts";
import { newestSeq } from "./newest.ts";
import { countOf, pageOf, recordsAt, standingsOf } from "./page.ts";
import { recentValues } from "./recent-values.ts";
import { pointsOf, spanOf, sumsOf } from "./roll-ups.ts";

/** Each is done within some 20 ms, so that many can ask side by side and everybody can leave. */
export const ANSWERS = {
  page: pageOf,
  standings: standingsOf,
  records: recordsAt,
  count: countOf,
  detail: detailOf,
  details: detailsOf,
  newest: newestSeq,
  span: spanOf,
  sums: sumsOf,
  points: pointsOf,
  attention: attentionOf,
  values: recentValues,
} satisfies Readonly<Record<string, (database: Database, question: never) => unknown>>;

export type QuestionName = keyof typeof ANSWERS;
export type QuestionOf<Name extends QuestionName> = Parameters<(typeof ANSWERS)[Name]>[1];
export type AnswerTo<Name extends QuestionName> = ReturnType<(typeof ANSWERS)[Name]>;
