// The request records that were written since the last look, the newest of them as rows.
import type { NewRecords } from "../../admin/live-port.ts";
import type { RequestRecord } from "../../records/record.ts";
import { MOST_AHEAD_MS, rangeAfter, rangeOfTimes, SEQS_OF_MS } from "../../records/seq-range.ts";
import type { Reader } from "../records/read-records.ts";

const MOST_ROWS = 50;

export interface NewestRecordsOptions {
  readonly reader: Reader;
  readonly now: () => number;
}

/** Rows come from the database and from nowhere else: there they have their places, and no secret. */
export class NewestRecords {
  readonly #options: NewestRecordsOptions;
  /** Written and not told of; below 0 while a row was read whose writing is not reported yet. */
  #untold = 0;
  /** The place of the last one that was told of. */
  #seen: number | undefined;

  constructor(options: NewestRecordsOptions) {
    this.#options = options;
  }

  get isDue(): boolean {
    return this.#untold > 0;
  }

  noteWritten(count: number): void {
    this.#untold += count;
  }

  /** Undefined where there is nothing; where the database cannot be read, no more than how many there are. */
  async take(signal: AbortSignal): Promise<NewRecords | undefined> {
    const written = this.#untold;
    if (written <= 0) return undefined;
    const records = await this.#read(written, signal).catch(() => []);
    // Where nothing came it is another file, whose places may be lower.
    this.#seen = records[0]?.seq;
    const more = Math.max(0, written - records.length);
    this.#untold -= records.length + more;
    return { records, more };
  }

  async #read(written: number, signal: AbortSignal): Promise<readonly RequestRecord[]> {
    const { reader, now } = this.#options;
    // What was written while the clock was ahead comes after all that is written now.
    const all = { ...rangeOfTimes({}), high: (now() + MOST_AHEAD_MS) * SEQS_OF_MS };
    const range = this.#seen === undefined ? all : rangeAfter(all, this.#seen, false);
    const limit = this.#seen === undefined ? Math.min(written, MOST_ROWS) : MOST_ROWS;
    const answer = await reader.ask("page", { filter: {}, range, isDescending: true, limit, step: 0 }, signal);
    return answer?.records ?? [];
  }
}
