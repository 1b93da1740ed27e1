// Finds the model and stream fields of a multipart form, without touching its files (RFC 7578, RFC 2046).
import { type BodyFacts, MAX_FIELD_BYTES, NO_FACTS, type Span } from "./body-facts.ts";

/** Header blocks of parts are short; a longer one is none of ours. */
const MAX_HEADER_BYTES = 8 * 1024;
/** No operation takes nearly as many; more would only take time. */
const MAX_PARTS = 1000;
const LINE_END = "\r\n";
const BLANK_LINE = "\r\n\r\n";

interface FormField {
  readonly name: string;
  readonly span: Span;
}

/** The facts of a form; a body that does not follow its boundary says nothing from there on. */
export function peekMultipart(body: Uint8Array, contentType: string): BodyFacts {
  const boundary = boundaryOf(contentType);
  if (boundary === undefined) return NO_FACTS;
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  const fields = new Map<string, Span>();
  for (const { name, span } of fieldsOf(bytes, `--${boundary}`)) {
    if (name !== "model" && name !== "stream") continue;
    if (fields.has(name)) return { ...NO_FACTS, ambiguous: name };
    fields.set(name, span);
  }
  const modelSpan = fields.get("model");
  const model = textOf(bytes, modelSpan);
  const stream = textOf(bytes, fields.get("stream"))?.toLowerCase();
  return {
    ...NO_FACTS,
    ...(model !== undefined && modelSpan !== undefined && { model, modelSpan }),
    ...((stream === "true" || stream === "false") && { stream: stream === "true" }),
  };
}

/** How many bytes stand in the fields of a form that are no files. */
export function countFieldBytes(body: Uint8Array, contentType: string): number {
  const boundary = boundaryOf(contentType);
  if (boundary === undefined) return 0;
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  let count = 0;
  for (const { span } of fieldsOf(bytes, `--${boundary}`)) count += span.end - span.start;
  return count;
}

function boundaryOf(contentType: string): string | undefined {
  // RFC 2046, 5.1.1: at most 70 characters; some clients use more.
  const match = /;\s*boundary=(?:"([^"]{1,200})"|([^\s;"]{1,200}))/i.exec(contentType);
  return match?.[1] ?? match?.[2];
}

/** The parts that are no files, in order. */
function* fieldsOf(bytes: Buffer, delimiter: string): Generator<FormField> {
  let headersAt = afterFirstDelimiter(bytes, delimiter);
  for (let count = 0; headersAt !== undefined && count < MAX_PARTS; count += 1) {
    const headersEnd = bytes.indexOf(BLANK_LINE, headersAt);
    if (headersEnd < 0 || headersEnd - headersAt > MAX_HEADER_BYTES) return;
    const start = headersEnd + BLANK_LINE.length;
    // The line end before the delimiter belongs to it; in an empty part it may be that of the blank line.
    const end = nextDelimiter(bytes, LINE_END + delimiter, start - LINE_END.length);
    if (end === undefined) return;
    const name = fieldName(bytes.toString("latin1", headersAt, headersEnd));
    if (name !== undefined) yield { name, span: { start, end: Math.max(start, end) } };
    headersAt = afterDelimiter(bytes, end + LINE_END.length + delimiter.length);
  }
}

/** Before the first delimiter a preamble may stand, which is no part. */
function afterFirstDelimiter(bytes: Buffer, delimiter: string): number | undefined {
  if (bytes.indexOf(delimiter) === 0) return afterDelimiter(bytes, delimiter.length);
  const at = nextDelimiter(bytes, LINE_END + delimiter, 0);
  return at === undefined ? undefined : afterDelimiter(bytes, at + LINE_END.length + delimiter.length);
}

/** The offset of the next separator that ends its line; inside a file the same bytes may go on otherwise. */
function nextDelimiter(bytes: Buffer, separator: string, from: number): number | undefined {
  let at = bytes.indexOf(separator, from);
  while (at >= 0) {
    const after = at + separator.length;
    if (afterDelimiter(bytes, after) !== undefined || isClosing(bytes, after)) return at;
    at = bytes.indexOf(separator, after);
  }
  return undefined;
}

/** Where the headers' own line end stands; undefined after the last delimiter, or when it is none. */
function afterDelimiter(bytes: Buffer, from: number): number | undefined {
  let at = from;
  while (bytes[at] === 0x20 || bytes[at] === 0x09) at += 1;
  return bytes[at] === 0x0d && bytes[at + 1] === 0x0a ? at : undefined;
}

function isClosing(bytes: Buffer, at: number): boolean {
  return bytes[at] === 0x2d && bytes[at + 1] === 0x2d;
}

function fieldName(headers: string): string | undefined {
  const disposition = /\r\ncontent-disposition:\s*form-data\s*;([^\r\n]*)/i.exec(headers)?.[1];
  if (disposition === undefined || /(?:^|;)\s*filename\*?\s*=/i.test(disposition)) return undefined;
  const match = /(?:^|;)\s*name=(?:"([^"]*)"|([^\s;]+))/i.exec(disposition);
  return match?.[1] ?? match?.[2];
}

function textOf(bytes: Buffer, span: Span | undefined): string | undefined {
  if (span === undefined || span.end === span.start || span.end - span.start > MAX_FIELD_BYTES) return undefined;
  return bytes.toString("utf8", span.start, span.end);
}
