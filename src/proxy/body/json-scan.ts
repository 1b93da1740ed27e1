// Finds members at the top level of a JSON object in bytes, without decoding what lies between them.
import type { Span } from "./body-facts.ts";

/** One member: its name with escapes resolved, and the bytes of its value, `end` exclusive, without blanks around. */
export interface JsonMember {
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const STRUCTURE = [QUOTE, OPEN_BRACKET, CLOSE_BRACKET, OPEN_BRACE, CLOSE_BRACE];
/** So many bytes without structure make a native search worth its call. */
const LONG_RUN = 64;
/** The longest escape of one UTF-16 unit, `\u0061`. */
const ESCAPE_LENGTH = 6;

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** `anyCase`: wanted names consist of small letters, and are found in capitals as well. */
export interface ScanOptions {
  readonly anyCase?: boolean;
}

/**
 * The members named in `wanted` (ASCII names), every occurrence, in the order of the text; undefined when `bytes` are not one
 * complete object. Nesting and strings are followed, the grammar inside skipped values is not checked. Linear time.
 */
export function scanMembers(
  bytes: Uint8Array,
  wanted: ReadonlySet<string>,
  { anyCase = false }: ScanOptions = {},
): readonly JsonMember[] | undefined {
  const nameIn = anyCase ? wantedInAnyCase : wantedName;
  const found: JsonMember[] = [];
  let at = skipBlanks(bytes, hasByteOrderMark(bytes) ? 3 : 0);
  if (bytes[at] !== OPEN_BRACE) return undefined;
  at = skipBlanks(bytes, at + 1);
  if (bytes[at] === CLOSE_BRACE) return isBlankFrom(bytes, at + 1) ? found : undefined;
  for (;;) {
    if (bytes[at] !== QUOTE) return undefined;
    const nameEnd = skipString(bytes, at);
    const colon = skipBlanks(bytes, nameEnd);
    if (nameEnd < 0 || bytes[colon] !== COLON) return undefined;
    const start = skipBlanks(bytes, colon + 1);
    const end = skipValue(bytes, start);
    if (end <= start) return undefined;
    const name = nameIn(bytes, { start: at + 1, end: nameEnd - 1 }, wanted);
    if (name !== undefined) found.push({ name, start, end });
    at = skipBlanks(bytes, end);
    if (bytes[at] === CLOSE_BRACE) return isBlankFrom(bytes, at + 1) ? found : undefined;
    if (bytes[at] !== COMMA) return undefined;
    at = skipBlanks(bytes, at + 1);
  }
}

/** How many bytes of JSON whitespace (RFC 8259: space, tab, LF, CR) stand at the beginning. */
export function countLeadingBlanks(bytes: Uint8Array): number {
  return skipBlanks(bytes, 0);
}

function hasByteOrderMark(bytes: Uint8Array): boolean {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
}

function isBlankFrom(bytes: Uint8Array, from: number): boolean {
  return skipBlanks(bytes, from) === bytes.length;
}

function isBlank(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

/** The offset of the first byte at or after `from` that is no JSON whitespace. */
export function skipBlanks(bytes: Uint8Array, from: number): number {
  let at = from;
  while (isBlank(bytes[at])) at += 1;
  return at;
}

/** The offset after the value that begins at `from`; -1 when it does not end. */
export function skipValue(bytes: Uint8Array, from: number): number {
  const first = bytes[from];
  if (first === QUOTE) return skipString(bytes, from);
  if (first === OPEN_BRACE || first === OPEN_BRACKET) return skipContainer(bytes, from);
  let at = from;
  while (at < bytes.length && !isDelimiter(bytes[at])) at += 1;
  return at;
}

function isDelimiter(byte: number | undefined): boolean {
  return byte === COMMA || byte === CLOSE_BRACE || byte === CLOSE_BRACKET || isBlank(byte);
}

/**
 * The offset after the string whose opening quote is at `from`; -1 when it does not end. Long texts are searched
 * natively; by turns with a loop over bytes, because a search for each of many escaped quotes is slower than that.
 */
export function skipString(bytes: Uint8Array, from: number): number {
  let at = from + 1;
  while (at < bytes.length) {
    const near = Math.min(bytes.length, at + LONG_RUN);
    while (at < near) {
      const byte = bytes[at];
      at += byte === BACKSLASH ? 2 : 1;
      if (byte === QUOTE) return at;
    }
    const quote = bytes.indexOf(QUOTE, at);
    if (quote < 0) return -1;
    let first = quote;
    while (first > at && bytes[first - 1] === BACKSLASH) first -= 1;
    at = quote + 1;
    if ((quote - first) % 2 === 0) return at;
  }
  return -1;
}

/** The offset after the object or array that opens at `from`; -1 when it does not end. */
function skipContainer(bytes: Uint8Array, from: number): number {
  // Made only for a long run: most bodies have none, and making it costs more than scanning them.
  let structure: StructureFinder | undefined;
  let depth = 0;
  let run = 0;
  let at = from;
  while (at < bytes.length) {
    const byte = bytes[at];
    run += 1;
    if (byte === QUOTE) {
      at = skipString(bytes, at);
      if (at < 0) return -1;
      run = 0;
      continue;
    }
    at += 1;
    const step = depthStep(byte);
    depth += step;
    if (step !== 0) run = 0;
    if (depth === 0) return at;
    if (run <= LONG_RUN) continue;
    structure ??= new StructureFinder(bytes);
    at = structure.next(at);
  }
  return -1;
}

function depthStep(byte: number | undefined): -1 | 0 | 1 {
  if (byte === OPEN_BRACE || byte === OPEN_BRACKET) return 1;
  return byte === CLOSE_BRACE || byte === CLOSE_BRACKET ? -1 : 0;
}

/**
 * Jumps over long runs of numbers, of which embeddings consist, by native searches: a loop over their bytes takes as
 * long as JSON.parse. Each search result is kept until it is passed, so that all of them together are linear.
 */
class StructureFinder {
  readonly #bytes: Uint8Array;
  readonly #found: number[] = STRUCTURE.map(() => -1);

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** The offset of the first quote, bracket or brace at or after `from`; the length of the bytes without one. */
  next(from: number): number {
    let nearest = this.#bytes.length;
    for (const [index, byte] of STRUCTURE.entries()) {
      let at = this.#found[index] ?? -1;
      if (at < from) {
        at = this.#bytes.indexOf(byte, from);
        if (at < 0) at = this.#bytes.length;
        this.#found[index] = at;
      }
      nearest = Math.min(nearest, at);
    }
    return nearest;
  }
}

/** The name that stands between two quotes, where it is a wanted one. Decodes only what holds escapes. */
function wantedName(bytes: Uint8Array, { start, end }: Span, wanted: ReadonlySet<string>): string | undefined {
  let longest = 0;
  for (const name of wanted) {
    if (name.length === end - start && standsAt(bytes, start, name)) return name;
    longest = Math.max(longest, name.length);
  }
  if (end - start > longest * ESCAPE_LENGTH || !hasEscape(bytes, start, end)) return undefined;
  const name = readName(bytes.subarray(start - 1, end + 1));
  return name !== undefined && wanted.has(name) ? name : undefined;
}

function wantedInAnyCase(bytes: Uint8Array, { start, end }: Span, wanted: ReadonlySet<string>): string | undefined {
  let longest = 0;
  for (const name of wanted) {
    if (name.length === end - start && standsInAnyCase(bytes, start, name)) return name;
    longest = Math.max(longest, name.length);
  }
  if (end - start > longest * ESCAPE_LENGTH || !hasEscape(bytes, start, end)) return undefined;
  const name = readName(bytes.subarray(start - 1, end + 1))?.toLowerCase();
  return name !== undefined && wanted.has(name) ? name : undefined;
}

/** A capital letter is its small one without this bit. */
const SMALL = 0x20;

function standsInAnyCase(bytes: Uint8Array, start: number, name: string): boolean {
  for (let i = 0; i < name.length; i += 1) {
    if (((bytes[start + i] ?? 0) | SMALL) !== name.charCodeAt(i)) return false;
  }
  return true;
}

/** Wanted names are ASCII. */
function standsAt(bytes: Uint8Array, start: number, name: string): boolean {
  for (let i = 0; i < name.length; i += 1) {
    if (bytes[start + i] !== name.charCodeAt(i)) return false;
  }
  return true;
}

function hasEscape(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at += 1) {
    if (bytes[at] === BACKSLASH) return true;
  }
  return false;
}

function readName(literal: Uint8Array): string | undefined {
  try {
    const name: unknown = JSON.parse(decoder.decode(literal));
    return typeof name === "string" ? name : undefined;
  } catch {
    return undefined;
  }
}
