// Replaces every secret in the text of a config file by a placeholder, and remembers what each stands for.
import { type Document, parseDocument } from "yaml";
import type { Redactor } from "../../core/redaction.ts";
import { placeholderText, secretId } from "./placeholder.ts";
import { type Place, placedPlaceholders } from "./places.ts";
import { type SecretSpan, secretSpans } from "./secret-spans.ts";

/** One use of a secret in a file. */
export interface SecretUse {
  readonly place: Place;
  /** As it is written, with its quotes. */
  readonly source: string;
  /** What a scalar says that is nothing but the secret; undefined for a part of one, and in comments. */
  readonly value: unknown;
  readonly isByAlias: boolean;
}

export interface HeldSecret {
  readonly placeholders: ReadonlySet<string>;
  readonly uses: readonly SecretUse[];
}

/** A text and what it says: to parse one takes longer than all that is done with it. */
export interface ParsedText {
  readonly text: string;
  readonly document: Document;
}

/** A text without secrets, and by their ids what was taken out. */
export interface ConcealedText {
  readonly text: string;
  readonly held: ReadonlyMap<string, HeldSecret>;
}

export interface ConcealOptions {
  /** Secrets that may stand anywhere. */
  readonly redactor: Redactor;
  /** Names secrets; see `secretId`. */
  readonly key: string;
}

/**
 * Undefined for what cannot be read as YAML: nobody knows then which part of it is a secret. `text`: with line feeds only
 * and without a byte order mark.
 */
export function concealText(text: string, { redactor, key }: ConcealOptions): ConcealedText | undefined {
  const document = parseYaml(text);
  const spans = document && secretSpans(text, document, redactor);
  if (spans === undefined) return undefined;
  const concealed = replaceSpans(text, spans, key);
  const after = parseYaml(concealed.text);
  const placed = after && placedPlaceholders(concealed.text, after);
  // Of what came out as something else not a word is shown.
  if (placed === undefined || placed.filter(({ isByAlias }) => !isByAlias).length !== spans.length) return undefined;
  const held = new Map<string, { placeholders: Set<string>; uses: SecretUse[] }>();
  for (const [index, { id, text: placeholder, place, isByAlias }] of placed.entries()) {
    const span = spans[index];
    const known = held.get(id) ?? { placeholders: new Set<string>(), uses: [] };
    known.placeholders.add(placeholder);
    const source = isByAlias || span === undefined ? "" : text.slice(span.start, span.end);
    known.uses.push({ place, source, value: isByAlias ? undefined : span?.value, isByAlias });
    held.set(id, known);
  }
  return { text: concealed.text, held };
}

/** Undefined for text that loading would not take for YAML either. */
export function parseYaml(text: string): Document | undefined {
  const document = parseDocument(text, { prettyErrors: false, logLevel: "error", uniqueKeys: false });
  return document.errors.length + document.warnings.length === 0 ? document : undefined;
}

function replaceSpans(text: string, spans: readonly SecretSpan[], key: string): { readonly text: string } {
  let clean = "";
  let done = 0;
  for (const { start, end, value, shown } of spans) {
    const secret = value === undefined ? text.slice(start, end) : String(value);
    clean += text.slice(done, start) + placeholderText(secretId(secret, key), secret, shown);
    done = end;
  }
  return { text: clean + text.slice(done) };
}
