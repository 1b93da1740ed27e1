// The parts of a message until it is whole.

/** So many small parts become one: each would cost far more than its bytes. */
const MAX_SMALL_PARTS = 1024;
const NOTHING = Buffer.alloc(0);

/** Keeps what it is given, and copies it once: when it is taken, or when there are very many parts. */
export class PartList {
  #joined: Buffer[] = [];
  #parts: Buffer[] = [];
  #length = 0;

  get length(): number {
    return this.#length;
  }

  add(part: Buffer): void {
    this.#length += part.length;
    this.#parts.push(part);
    if (this.#parts.length < MAX_SMALL_PARTS) return;
    this.#joined.push(Buffer.concat(this.#parts));
    this.#parts = [];
  }

  /** All bytes in order; the list is empty then. */
  take(): Buffer {
    const all = this.#joined.length === 0 ? this.#parts : [...this.#joined, ...this.#parts];
    this.#joined = [];
    this.#parts = [];
    this.#length = 0;
    return all.length <= 1 ? (all[0] ?? NOTHING) : Buffer.concat(all);
  }
}
