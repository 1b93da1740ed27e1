// Finds the values of members by their names in the bytes of a JSON text, at any depth, without reading the rest.
import type { Span } from "../body/body-facts.ts";
import { skipBlanks, skipString, skipValue } from "../body/json-scan.ts";

const QUOTE = 0x22;
const COLON = 0x3a;
const OPEN_BRACKET = 0x5b;
const OPEN_BRACE = 0x7b;
const COMMA = 0x2c;
const BACKSLASH = 0x5c;

/** So many values of one name are looked at in one text. */
export const MOST_VALUES = 200;
const NONE: readonly string[] = [];
const needles = new Map<string, Buffer>();
/** So many objects for other readers are known in one text. */
const MOST_ASIDES = 10_000;
/** So many strings of one list. */
const MOST_ELEMENTS = 200;

/**
 * The strings that members of this name hold (ASCII): as a value, in a list, or as `id` of an object. A name inside a
 * text is none: its quotes are escaped there. The search for the name is native, so that a text without it costs little.
 * What stands in `asides` is left out.
 */
export function namedValues(text: Buffer, name: string, asides?: Asides): readonly string[] {
  const needle = needleOf(name);
  let from = text.indexOf(needle);
  if (from < 0) return NONE;
  const found: string[] = [];
  for (let count = 0; from >= 0 && count < MOST_VALUES; count += 1) {
    const colon = skipBlanks(text, from + needle.length);
    if (text[colon] === COLON && asides?.hold(from) !== true) addValues(found, text, skipBlanks(text, colon + 1));
    from = text.indexOf(needle, from + needle.length);
  }
  return found;
}

/** The same of the last `most` places where the name stands, the last one first. */
export function lastNamedValues(text: Buffer, name: string, most: number): readonly string[] {
  const needle = needleOf(name);
  const found: string[] = [];
  let from = text.lastIndexOf(needle);
  for (let count = 0; from >= 0 && count < most; count += 1) {
    const colon = skipBlanks(text, from + needle.length);
    if (text[colon] === COLON) addValues(found, text, skipBlanks(text, colon + 1));
    from = from === 0 ? -1 : text.lastIndexOf(needle, from - 1);
  }
  return found;
}

/** The objects that members of some names hold, at any depth, which are for other readers. They are found when first asked for. */
export class Asides {
  readonly #text: Buffer;
  readonly #names: readonly string[];
  #spans: readonly Span[] | undefined;

  constructor(text: Buffer, names: readonly string[]) {
    this.#text = text;
    this.#names = names;
  }

  /** Whether an offset lies in one of them. */
  hold(at: number): boolean {
    this.#spans ??= [...objectsOf(this.#text, this.#names)];
    let [low, high] = [0, this.#spans.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#spans[middle]?.end ?? 0) > at) high = middle;
      else low = middle + 1;
    }
    return (this.#spans[low]?.start ?? at) < at;
  }
}

/** In order, the outermost only, so that each byte is passed over once. */
function* objectsOf(text: Buffer, names: readonly string[]): Iterable<Span> {
  const marks = names.map((name) => ({ needle: needleOf(name), at: 0 }));
  let from = 0;
  for (let count = 0; count < MOST_ASIDES; count += 1) {
    for (const mark of marks) if (mark.at < from || from === 0) mark.at = placeOf(text, mark.needle, from);
    const { needle, at } = marks.reduce((nearest, mark) => (mark.at < nearest.at ? mark : nearest));
    if (at === text.length) return;
    const colon = skipBlanks(text, at + needle.length);
    const start = skipBlanks(text, colon + 1);
    const isObject = text[colon] === COLON && text[start] === OPEN_BRACE;
    from = isObject ? skipValue(text, start) : at + needle.length;
    if (from < 0) return;
    if (isObject) yield { start, end: from };
  }
}

function placeOf(text: Buffer, needle: Buffer, from: number): number {
  const at = text.indexOf(needle, from);
  return at < 0 ? text.length : at;
}

/** The names are those of a few tables. */
function needleOf(name: string): Buffer {
  const known = needles.get(name) ?? Buffer.from(`"${name}"`);
  needles.set(name, known);
  return known;
}

function addValues(found: string[], text: Buffer, at: number): void {
  switch (text[at]) {
    case QUOTE:
      add(found, text, at);
      return;
    case OPEN_BRACKET:
      addElements(found, text, at);
      return;
    case OPEN_BRACE:
      addId(found, text, at);
  }
}

function addElements(found: string[], text: Buffer, open: number): void {
  let at = skipBlanks(text, open + 1);
  for (let count = 0; count < MOST_ELEMENTS && text[at] === QUOTE; count += 1) {
    const end = add(found, text, at);
    if (end < 0) return;
    at = skipBlanks(text, end);
    if (text[at] !== COMMA) return;
    at = skipBlanks(text, at + 1);
  }
}

/** Where `id` is the first member, as clients write `{"id": "conv_1"}`. */
function addId(found: string[], text: Buffer, open: number): void {
  const name = skipBlanks(text, open + 1);
  if (text.toString("latin1", name, name + 4) !== '"id"') return;
  const colon = skipBlanks(text, name + 4);
  const value = skipBlanks(text, colon + 1);
  if (text[colon] === COLON && text[value] === QUOTE) add(found, text, value);
}

/** Adds the string that begins at a quote; the offset after it, -1 where it does not end. */
function add(found: string[], text: Buffer, at: number): number {
  const end = skipString(text, at);
  if (end < 0) return end;
  const content = text.subarray(at + 1, end - 1);
  if (!content.includes(BACKSLASH)) {
    found.push(content.toString("utf8"));
    return end;
  }
  const decoded = decode(text.toString("utf8", at, end));
  if (decoded !== undefined) found.push(decoded);
  return end;
}

function decode(literal: string): string | undefined {
  try {
    return JSON.parse(literal) as string;
  } catch {
    return undefined;
  }
}
