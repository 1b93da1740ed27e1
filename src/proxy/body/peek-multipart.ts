// Finds the model and stream fields of a multipart form, without touching its files (RFC 7578, RFC 2046).

import { kindOf } from "../objects/object-kinds.ts";
import { type BodyFacts, MAX_FIELD_BYTES, NO_FACTS, type Span } from "./body-facts.ts";
import {
  BLANK_LINE,
  delimiterOf,
  LINE_END,
  MAX_DELIMITERS,
  MAX_HEADER_BYTES,
  markAt,
  type PartName,
  partName,
} from "./form-grammar.ts";

interface FormPart {
  readonly name: string;
  readonly isFile: boolean;
  readonly span: Span;
}

/** `isClear`: every reader finds these parts and no others. */
interface Form {
  readonly parts: readonly FormPart[];
  readonly isClear: boolean;
}

/** As the official SDK names what refers to an object: `video[id]`, `input_reference[file_id]`, `consent`. */
const REFERENCE = /(?:^|\[)(?:id|\w+_ids?|consent)\]?(?:\[\d*\])?$/;
const NO_FORM: Form = { parts: [], isClear: true };

/** The facts of a form; a body that does not follow its boundary says nothing from there on. */
export function peekMultipart(body: Uint8Array, contentType: string): BodyFacts {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  const fields = new Map<string, Span>();
  const seen = new Set<string>();
  const { parts, isClear } = readForm(bytes, contentType);
  for (const { name, isFile, span } of parts) {
    if (name !== "model" && name !== "stream") continue;
    // Of a field and a file of one name nobody knows which a provider obeys.
    if (seen.has(name)) return { ...NO_FACTS, ambiguous: name };
    seen.add(name);
    if (!isFile) fields.set(name, span);
  }
  const modelSpan = fields.get("model");
  const model = textOf(bytes, modelSpan);
  const stream = textOf(bytes, fields.get("stream"))?.toLowerCase();
  return {
    ...NO_FACTS,
    ...(model !== undefined && modelSpan !== undefined && { model, modelSpan }),
    ...((stream === "true" || stream === "false") && { stream: stream === "true" }),
    ...(!isClear && { namesMoreModels: true }),
    ...idsOf(parts, bytes),
  };
}

function idsOf(parts: readonly FormPart[], bytes: Buffer): Pick<BodyFacts, "objectIds"> {
  const named = parts.filter(({ name, isFile }) => !isFile && REFERENCE.test(name));
  if (named.length === 0) return {};
  const ids = named.map(({ span }) => textOf(bytes, span)).filter((id) => id !== undefined && kindOf(id) !== undefined);
  return { objectIds: ids as string[] };
}

/** How many bytes stand in the fields of a form that are no files. */
export function countFieldBytes(body: Uint8Array, contentType: string): number {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  const fields = readForm(bytes, contentType).parts.filter(({ isFile }) => !isFile);
  return fields.reduce((sum, { span }) => sum + span.end - span.start, 0);
}

function readForm(bytes: Buffer, contentType: string): Form {
  const delimiter = delimiterOf(contentType);
  return delimiter === undefined ? NO_FORM : new FormReader(bytes, delimiter).read();
}

/** Finds the parts that have a name, in order, up to the end of the form or of its head. */
class FormReader {
  readonly #bytes: Buffer;
  readonly #delimiter: string;
  readonly #parts: FormPart[] = [];
  #open: (PartName & { readonly start: number }) | undefined;
  #isClear = true;

  constructor(bytes: Buffer, delimiter: string) {
    this.#bytes = bytes;
    this.#delimiter = delimiter;
  }

  read(): Form {
    let from: number | undefined = 0;
    for (let count = 0; from !== undefined; count += 1) {
      const at: number = this.#bytes.indexOf(this.#delimiter, from);
      if (at < 0) break;
      if (count === MAX_DELIMITERS) this.#isClear = false;
      from = count === MAX_DELIMITERS ? undefined : this.#take(at);
    }
    // Some readers take a field that has no end.
    const isOpenField = this.#open?.isFile === false;
    return { parts: this.#parts, isClear: this.#isClear && !isOpenField };
  }

  /** Where the search goes on; undefined where it ends. */
  #take(at: number): number | undefined {
    const { length } = this.#delimiter;
    const mark = markAt(this.#bytes, at, length);
    if (mark.kind === "more") return undefined;
    if (mark.kind === "odd") this.#isClear = false;
    if (mark.kind === "odd" || mark.kind === "content") return at + length;
    if (this.#open !== undefined) this.#close(this.#open, at);
    return mark.kind === "part" ? this.#begin(mark.headersAt) : undefined;
  }

  #begin(headersAt: number): number | undefined {
    const bytes = this.#bytes;
    const end = bytes.indexOf(BLANK_LINE, headersAt);
    const isTooLong = (end < 0 ? bytes.length : end) - headersAt > MAX_HEADER_BYTES;
    if (isTooLong) this.#isClear = false;
    if (isTooLong || end < 0) return undefined;
    const named = partName(bytes.toString("latin1", headersAt, end));
    if (named?.isClear === false) this.#isClear = false;
    const start = end + BLANK_LINE.length;
    this.#open = named && { ...named, start };
    return start;
  }

  /** The line end before the delimiter belongs to it; in an empty part it may be that of the blank line. */
  #close({ name, isFile, start }: PartName & { readonly start: number }, at: number): void {
    this.#parts.push({ name, isFile, span: { start, end: Math.max(start, at - LINE_END.length) } });
    this.#open = undefined;
  }
}

function textOf(bytes: Buffer, span: Span | undefined): string | undefined {
  if (span === undefined || span.end === span.start || span.end - span.start > MAX_FIELD_BYTES) return undefined;
  return bytes.toString("utf8", span.start, span.end);
}
