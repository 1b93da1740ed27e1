// Finds the end of an HTTP/1.1 body (RFC 9112 section 6), and keeps its beginning.
import { PartList } from "./part-list.ts";

export type BodyForm =
  | { readonly kind: "length"; readonly bytes: number }
  | { readonly kind: "chunked" | "connection" | "faulty" };

/** As much of a body as errors are read from. */
const MAX_KEPT_BYTES = 64 * 1024;
/** A chunk's size in hexadecimal, with its extensions; longer lines are no chunk's. */
const MAX_LINE_BYTES = 4096;
const CHUNK_SIZE = /^([0-9a-f]{1,12})[ \t]*(?:;|$)/i;

/** What of a body is beyond the kept bytes is not waited for. */
export class BodyEnd {
  readonly endsWithConnection: boolean;
  readonly #kept = new PartList();
  readonly #isChunked: boolean;
  /** Bytes until the end, of the body or of the chunk; undefined while a line of chunked coding is read. */
  #missing: number | undefined;
  #line = "";
  #isComplete = false;
  #isFaulty = false;

  constructor(form: BodyForm) {
    this.endsWithConnection = form.kind === "connection";
    this.#isChunked = form.kind === "chunked";
    this.#isFaulty = form.kind === "faulty";
    this.#missing = form.kind === "length" ? form.bytes : form.kind === "chunked" ? undefined : Infinity;
    this.#isComplete = this.#missing === 0;
  }

  get isComplete(): boolean {
    return this.#isComplete || this.#kept.length >= MAX_KEPT_BYTES;
  }

  get isFaulty(): boolean {
    return this.#isFaulty;
  }

  push(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length && !this.isComplete && !this.#isFaulty) {
      at = this.#missing === undefined ? this.#readLine(chunk, at) : this.#readData(this.#missing, chunk, at);
    }
  }

  take(): Buffer {
    return this.#kept.take();
  }

  #readData(missing: number, chunk: Buffer, at: number): number {
    const end = Math.min(at + missing, chunk.length);
    this.#kept.add(chunk.subarray(at, Math.min(end, at + MAX_KEPT_BYTES - this.#kept.length)));
    this.#missing = missing - (end - at);
    if (this.#missing > 0) return end;
    if (this.#isChunked) this.#missing = undefined;
    else this.#isComplete = true;
    return end;
  }

  #readLine(chunk: Buffer, at: number): number {
    const newline = chunk.indexOf("\n", at);
    const end = newline < 0 ? chunk.length : newline + 1;
    this.#line += chunk.toString("latin1", at, end);
    if (this.#line.length > MAX_LINE_BYTES) this.#isFaulty = true;
    if (newline >= 0) this.#endLine(this.#line.trim());
    return end;
  }

  #endLine(line: string): void {
    this.#line = "";
    // The one that ends the data of a chunk.
    if (line === "") return;
    const size = CHUNK_SIZE.exec(line)?.[1];
    if (size === undefined) this.#isFaulty = true;
    else if (Number.parseInt(size, 16) === 0) this.#isComplete = true;
    else this.#missing = Number.parseInt(size, 16);
  }
}
