// Finds comments in YAML, and what in them looks like a credential that was commented out.
import type { Span } from "../../core/secret-search.ts";
import { hasSecretRun } from "../name-for-message.ts";

/** What may end a name of a field that holds a credential. */
const NAME = String.raw`[\w-]*(?:key|token|secret|passw(?:or)?d|authorization|cookie)`;
/** A field at the end of a line or between braces. */
const FIELD = new RegExp(
  String.raw`(?<=(?:^#+|[\s{,])["']?${NAME}["']?:[ \t]+)(?:"[^"\n]+"|'[^'\n]+'|[^\s"',#{}[\]&*]+)(?=[ \t]*(?:$|[,}#]))`,
  "gi",
);
const WORD = /[\w.~+/=-]+/g;

/** `written`: what is no comment, in order. */
export function commentsIn(text: string, written: readonly Span[]): readonly Span[] {
  const comments: Span[] = [];
  let from = 0;
  for (const { start, end } of [...written, { start: text.length, end: text.length }]) {
    if (start < from) continue;
    for (const { 0: found, index } of text.slice(from, start).matchAll(/(?<=^|[ \t])#[^\n]*/gm)) {
      comments.push({ start: from + index, end: from + index + found.length });
    }
    from = end;
  }
  return comments;
}

/** Values of fields whose names speak of a credential, and words with a long run of letters and digits. */
export function secretsInComment(text: string, comment: Span): readonly Span[] {
  const line = text.slice(comment.start, comment.end);
  const fields = [...line.matchAll(FIELD)].filter(([value]) => !value.includes("${"));
  const words = [...line.matchAll(WORD)].filter(([word]) => hasSecretRun(word));
  return [...fields, ...words].map(({ 0: { length }, index }) => ({
    start: comment.start + index,
    end: comment.start + index + length,
  }));
}
