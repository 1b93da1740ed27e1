// Finds the line ends of a text/event-stream in bytes: CR, LF, or both.

export const LF = 0x0a;
export const CR = 0x0d;

/**
 * Walks the line ends of one byte array in order. Each kind is searched natively and remembered, so that a whole walk
 * costs linear time whichever kinds occur. Asked with offsets that never go down.
 */
export class LineEnds {
  readonly #bytes: Uint8Array;
  #lf: number;
  #cr: number;

  constructor(bytes: Uint8Array, from: number) {
    this.#bytes = bytes;
    this.#lf = this.#find(LF, from);
    this.#cr = this.#find(CR, from);
  }

  /** The offset of the first CR or LF at or after `from`; the length of the bytes without one. */
  next(from: number): number {
    if (this.#lf < from) this.#lf = this.#find(LF, from);
    if (this.#cr < from) this.#cr = this.#find(CR, from);
    return Math.min(this.#lf, this.#cr);
  }

  #find(byte: number, from: number): number {
    const at = this.#bytes.indexOf(byte, from);
    return at < 0 ? this.#bytes.length : at;
  }
}
