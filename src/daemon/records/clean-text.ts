// Texts as they may be kept: without secrets, not even a part of one, and not too long.

export type Redact = (text: string) => string;

/** Names of models, routes and the like, as far as they are kept. */
export const MOST_NAME = 256;
const MOST_MESSAGE = 1_024;
/** Of what a provider answered, and of its headers. */
const MOST_ANSWER = 4_096;
/** A character that was cut in two is missing some of them. */
const UTF8_BYTES = 4;
/** Looked at beyond what is kept, so that a secret at the end is known by its whole. */
const MARGIN = 4_096;
/** What ends a word. A part of a secret at the end of a text that was cut off would not be known. */
const BREAK = /[\s"']/;
const LEAST_TAIL = 256;

/**
 * At most `most` characters of it. `isCut`: it is the begin of a longer text; then its last word is left out, and 256
 * characters at least.
 */
export function cleanText(text: string, { most, isCut = false }: CutOptions, redact: Redact): string {
  if (text.length <= most && !isCut) return redact(text);
  const begin = text.slice(0, most + MARGIN);
  const clean = redact(begin);
  const whole = isCut || begin.length < text.length ? withoutTail(clean) : clean;
  return whole.slice(0, most);
}

/** A name as it is kept. */
export function cleanName(text: string, redact: Redact): string {
  return cleanText(text, { most: MOST_NAME }, redact);
}

/** What a provider said in a sentence, as it is kept. */
export function cleanMessage(text: string, redact: Redact): string {
  return cleanText(text, { most: MOST_MESSAGE }, redact);
}

/** What a provider answered, which may have been cut off in the middle of a secret. */
export function cleanAnswer(text: string, redact: Redact): string {
  const isCut = Buffer.byteLength(text) > MOST_ANSWER - UTF8_BYTES;
  return cleanText(text, { most: MOST_ANSWER, isCut }, redact);
}

/** Headers of what a provider answered. */
export function cleanHeaders(text: string, redact: Redact): string {
  return cleanText(text, { most: MOST_ANSWER }, redact);
}

export interface CutOptions {
  readonly most: number;
  readonly isCut?: boolean;
}

function withoutTail(text: string): string {
  let start = text.length;
  // From the end: a pattern would begin again at each character of a long word.
  while (start > 0 && !BREAK.test(text.charAt(start - 1))) start -= 1;
  return text.slice(0, Math.max(0, Math.min(start, text.length - LEAST_TAIL)));
}
