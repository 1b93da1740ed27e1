// Cuts a file that is read in chunks into lines, without holding more than one line that is still open.

/** Longer lines are skipped: no record comes near it. */
export const MAX_LINE_BYTES = 1_000_000;

const LINE_FEED = 0x0a;
const NOTHING = Buffer.alloc(0);

/** Takes the chunks of one file in order. */
export class LineSplitter {
  /** The beginning of the line whose end has not come yet. */
  #head: Buffer = NOTHING;
  #isTooLong = false;

  /** The lines that end in this chunk, which must be shorter than a line may be; it is not kept. */
  push(chunk: Buffer): readonly string[] {
    const end = chunk.indexOf(LINE_FEED);
    if (this.#head.length + (end < 0 ? chunk.length : end) > MAX_LINE_BYTES) this.#isTooLong = true;
    if (end < 0) {
      this.#head = this.#isTooLong ? NOTHING : Buffer.concat([this.#head, chunk]);
      return [];
    }
    const behind = chunk.lastIndexOf(LINE_FEED) + 1;
    const whole = this.#isTooLong
      ? chunk.subarray(end + 1, behind)
      : Buffer.concat([this.#head, chunk.subarray(0, behind)]);
    this.#head = Buffer.from(chunk.subarray(behind));
    this.#isTooLong = false;
    return whole.toString().split("\n").slice(0, -1);
  }
}
