// Writes candidates as readline puts them into a line of bash: quoted, and without what readline leaves in its place.
import { type OpenQuote, readWord, type TypedWord } from "./typed-word.ts";

/** Characters that mean nothing to bash outside quotes. */
const PLAIN = /[\p{L}\p{N}\p{M}_./:=@%+,-]/u;

/**
 * `begun`: the end of the word that readline replaces; it leaves what stands before an open quote, and before the last
 * of the characters in COMP_WORDBREAKS. Undefined for a candidate that cannot follow what is left.
 */
export function bashReply(candidate: string, word: TypedWord, begun: string): string | undefined {
  const kept = readWord(word.raw.slice(0, Math.max(0, word.raw.length - begun.length)), "bash");
  return candidate.startsWith(kept.value) ? quoted(candidate.slice(kept.value.length), kept.quote) : undefined;
}

function quoted(text: string, quote: OpenQuote): string {
  return [...text].map((char) => QUOTE[quote](char)).join("");
}

const QUOTE: Readonly<Record<OpenQuote, (char: string) => string>> = {
  "": (char) => (PLAIN.test(char) ? char : `\\${char}`),
  // An exclamation mark recalls a command even there, and a backslash would stay: it stands in quotes of its own.
  '"': (char) => (char === "!" ? `"'!'"` : /["\\$`]/.test(char) ? `\\${char}` : char),
  "'": (char) => (char === "'" ? `'\\''` : char),
  "$'": (char) => (/['\\]/.test(char) ? `\\${char}` : char),
};
