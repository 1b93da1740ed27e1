// Splits the bytes of a text/event-stream into complete events, whatever the chunks they come in.
import { CR, LF, LineEnds } from "./line-ends.ts";
import { SseEvent, type StreamEvent } from "./sse-event.ts";

/** The events that a chunk completed, and their bytes as one contiguous run. */
export interface FramedChunk {
  readonly events: readonly StreamEvent[];
  /** The concatenation of `raw` of `events`; empty when no event ended. */
  readonly bytes: Uint8Array;
}

/** Splits one stream, by whatever separates its events. Concatenating all `bytes` and `rest()` gives the input back, bit by bit. */
export interface Framer {
  /** A chunk that holds whole events is not copied: `bytes` and `raw` are views of it. */
  push(chunk: Uint8Array): FramedChunk;
  /** False while the format itself lacks an end, without which nobody can read it. @default undefined: it has none */
  readonly isClosed?: boolean | undefined;
  /** The size of the unfinished event at the end. */
  readonly pendingBytes: number;
  /**
   * Takes the unfinished event's bytes out: at the end of the stream, or when they grew beyond MAX_TAIL_BYTES. In the
   * latter case the event goes on, and its end comes as an event with `isPartial`.
   */
  rest(): Uint8Array;
}

/** How much of an unfinished event the relay lets wait for its end. */
export const MAX_TAIL_BYTES = 1024 * 1024;

/** What is kept of a partial event to read its name and type from. */
const HEAD_BYTES = 4096;
const EMPTY = new Uint8Array(0);
const NOTHING: FramedChunk = { events: [], bytes: EMPTY };

/** Begins the framing of one stream. */
export function createFramer(): Framer {
  return new SseFramer();
}

class SseFramer implements Framer {
  /** The unfinished event is the first `#length` bytes of this. */
  #tail = EMPTY;
  #length = 0;
  /** The beginning of the unfinished event, if that was taken by `rest`. */
  #head: Uint8Array | undefined;
  #isFirst = true;
  readonly #boundaries = new BoundaryScanner();

  get pendingBytes(): number {
    return this.#length;
  }

  push(chunk: Uint8Array): FramedChunk {
    if (chunk.length === 0) return NOTHING;
    const from = this.#length;
    const bytes = from === 0 ? chunk : this.#append(chunk);
    const ends = this.#boundaries.scan(bytes, from);
    const last = ends.at(-1);
    if (last === undefined) {
      if (from === 0) this.#keep(chunk);
      return NOTHING;
    }
    let start = 0;
    const events = ends.map((end) => {
      const event = this.#eventOf(bytes.subarray(start, end));
      start = end;
      return event;
    });
    this.#keep(bytes.subarray(last));
    return { events, bytes: bytes.subarray(0, last) };
  }

  rest(): Uint8Array {
    const taken = this.#tail.subarray(0, this.#length);
    if (taken.length > 0) {
      this.#head ??= new Uint8Array(this.#source(taken).subarray(0, HEAD_BYTES));
      this.#isFirst = false;
    }
    this.#tail = EMPTY;
    this.#length = 0;
    return taken;
  }

  #eventOf(raw: Uint8Array): SseEvent {
    const head = this.#head;
    this.#head = undefined;
    if (head !== undefined) return new SseEvent(raw, head, true);
    const event = new SseEvent(raw, this.#source(raw));
    this.#isFirst = false;
    return event;
  }

  /** One byte order mark at the start of the stream is no part of its first line. */
  #source(raw: Uint8Array): Uint8Array {
    const hasMark = this.#isFirst && raw[0] === 0xef && raw[1] === 0xbb && raw[2] === 0xbf;
    return hasMark ? raw.subarray(3) : raw;
  }

  /** A copy, so that a small tail does not keep a large chunk in memory; `slice` of a Buffer would be a view. */
  #keep(tail: Uint8Array): void {
    this.#tail = tail.length === 0 ? EMPTY : new Uint8Array(tail);
    this.#length = tail.length;
  }

  #append(chunk: Uint8Array): Uint8Array {
    const length = this.#length + chunk.length;
    if (length > this.#tail.length) {
      const grown = new Uint8Array(Math.max(length, 2 * this.#tail.length));
      grown.set(this.#tail.subarray(0, this.#length));
      this.#tail = grown;
    }
    this.#tail.set(chunk, this.#length);
    this.#length = length;
    return this.#tail.subarray(0, length);
  }
}

/**
 * Finds where events end. An event ends with a blank line. A CR may be a line end of its own or the first half of
 * CRLF, which only the next byte tells: a blank line that ends in CR waits for it, unless the line before ended in
 * a lone CR, so that streams of lone CRs are not late either. What ends where depends on the bytes alone, not on
 * the chunks.
 */
class BoundaryScanner {
  #atLineStart = true;
  /** The last byte was a CR of unknown kind; `#isBlankCr`: it ended a blank line. */
  #isCrOpen = false;
  #isBlankCr = false;
  #usesLoneCr = false;

  /** The offsets after each event that ends in `bytes`, whose part before `from` was seen before. */
  scan(bytes: Uint8Array, from: number): readonly number[] {
    const ends: number[] = [];
    const lines = new LineEnds(bytes, from);
    let at = this.#isCrOpen ? this.#closeCr(bytes, from, ends) : from;
    while (at < bytes.length) {
      const lineEnd = lines.next(at);
      const isBlank = this.#atLineStart && lineEnd === at;
      this.#atLineStart = lineEnd < bytes.length;
      if (lineEnd === bytes.length) break;
      at = lineEnd + 1;
      if (bytes[lineEnd] === CR && !(isBlank && this.#usesLoneCr)) {
        this.#isCrOpen = true;
        this.#isBlankCr = isBlank;
        if (at < bytes.length) at = this.#closeCr(bytes, at, ends);
        continue;
      }
      if (bytes[lineEnd] === LF) this.#usesLoneCr = false;
      if (isBlank) ends.push(at);
    }
    return ends;
  }

  /** `at`: the byte after the open CR. Returns where the next line begins. */
  #closeCr(bytes: Uint8Array, at: number, ends: number[]): number {
    const isCrLf = bytes[at] === LF;
    const next = isCrLf ? at + 1 : at;
    this.#isCrOpen = false;
    this.#usesLoneCr = !isCrLf;
    if (this.#isBlankCr) ends.push(next);
    return next;
  }
}
