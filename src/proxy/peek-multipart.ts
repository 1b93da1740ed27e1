// Finds the model and stream fields of a multipart form, without touching its files (RFC 7578, RFC 2046).
import { type BodyFacts, NO_FACTS, type Span } from "./body-facts.ts";

/** Header blocks of parts are short; a longer one is none of ours. */
const MAX_HEADER_BYTES = 8 * 1024;
/** A field's value that is longer than this is no model name. */
const MAX_VALUE_BYTES = 1024;
const LINE_END = "\r\n";

/** The facts of a form; a body that does not follow its boundary says nothing. */
export function peekMultipart(body: Uint8Array, contentType: string): BodyFacts {
  const boundary = boundaryOf(contentType);
  if (boundary === undefined) return NO_FACTS;
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  const fields = new Map<string, Span>();
  for (const { name, span } of partsOf(bytes, `--${boundary}`)) {
    if (name !== "model" && name !== "stream") continue;
    if (fields.has(name)) return { ...NO_FACTS, ambiguous: name };
    fields.set(name, span);
  }
  const model = fieldText(bytes, fields.get("model"));
  const modelSpan = fields.get("model");
  const stream = fieldText(bytes, fields.get("stream"));
  return {
    ...NO_FACTS,
    ...(model !== undefined && modelSpan !== undefined && { model, modelSpan }),
    ...(stream !== undefined && { stream: stream === "true" }),
  };
}

function boundaryOf(contentType: string): string | undefined {
  const match = /;\s*boundary=(?:"([^"]{1,200})"|([^\s;"]{1,200}))/i.exec(contentType);
  return match?.[1] ?? match?.[2];
}

/** The parts that are no files, in order; stops at the first that does not follow the format. */
function* partsOf(bytes: Buffer, delimiter: string): Generator<{ readonly name: string; readonly span: Span }> {
  const separator = LINE_END + delimiter;
  let at = bytes.indexOf(delimiter);
  if (at !== 0 && bytes.toString("latin1", at - 2, at) !== LINE_END) return;
  while (at >= 0) {
    const headersAt = at + delimiter.length;
    if (bytes.toString("latin1", headersAt, headersAt + 2) !== LINE_END) return;
    const headersEnd = bytes.indexOf(LINE_END + LINE_END, headersAt);
    if (headersEnd < 0 || headersEnd - headersAt > MAX_HEADER_BYTES) return;
    const start = headersEnd + 4;
    const end = bytes.indexOf(separator, start - 2);
    if (end < 0) return;
    const name = fieldName(bytes.toString("latin1", headersAt, headersEnd));
    if (name !== undefined) yield { name, span: { start, end: Math.max(start, end) } };
    at = end + 2;
  }
}

function fieldName(headers: string): string | undefined {
  const disposition = /\r\ncontent-disposition:\s*form-data\s*;([^\r\n]*)/i.exec(headers)?.[1];
  if (disposition === undefined || /;?\s*filename\*?\s*=/i.test(disposition)) return undefined;
  const match = /(?:^|;)\s*name=(?:"([^"]*)"|([^\s;]+))/i.exec(disposition);
  return match?.[1] ?? match?.[2];
}

function fieldText(bytes: Buffer, span: Span | undefined): string | undefined {
  if (span === undefined || span.end - span.start > MAX_VALUE_BYTES) return undefined;
  return bytes.toString("utf8", span.start, span.end);
}
