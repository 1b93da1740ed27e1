// Reads HTTP/1.1 answers from one connection: just enough of the protocol for the servers that are measured.

const HEAD_END = "\r\n\r\n";
const LINE_END = "\r\n";
const EMPTY: Buffer = Buffer.alloc(0);

export interface AnswerEvents {
  onBody(bytes: Buffer): void;
  /** The answer is complete. */
  onEnd(status: number): void;
}

/** Knows answers with a length and chunked ones; anything else throws. */
export class AnswerReader {
  readonly #events: AnswerEvents;
  #state: "head" | "sized" | "chunk-size" | "chunk" | "chunk-end" = "head";
  #carry = EMPTY;
  #status = 0;
  /** Bytes left of the body or of the chunk. */
  #left = 0;

  constructor(events: AnswerEvents) {
    this.#events = events;
  }

  /** @throws Error where the bytes are no answer. */
  push(bytes: Buffer): void {
    let rest: Buffer = this.#carry.length === 0 ? bytes : Buffer.concat([this.#carry, bytes]);
    this.#carry = EMPTY;
    while (rest.length > 0) {
      const next = this.#step(rest);
      if (next === undefined) {
        this.#carry = rest;
        return;
      }
      rest = next;
    }
  }

  /** What is left after one step; undefined if it needs more bytes. */
  #step(bytes: Buffer): Buffer | undefined {
    switch (this.#state) {
      case "head":
        return this.#readHead(bytes);
      case "sized":
      case "chunk":
        return this.#readBody(bytes);
      case "chunk-size":
        return this.#readChunkSize(bytes);
      case "chunk-end":
        return this.#readChunkEnd(bytes);
      default:
        return this.#state satisfies never;
    }
  }

  #readHead(bytes: Buffer): Buffer | undefined {
    const end = bytes.indexOf(HEAD_END);
    if (end < 0) return undefined;
    const head = bytes.toString("latin1", 0, end);
    this.#status = Number(head.slice(9, 12));
    const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
    if (length === undefined && !/\r\ntransfer-encoding: *chunked/i.test(head)) {
      throw new Error(`Cannot read an answer without a length: ${head.slice(0, 60)}`);
    }
    this.#left = Number(length ?? 0);
    this.#state = length === undefined ? "chunk-size" : "sized";
    if (length === "0") this.#end();
    return bytes.subarray(end + HEAD_END.length);
  }

  #readBody(bytes: Buffer): Buffer {
    const taken = Math.min(this.#left, bytes.length);
    this.#left -= taken;
    this.#events.onBody(taken === bytes.length ? bytes : bytes.subarray(0, taken));
    if (this.#left === 0) {
      if (this.#state === "sized") this.#end();
      else this.#state = "chunk-end";
    }
    return bytes.subarray(taken);
  }

  #readChunkSize(bytes: Buffer): Buffer | undefined {
    const end = bytes.indexOf(LINE_END);
    if (end < 0) return undefined;
    this.#left = Number.parseInt(bytes.toString("latin1", 0, end), 16);
    if (Number.isNaN(this.#left)) throw new Error("Cannot read an answer: expected the size of a chunk");
    this.#state = this.#left === 0 ? "chunk-end" : "chunk";
    if (this.#left === 0) this.#left = -1;
    return bytes.subarray(end + LINE_END.length);
  }

  #readChunkEnd(bytes: Buffer): Buffer | undefined {
    if (bytes.length < LINE_END.length) return undefined;
    if (this.#left === -1) this.#end();
    else this.#state = "chunk-size";
    return bytes.subarray(LINE_END.length);
  }

  #end(): void {
    this.#state = "head";
    this.#events.onEnd(this.#status);
  }
}
