// Watches the parts of a form that goes by, for a second one with a name that decides where the form goes.
import {
  BLANK_LINE,
  delimiterOf,
  LINE_END,
  MAX_DELIMITERS,
  MAX_HEADER_BYTES,
  markAt,
  partName,
} from "./form-grammar.ts";

/** What `peekMultipart` reads. */
const WATCHED: ReadonlySet<string> = new Set(["model", "stream"]);

/**
 * The head of an upload was looked at, the rest is not held: a field of a name that came before would be obeyed by some
 * providers in place of the first, and so would one that only some of them find.
 */
export class FormWatch {
  /** Undefined without a boundary, after the last delimiter, and once there is nothing left to find out. */
  #delimiter: string | undefined;
  readonly #seen = new Set<string>();
  /** What may be the beginning of a delimiter or its headers, behind a line end. */
  #rest: Buffer = Buffer.from(LINE_END);
  #count = 0;

  constructor(contentType: string) {
    this.#delimiter = delimiterOf(contentType);
  }

  /** Takes the next bytes of the form, from its first one on; false, once, where two readers of it could differ. */
  isClear(piece: Uint8Array): boolean {
    const delimiter = this.#delimiter;
    if (delimiter === undefined) return true;
    const bytes = Buffer.concat([this.#rest, piece]);
    let from = LINE_END.length;
    for (;;) {
      const at = bytes.indexOf(delimiter, from);
      if (at < 0) {
        from = Math.max(from, bytes.length - delimiter.length + 1);
        break;
      }
      const next = this.#look(bytes, at, delimiter.length);
      if (next === "more") {
        from = at;
        break;
      }
      if (typeof next !== "number") {
        this.#delimiter = undefined;
        return next === "end";
      }
      from = next;
    }
    this.#rest = bytes.subarray(from - LINE_END.length);
    return true;
  }

  /** Where the search goes on after what may be a delimiter; `more`: too little of it is there. */
  #look(bytes: Buffer, at: number, length: number): number | "more" | "end" | "unclear" {
    const mark = markAt(bytes, at, length);
    if (mark.kind === "more" || mark.kind === "end") return mark.kind;
    const next = mark.kind === "part" ? this.#lookAtPart(bytes, mark.headersAt) : at + length;
    if (next === "more") return next;
    this.#count += 1;
    return mark.kind === "odd" || this.#count > MAX_DELIMITERS ? "unclear" : next;
  }

  #lookAtPart(bytes: Buffer, headersAt: number): number | "more" | "unclear" {
    const end = bytes.indexOf(BLANK_LINE, headersAt);
    if ((end < 0 ? bytes.length : end) - headersAt > MAX_HEADER_BYTES) return "unclear";
    if (end < 0) return "more";
    const part = partName(bytes.toString("latin1", headersAt, end));
    if (part?.isClear === false || this.#seen.has(part?.name ?? "")) return "unclear";
    if (part !== undefined && WATCHED.has(part.name)) this.#seen.add(part.name);
    return end + BLANK_LINE.length;
  }
}
