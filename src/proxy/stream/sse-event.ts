// One server-sent event: its exact bytes, and its fields, which are decoded only when somebody asks.
import { LineEnds } from "./line-ends.ts";

interface Fields {
  readonly event: string | undefined;
  /** Undefined without a `data` line. */
  readonly data: string | undefined;
}

const COLON = 0x3a;
const SPACE = 0x20;

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** One event of a stream, whatever its framing. */
export interface StreamEvent {
  /** The bytes as they came. */
  readonly raw: Uint8Array;
  /** Its beginning went out before its end was there: `event` and `data` show that beginning only. */
  readonly isPartial: boolean;
  /** Nothing for the client's program. */
  readonly isComment: boolean;
  readonly event: string | undefined;
  readonly data: string;
}

/** An event as the WHATWG HTML standard defines it, section 9.2.6; `id` and `retry` stay in the bytes. */
export class SseEvent implements StreamEvent {
  /** The bytes as they came, the blank line included, a byte order mark at the start of the stream too. */
  readonly raw: Uint8Array;
  /** Its beginning went out before its end was there: `event` and `data` show that beginning only. */
  readonly isPartial: boolean;
  readonly #source: Uint8Array;
  #fields: Fields | undefined;

  /** `source`: the bytes whose fields are read, where they are not `raw`. */
  constructor(raw: Uint8Array, source: Uint8Array = raw, isPartial = false) {
    this.raw = raw;
    this.isPartial = isPartial;
    this.#source = source;
  }

  /** Nothing for the client's program: comments, `id`, `retry`, unknown fields or a lone blank line. */
  get isComment(): boolean {
    const { event, data } = this.#read();
    return event === undefined && data === undefined;
  }

  /** The `event` field; undefined when absent or empty. */
  get event(): string | undefined {
    return this.#read().event;
  }

  /** The `data` lines, joined by LF; "" without one. */
  get data(): string {
    return this.#read().data ?? "";
  }

  #read(): Fields {
    this.#fields ??= readFields(this.#source);
    return this.#fields;
  }
}

function readFields(source: Uint8Array): Fields {
  const lines = new LineEnds(source, 0);
  let event: string | undefined;
  const data: string[] = [];
  let at = 0;
  while (at < source.length) {
    const end = lines.next(at);
    const line = source.subarray(at, end);
    at = end + 1;
    if (isField(line, "data")) data.push(decodeValue(line.subarray(4)));
    else if (isField(line, "event")) event = decodeValue(line.subarray(5)) || undefined;
  }
  return { event, data: data.length === 0 ? undefined : data.join("\n") };
}

function isField(line: Uint8Array, name: string): boolean {
  if (line.length > name.length && line[name.length] !== COLON) return false;
  for (let at = 0; at < name.length; at += 1) {
    if (line[at] !== name.charCodeAt(at)) return false;
  }
  return true;
}

/** `rest`: what follows the field's name, its colon first if there is one. */
function decodeValue(rest: Uint8Array): string {
  return decoder.decode(rest.subarray(rest[1] === SPACE ? 2 : 1));
}
