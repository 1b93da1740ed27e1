// Rows that are put together for the thread of the database, redacted as finished lines.
import type { Redactor } from "../../core/redaction.ts";
import type { PackedRows } from "../../storage/records/packed-rows.ts";

export class PackedLines {
  readonly #redactor: Redactor;
  readonly #slices: string[] = [];
  readonly #numbers: number[] = [];
  #lines: string[] = [];

  constructor(redactor: Redactor) {
    this.#redactor = redactor;
  }

  add(texts: readonly string[], numbers: readonly number[]): void {
    this.#lines.push(JSON.stringify(texts));
    for (const number of numbers) this.#numbers.push(number);
  }

  /** Redacts what was added since the last time: one search over many lines costs less than one for each. */
  endSlice(): void {
    if (this.#lines.length === 0) return;
    this.#slices.push(this.#redactor.redactLines(this.#lines.join("\n")));
    this.#lines = [];
  }

  finish(): PackedRows {
    this.endSlice();
    return { texts: this.#slices.join("\n"), numbers: Float64Array.from(this.#numbers) };
  }
}
