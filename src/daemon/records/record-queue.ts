// Rows that wait to be written, bounded in number and bytes.
import type { RecordRow } from "./record-row.ts";

/** As many as come in a minute at the default of `requests.max_rate`, with as many failures. */
const MOST_ROWS = 30_000;
const MOST_BYTES = 64 * 1024 * 1024;

export class RecordQueue {
  #rows: RecordRow[] = [];
  #bytes = 0;
  #dropped = 0;

  get size(): number {
    return this.#rows.length;
  }

  /** Rows that did not fit, since the start. */
  get dropped(): number {
    return this.#dropped;
  }

  add(row: RecordRow): void {
    if (this.#rows.length >= MOST_ROWS || this.#bytes + row.bytes > MOST_BYTES) {
      this.#dropped += 1;
      return;
    }
    this.#rows.push(row);
    this.#bytes += row.bytes;
  }

  /** The oldest of them, which wait here no longer. */
  take(most: number): readonly RecordRow[] {
    const taken = this.#rows.slice(0, most);
    this.#rows = this.#rows.slice(most);
    for (const { bytes } of taken) this.#bytes -= bytes;
    return taken;
  }
}
