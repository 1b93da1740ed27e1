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

  /** The oldest of them, one at least where there is one; they wait here no longer. */
  take(mostRows: number, mostBytes: number): readonly RecordRow[] {
    let count = 0;
    let bytes = 0;
    for (const row of this.#rows) {
      if (count === mostRows || (count > 0 && bytes + row.bytes > mostBytes)) break;
      count += 1;
      bytes += row.bytes;
    }
    const taken = this.#rows.slice(0, count);
    this.#rows = this.#rows.slice(count);
    this.#bytes -= bytes;
    return taken;
  }
}
