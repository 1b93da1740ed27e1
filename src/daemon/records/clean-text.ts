// Texts as they may be kept: without secrets, not even a part of one, and not too long.

export type Redact = (text: string) => string;

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
