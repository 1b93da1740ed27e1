// Makes the batches that go to the thread of the database; every text of them is redacted here.
import { setImmediate as nextTurn } from "node:timers/promises";
import type { Redactor } from "../../core/redaction.ts";
import { SLICE } from "../../core/slices.ts";
import type { RollUpPage } from "../../records/roll-up-book.ts";
import { ATTEMPT_TEXTS } from "../../storage/records/columns.ts";
import type { RecordBatch } from "../../storage/records/record-batch.ts";
import { cleanAnswer, cleanHeaders, cleanMessage, cleanName, cleanText, MOST_NAME, type Redact } from "./clean-text.ts";
import { PackedLines } from "./packed-lines.ts";
import type { AttemptRow, RecordRow } from "./record-row.ts";

/** Of a client's body, in bytes of UTF-8, most of them one to a character. */
const MOST_BODY = 65_536;
/** Text that is redacted in one turn of the event loop: 3 ms where all of it is Base64. */
const TURN_BYTES = 128 * 1024;
const ESCAPED = /["\\\p{Cc}]/u;
const AT_TEXT = ATTEMPT_TEXTS.indexOf("text");
const AT_HEADERS = ATTEMPT_TEXTS.indexOf("headers");
const AT_MESSAGE = ATTEMPT_TEXTS.indexOf("message");

/** In slices, with a turn of the event loop between them. */
export async function packBatch(
  rows: readonly RecordRow[],
  pages: readonly RollUpPage[],
  redactor: Redactor,
): Promise<RecordBatch> {
  const packing = new Packing(redactor);
  let work = 0;
  for (const [place, row] of rows.entries()) {
    packing.addRow(row, place);
    work += TURN_BYTES / SLICE + row.bytes;
    if (work < TURN_BYTES) continue;
    packing.endSlice();
    await nextTurn();
    work = 0;
  }
  packing.endSlice();
  for (const { minute, hour, rows: counted, faults } of pages) {
    for (let start = 0; start < Math.max(counted.length, faults.length); start += SLICE) {
      packing.addPage({
        minute,
        hour,
        rows: counted.slice(start, start + SLICE),
        faults: faults.slice(start, start + SLICE),
      });
      packing.endSlice();
      if (start > 0) await nextTurn();
    }
  }
  return packing.finish();
}

class Packing {
  readonly #redact: Redact;
  readonly #requests: PackedLines;
  readonly #attempts: PackedLines;
  readonly #bodies: PackedLines;
  readonly #rollUps: PackedLines;
  readonly #faults: PackedLines;

  constructor(redactor: Redactor) {
    this.#redact = (text) => redactor.redact(text);
    this.#requests = new PackedLines(redactor);
    this.#attempts = new PackedLines(redactor);
    this.#bodies = new PackedLines(redactor);
    this.#rollUps = new PackedLines(redactor);
    this.#faults = new PackedLines(redactor);
  }

  addRow(row: RecordRow, place: number): void {
    this.#requests.add(this.#names(row.texts), row.numbers);
    for (const attempt of row.attempts) this.#attempts.add(this.#attemptTexts(attempt), [place, ...attempt.numbers]);
    if (row.body === undefined) return;
    const { bytes, size } = row.body;
    const text = new TextDecoder().decode(bytes);
    const clean = cleanText(text, { most: MOST_BODY, isCut: size > bytes.byteLength }, this.#redact);
    if (clean !== "") this.#bodies.add([clean], [place, size]);
  }

  addPage({ minute, hour, rows, faults }: RollUpPage): void {
    for (const { dimension, value, label, counts } of rows)
      this.#rollUps.add(this.#names([dimension, value, label]), [minute, hour, ...counts]);
    for (const { keyId, keyName, provider, outcome, status, failures, lastAt } of faults)
      this.#faults.add(this.#names([keyId, keyName, provider, outcome]), [minute, hour, status, failures, lastAt]);
  }

  endSlice(): void {
    for (const lines of [this.#requests, this.#attempts, this.#bodies, this.#rollUps, this.#faults]) lines.endSlice();
  }

  finish(): RecordBatch {
    return {
      requests: this.#requests.finish(),
      attempts: this.#attempts.finish(),
      bodies: this.#bodies.finish(),
      rollUps: this.#rollUps.finish(),
      faults: this.#faults.finish(),
    };
  }

  /** Plain ones are redacted with their line, all others by themselves before. */
  #names(texts: readonly string[]): readonly string[] {
    if (texts.every(isPlain)) return texts;
    return texts.map((text) => (isPlain(text) ? text : cleanName(text, this.#redact)));
  }

  /** What others said has line ends and quotes of its own, which a line has in another spelling. */
  #attemptTexts({ texts }: AttemptRow): readonly string[] {
    const clean = [...this.#names(texts.slice(0, AT_MESSAGE))];
    clean[AT_MESSAGE] = cleanMessage(texts[AT_MESSAGE] ?? "", this.#redact);
    clean[AT_TEXT] = cleanAnswer(texts[AT_TEXT] ?? "", this.#redact);
    clean[AT_HEADERS] = cleanHeaders(texts[AT_HEADERS] ?? "", this.#redact);
    return clean;
  }
}

/** Short, and the same in JSON: what is escaped in it already would be escaped twice there. */
function isPlain(text: string): boolean {
  return text.length <= MOST_NAME && !ESCAPED.test(text);
}
