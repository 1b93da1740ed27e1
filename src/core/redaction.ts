// Removes secrets from texts that leave the process: every known one by exact match, unknown ones by their shape.
import { PassingSecrets } from "./passing-secrets.ts";
import { SecretSearch, type Span } from "./secret-search.ts";
import { MIN_SPELLED_LENGTH, spellingsOf, WORDS } from "./secret-spellings.ts";
import { wholeEscapes } from "./whole-escapes.ts";

const PREFIXES = ["sk-", "AIza", "gsk_", "hf_", "xai-", "ek_", "oab-"];
/** Start of a run of token characters, also right after an escape such as `\n` in JSON. */
const START = String.raw`(?:(?<![\w-])|(?<=\\[nrtbf]))`;
/**
 * `hint`: stands in every line with a match, in any case; looking for the hints of all shapes at once is faster than
 * matching. Every pattern starts at a run's start only, so that no text makes matching quadratic, and none matches
 * across a line end.
 */
const SHAPES: readonly { readonly hint: string; readonly pattern: RegExp }[] = [
  {
    hint: PREFIXES.map((prefix) => `${prefix}[\\w-]{12}`).join("|"),
    pattern: new RegExp(`${START}(?:${PREFIXES.join("|")})[\\w-]{12,}`, "gi"),
  },
  {
    hint: String.raw`eyJ[\w-]{8}`,
    pattern: new RegExp(`${START}eyJ[\\w-]{8,}\\.[\\w-]{8,}(?:\\.[\\w-]*)?`, "g"),
  },
  {
    hint: String.raw`Bearer[ \t]`,
    pattern: /(?<=\bBearer[ \t]{1,8})(?:(?=[^\s"',\\]*\d)[\w.~+/=-]{8,}|[\w.~+/=-]{16,})/gi,
  },
  {
    hint: String.raw`:\/\/[^\s/:@"\\]{0,128}:`,
    pattern: /(?<=:\/\/[^\s/:@"\\]{0,128}:)[^\s/@"\\]{1,256}(?=@)/g,
  },
];
const HINTS = new RegExp(SHAPES.map(({ hint }) => hint).join("|"), "gi");

/** Shows a secret as its first 4 and last 4 characters with `...` between, or `****` below 12 characters. */
export function maskSecret(secret: string): string {
  return secret.length < 12 ? "****" : `${secret.slice(0, 4)}...${secret.slice(-4)}`;
}

/** The mask of one spelling; where it would cut an escape in two and so break the text around it, nothing is shown. */
export function maskSpelling(spelling: string): string {
  const masked = maskSecret(spelling);
  return /["\\%]/.test(masked) ? "****" : masked;
}

/** Masks secrets in texts. Known secrets are found also where they are URL-encoded, JSON-escaped or in Base64. */
export class Redactor {
  readonly #known = new Set<string>();
  readonly #short = new Set<string>();
  readonly #search: SecretSearch;
  #passing: PassingSecrets | undefined;

  constructor(search = new SecretSearch()) {
    this.#search = search;
  }

  /** Masks these too from now on, for as long as it lives; known ones cost next to nothing, empty ones are ignored. */
  addSecrets(secrets: Iterable<string>): void {
    const long = new Set<string>();
    for (const secret of secrets) {
      if (this.#known.has(secret)) continue;
      this.#known.add(secret);
      for (const spelling of spellingsOf(secret)) {
        (spelling.length < MIN_SPELLED_LENGTH ? this.#short : long).add(spelling);
      }
    }
    this.#search.add(long);
  }

  /** Masks these until many others of this kind were named after them: whoever uses one names it again. */
  addPassing(secrets: readonly string[]): void {
    this.#passing ??= new PassingSecrets();
    this.#passing.add(secrets);
  }

  /** The text with every secret masked. */
  redact(text: string): string {
    return this.#mask(text, this.#find(text));
  }

  /** Masks known secrets only, for texts in which what merely looks like one must stay. */
  redactKnown(text: string): string {
    return maskSpans(text, this.#find(text));
  }

  /** Where secrets stand in a text: what `redact` would mask, in order and apart from each other. */
  find(text: string): readonly Span[] {
    const short = this.#short.size > 0 ? this.#shortOnes(text) : [];
    const spans = [...this.#find(text), ...short, ...shapesIn(text)];
    return joined(spans.toSorted((a, b) => a.start - b.start));
  }

  /** Masks many lines in one go; each stays a line of its own, whatever secret would reach over its end. */
  redactLines(lines: string): string {
    const spans = this.#find(lines);
    return this.#mask(
      lines,
      spans.filter(({ start, end }) => !lines.slice(start, end).includes("\n")),
    );
  }

  #find(text: string): readonly Span[] {
    const known = this.#search.find(text);
    return this.#passing === undefined ? known : [...known, ...this.#passing.find(text)];
  }

  #mask(text: string, known: readonly Span[]): string {
    let clean = maskSpans(text, known);
    if (this.#short.size > 0) clean = maskSpans(clean, this.#shortOnes(clean));
    return maskShapes(clean);
  }

  #shortOnes(text: string): readonly Span[] {
    const words = text.matchAll(WORDS).filter(([word]) => this.#short.has(word));
    return Array.from(words, ({ 0: word, index }) => ({ start: index, end: index + word.length }));
  }
}

function maskShapes(text: string): string {
  let clean = "";
  let done = 0;
  for (const { start, end } of hintedLines(text)) {
    clean += text.slice(done, start) + maskLine(text.slice(start, end));
    done = end;
  }
  return done === 0 ? text : clean + text.slice(done);
}

function shapesIn(text: string): readonly Span[] {
  return [...hintedLines(text)].flatMap((line) => {
    const matches = SHAPES.flatMap(({ pattern }) => [...text.slice(line.start, line.end).matchAll(pattern)]);
    return matches.map(({ 0: { length }, index }) => ({ start: line.start + index, end: line.start + index + length }));
  });
}

/** Only lines with a hint are matched: one line with a URL must not make a long text slow. */
function* hintedLines(text: string): Generator<Span> {
  let from = 0;
  for (;;) {
    // Another text may be gone through before the next line is asked for.
    HINTS.lastIndex = from;
    if (!HINTS.test(text)) return;
    const hintEnd = HINTS.lastIndex;
    const lineEnd = text.indexOf("\n", hintEnd);
    const end = lineEnd === -1 ? text.length : lineEnd;
    yield { start: text.lastIndexOf("\n", hintEnd - 1) + 1, end };
    from = end;
  }
}

function maskLine(line: string): string {
  let clean = line;
  for (const { pattern } of SHAPES) clean = clean.replace(pattern, maskSecret);
  return clean;
}

/**
 * Overlapping spans are masked as one, so that no part of a secret stands between two masks. An escape that a span
 * would cut in two goes with it, or the JSON around it would be none any more.
 */
function maskSpans(text: string, spans: readonly Span[]): string {
  if (spans.length === 0) return text;
  const apart = joined(spans.toSorted((a, b) => a.start - b.start));
  let clean = "";
  let done = 0;
  for (const { start, end } of joined(apart.map((span) => wholeEscapes(text, span)))) {
    clean += text.slice(done, start) + maskSpelling(text.slice(start, end));
    done = end;
  }
  return clean + text.slice(done);
}

/** Takes spans in the order of their starts. */
function joined(spans: readonly Span[]): readonly Span[] {
  const apart: Span[] = [];
  for (const span of spans) {
    const last = apart.at(-1);
    if (last === undefined || span.start >= last.end) apart.push(span);
    else apart[apart.length - 1] = { start: last.start, end: Math.max(last.end, span.end) };
  }
  return apart;
}
