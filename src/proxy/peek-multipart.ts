// Finds the model and stream fields of a multipart form, without touching its files (RFC 7578, RFC 2046).
import { type BodyFacts, MAX_FIELD_BYTES, NO_FACTS, type Span } from "./body-facts.ts";
import {
  afterDelimiter,
  BLANK_LINE,
  boundaryOf,
  isClosing,
  LINE_END,
  MAX_HEADER_BYTES,
  partName,
} from "./form-grammar.ts";

/** No operation takes nearly as many; more would only take time. */
const MAX_PARTS = 1000;

interface FormPart {
  readonly name: string;
  readonly isFile: boolean;
  readonly span: Span;
}

/** The facts of a form; a body that does not follow its boundary says nothing from there on. */
export function peekMultipart(body: Uint8Array, contentType: string): BodyFacts {
  const boundary = boundaryOf(contentType);
  if (boundary === undefined) return NO_FACTS;
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  const fields = new Map<string, Span>();
  const seen = new Set<string>();
  for (const { name, isFile, span } of partsOf(bytes, `--${boundary}`)) {
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
  };
}

/** How many bytes stand in the fields of a form that are no files. */
export function countFieldBytes(body: Uint8Array, contentType: string): number {
  const boundary = boundaryOf(contentType);
  if (boundary === undefined) return 0;
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  let count = 0;
  for (const { isFile, span } of partsOf(bytes, `--${boundary}`)) {
    if (!isFile) count += span.end - span.start;
  }
  return count;
}

/** The parts that have a name, in order. */
function* partsOf(bytes: Buffer, delimiter: string): Generator<FormPart> {
  let headersAt = afterFirstDelimiter(bytes, delimiter);
  for (let count = 0; headersAt !== undefined && count < MAX_PARTS; count += 1) {
    const headersEnd = bytes.indexOf(BLANK_LINE, headersAt);
    if (headersEnd < 0 || headersEnd - headersAt > MAX_HEADER_BYTES) return;
    const start = headersEnd + BLANK_LINE.length;
    // The line end before the delimiter belongs to it; in an empty part it may be that of the blank line.
    const end = nextDelimiter(bytes, LINE_END + delimiter, start - LINE_END.length);
    if (end === undefined) return;
    const named = partName(bytes.toString("latin1", headersAt, headersEnd));
    if (named !== undefined) yield { ...named, span: { start, end: Math.max(start, end) } };
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

function textOf(bytes: Buffer, span: Span | undefined): string | undefined {
  if (span === undefined || span.end === span.start || span.end - span.start > MAX_FIELD_BYTES) return undefined;
  return bytes.toString("utf8", span.start, span.end);
}
