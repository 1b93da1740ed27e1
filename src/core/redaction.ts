// Removes secrets from texts that leave the process: every known one by exact match, unknown ones by their shape.
import { MIN_SPELLED_LENGTH, spellingsOf, WORDS } from "./secret-spellings.ts";

/** Secrets of this length and more are found anywhere in a text, shorter ones only as whole words. */
const WINDOW = MIN_SPELLED_LENGTH;
const BASE = 0x01000193;
/** `BASE` to the power of `WINDOW`, in 32-bit arithmetic: what a character weighs when it leaves the window. */
const LEAVING = Array.from({ length: WINDOW }).reduce<number>((power) => Math.imul(power, BASE), 1);

/** Start of a run of token characters, also right after an escape such as `\n` in JSON. */
const START = String.raw`(?:(?<![\w-])|(?<=\\[nrtbf]))`;
/**
 * `markers`: lower-case texts of which one stands in every match; looking for them is faster than matching.
 * Every pattern starts at a run's start only, so that no text makes matching quadratic.
 */
const SHAPES: readonly { readonly markers: readonly string[]; readonly pattern: RegExp }[] = [
  {
    markers: ["sk-", "aiza", "gsk_", "hf_", "xai-"],
    pattern: new RegExp(`${START}(?:sk-|AIza|gsk_|hf_|xai-)[\\w-]{12,}`, "gi"),
  },
  { markers: ["eyj"], pattern: new RegExp(`${START}eyJ[\\w-]{8,}\\.[\\w-]{8,}(?:\\.[\\w-]*)?`, "g") },
  {
    markers: ["bearer"],
    pattern: /(?<=\bBearer[ \t]{1,8})(?:(?=[^\s"',\\]*\d)[\w.~+/=-]{8,}|[\w.~+/=-]{16,})/gi,
  },
  { markers: ["://"], pattern: /(?<=:\/\/[^\s/:@"\\]{0,128}:)[^\s/@"\\]{1,256}(?=@)/g },
];

/** Shows a secret as its first 4 and last 4 characters with `...` between, or `****` below 12 characters. */
export function maskSecret(secret: string): string {
  return secret.length < 12 ? "****" : `${secret.slice(0, 4)}...${secret.slice(-4)}`;
}

/** The mask of one spelling; where it would cut an escape in two and so break the text around it, nothing is shown. */
export function maskSpelling(spelling: string): string {
  const masked = maskSecret(spelling);
  return /["\\%]/.test(masked) ? "****" : masked;
}

/** One spelling of a secret, and where the window by which it is found stands in it. */
interface Spelling {
  readonly text: string;
  readonly offset: number;
}

interface Span {
  readonly start: number;
  readonly end: number;
}

/**
 * Masks secrets in texts. Known secrets are found also where they are URL-encoded, JSON-escaped or in Base64.
 * The cost grows with the text only: a rolling hash over it is looked up in a table of all secrets.
 */
export class Redactor {
  #byHash: ReadonlyMap<number, readonly Spelling[]> = new Map();
  /** One byte for the low bits of each hash: most windows are dismissed without asking the map. */
  #filter: Uint8Array = new Uint8Array(1);
  #short = new Set<string>();

  /** Replaces the set of known secrets; empty ones are ignored. */
  replaceSecrets(secrets: Iterable<string>): void {
    const byHash = new Map<number, Spelling[]>();
    const short = new Set<string>();
    for (const spelling of new Set(spellings(secrets))) {
      if (spelling.length < WINDOW) short.add(spelling);
      else index(byHash, spelling);
    }
    this.#byHash = byHash;
    this.#filter = filterOf(byHash.keys(), byHash.size);
    this.#short = short;
  }

  /** The text with every secret masked. */
  redact(text: string): string {
    let clean = maskSpans(text, this.#find(text));
    if (this.#short.size > 0) clean = clean.replace(WORDS, (word) => (this.#short.has(word) ? "****" : word));
    return maskShapes(clean);
  }

  #find(text: string): Span[] {
    const spans: Span[] = [];
    if (this.#byHash.size === 0) return spans;
    const filter = this.#filter;
    const lowBits = filter.length - 1;
    let hash = 0;
    for (let at = 0; at < text.length; at++) {
      const left = at >= WINDOW ? text.charCodeAt(at - WINDOW) : 0;
      hash = (Math.imul(hash, BASE) + text.charCodeAt(at) - Math.imul(left, LEAVING)) | 0;
      if (filter[hash & lowBits] === 0) continue;
      for (const { text: secret, offset } of this.#byHash.get(hash) ?? []) {
        const start = at - WINDOW + 1 - offset;
        if (start >= 0 && text.startsWith(secret, start)) spans.push({ start, end: start + secret.length });
      }
    }
    return spans;
  }
}

function maskShapes(text: string): string {
  const lower = text.toLowerCase();
  let clean = text;
  for (const { markers, pattern } of SHAPES) {
    if (markers.some((marker) => lower.includes(marker))) clean = clean.replace(pattern, maskSecret);
  }
  return clean;
}

function* spellings(secrets: Iterable<string>): Generator<string> {
  for (const secret of secrets) yield* spellingsOf(secret);
}

/** Enters a spelling under its least crowded window: many keys share their first or last characters. */
function index(byHash: Map<number, Spelling[]>, text: string): void {
  const last = text.length - WINDOW;
  let best = { hash: 0, offset: 0, crowd: Number.POSITIVE_INFINITY };
  for (const offset of [last, last >> 1, 0]) {
    const hash = hashOf(text.slice(offset, offset + WINDOW));
    const crowd = byHash.get(hash)?.length ?? 0;
    if (crowd < best.crowd) best = { hash, offset, crowd };
  }
  const entry = { text, offset: best.offset };
  const entries = byHash.get(best.hash);
  if (entries === undefined) byHash.set(best.hash, [entry]);
  else entries.push(entry);
}

/** Its length is a power of two, and large enough to be nearly empty. */
function filterOf(hashes: Iterable<number>, count: number): Uint8Array {
  const filter = new Uint8Array(2 ** Math.ceil(Math.log2(Math.max(count, 1) * 16)));
  for (const hash of hashes) filter[hash & (filter.length - 1)] = 1;
  return filter;
}

function hashOf(window: string): number {
  let hash = 0;
  for (let at = 0; at < window.length; at++) hash = (Math.imul(hash, BASE) + window.charCodeAt(at)) | 0;
  return hash;
}

/** Overlapping spans are masked as one, so that no part of a secret stands between two masks. */
function maskSpans(text: string, spans: Span[]): string {
  if (spans.length === 0) return text;
  spans.sort((a, b) => a.start - b.start);
  let clean = "";
  let done = 0;
  let open: Span | undefined;
  for (const span of [...spans, { start: text.length, end: text.length }]) {
    if (open !== undefined && span.start < open.end) {
      open = { start: open.start, end: Math.max(open.end, span.end) };
      continue;
    }
    if (open !== undefined) {
      clean += text.slice(done, open.start) + maskSpelling(text.slice(open.start, open.end));
      done = open.end;
    }
    open = span;
  }
  return clean + text.slice(done);
}
