// Splits a stream that is one JSON array into its elements, whatever the chunks they come in.
import type { FramedChunk, Framer } from "./framer.ts";
import type { StreamEvent } from "./sse-event.ts";

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const EMPTY = new Uint8Array(0);

const decoder = new TextDecoder();

/**
 * Begins the framing of one stream. An event is an element with all that stands before it; the end of the array is an
 * event of its own with the data `[DONE]`. A lone object, as errors come, is one element, and the end after it.
 */
export function createArrayFramer(): Framer {
  return new ArrayFramer();
}

class ArrayFramer implements Framer {
  /** What is unfinished, in pieces. */
  #pieces: Uint8Array[] = [];
  #length = 0;
  #depth = 0;
  /** The depth at which elements stand: 1 in an array. */
  #base = 0;
  #isInString = false;
  #isEscaped = false;
  /** The beginning of the element at hand was taken by `rest`. */
  #isPartial = false;
  #isClosed = false;

  /** A lone object needs no end. */
  get isClosed(): boolean | undefined {
    return this.#base === 0 ? undefined : this.#isClosed;
  }

  get pendingBytes(): number {
    return this.#length;
  }

  push(chunk: Uint8Array): FramedChunk {
    const events: StreamEvent[] = [];
    const parts: Uint8Array[] = [];
    let start = 0;
    for (let at = 0; at < chunk.length; at += 1) {
      const end = this.#step(chunk[at] ?? 0);
      if (end === undefined) continue;
      const raw = this.#take(chunk.subarray(start, at + 1));
      start = at + 1;
      parts.push(raw);
      if (end !== "array") events.push(new ElementEvent(raw, this.#isPartial));
      // A lone object is whole by itself, whatever it says.
      if (end === "array" || this.#base === 0) events.push(endOfArray(end === "array" ? raw : EMPTY));
      this.#isPartial = false;
    }
    // A copy: the chunk is the transport's.
    if (start < chunk.length) this.#pieces.push(new Uint8Array(chunk.subarray(start)));
    this.#length += chunk.length - start;
    return { events, bytes: parts.length === 1 ? (parts[0] ?? EMPTY) : Buffer.concat(parts) };
  }

  rest(): Uint8Array {
    const isInElement = this.#depth > this.#base;
    if (isInElement) this.#isPartial = true;
    return this.#take(EMPTY);
  }

  #take(last: Uint8Array): Uint8Array {
    const pieces = this.#pieces;
    this.#pieces = [];
    this.#length = 0;
    return pieces.length === 0 ? last : Buffer.concat([...pieces, last]);
  }

  /** What ends with this byte. */
  #step(byte: number): "element" | "array" | undefined {
    if (this.#isInString) {
      this.#stepInString(byte);
      return undefined;
    }
    switch (byte) {
      case QUOTE:
        this.#isInString = true;
        return undefined;
      case OPEN_BRACE:
      case OPEN_BRACKET:
        if (byte === OPEN_BRACKET && this.#depth === 0) this.#base = 1;
        this.#depth += 1;
        return undefined;
      case CLOSE_BRACE:
      case CLOSE_BRACKET:
        this.#depth = Math.max(0, this.#depth - 1);
        if (byte === CLOSE_BRACKET && this.#depth < this.#base) {
          this.#isClosed = true;
          return "array";
        }
        return this.#depth === this.#base ? "element" : undefined;
      default:
        return undefined;
    }
  }

  #stepInString(byte: number): void {
    if (this.#isEscaped) this.#isEscaped = false;
    else if (byte === BACKSLASH) this.#isEscaped = true;
    else if (byte === QUOTE) this.#isInString = false;
  }
}

class ElementEvent implements StreamEvent {
  readonly raw: Uint8Array;
  readonly isPartial: boolean;
  readonly isComment = false;
  readonly event = undefined;

  constructor(raw: Uint8Array, isPartial: boolean) {
    this.raw = raw;
    this.isPartial = isPartial;
  }

  /** The element without the bracket or comma before it. */
  get data(): string {
    return decoder.decode(this.raw.subarray(Math.max(0, this.raw.indexOf(OPEN_BRACE))));
  }
}

/** The terminator of such a stream. */
function endOfArray(raw: Uint8Array): StreamEvent {
  return { raw, isPartial: false, isComment: false, event: undefined, data: "[DONE]" };
}
