// Finds comments in YAML, and what in them looks like a credential that was commented out.
import type { Span } from "../../core/secret-search.ts";
import { hasSecretRun } from "../name-for-message.ts";

/** What may end a name of a field that holds a credential. */
const NAME = String.raw`[\w-]*(?:key|token|secret|passw(?:or)?d|authorization|cookie)`;
/**
 * A field at the end of a line or between braces; the value is the group. It is found forwards: what looks back would go
 * through a long row of spaces again at each of them.
 */
const FIELD = new RegExp(
  String.raw`(?:^#+|[\s{,])["']?${NAME}["']?:[ \t]+("[^"\n]+"|'[^'\n]+'|[^\s"',#{}[\]&*]+)(?=[ \t]*(?:$|[,}#]))`,
  "dgi",
);
/** RFC 9562; some providers give out such ones as keys. */
const UUID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/i;
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

/** Values of fields whose names speak of a credential, words with a long run of letters and digits, and UUIDs. */
export function secretsInComment(text: string, comment: Span): readonly Span[] {
  const line = text.slice(comment.start, comment.end);
  const fields = line.matchAll(FIELD).flatMap(({ indices }) => placesOf(indices?.[1]));
  const values = fields.filter(([from, to]) => !line.slice(from, to).includes("${"));
  const words = line.matchAll(WORD).filter(([word]) => hasSecretRun(word) || UUID.test(word));
  const places = words.map(({ 0: { length }, index }): Place => [index, index + length]);
  return [...values, ...places].map(([from, to]) => ({ start: comment.start + from, end: comment.start + to }));
}

type Place = readonly [from: number, to: number];

function placesOf(group: Place | undefined): readonly Place[] {
  return group === undefined ? [] : [group];
}
