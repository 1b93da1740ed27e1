// Watches the parts of a form that goes by, for a second one with a name that decides where the form goes.
import {
  afterDelimiter,
  BLANK_LINE,
  boundaryOf,
  isClosing,
  LINE_END,
  MAX_HEADER_BYTES,
  partName,
} from "./form-grammar.ts";

/** What `peekMultipart` reads. */
const WATCHED: ReadonlySet<string> = new Set(["model", "stream"]);
/** White space may stand between a boundary and its line end; more than this is none. */
const MAX_PADDING = 64;

/**
 * The head of an upload was looked at, the rest is not held: a field of a name that came before would be obeyed by some
 * providers in place of the first.
 */
export class FormWatch {
  /** Undefined without a boundary, and after the last delimiter. */
  #separator: Buffer | undefined;
  readonly #seen = new Set<string>();
  /** What may be the beginning of a delimiter or its headers. The first one needs no line end before it. */
  #rest: Buffer = Buffer.from(LINE_END);

  constructor(contentType: string) {
    const boundary = boundaryOf(contentType);
    this.#separator = boundary === undefined ? undefined : Buffer.from(`${LINE_END}--${boundary}`, "latin1");
  }

  /** Takes the next bytes of the form, from its first one on; false at the second part of a watched name. */
  isClear(piece: Uint8Array): boolean {
    const separator = this.#separator;
    if (separator === undefined) return true;
    const bytes = Buffer.concat([this.#rest, piece]);
    let from = 0;
    for (;;) {
      const at = bytes.indexOf(separator, from);
      if (at < 0) {
        from = Math.max(from, bytes.length - separator.length + 1);
        break;
      }
      const next = this.#look(bytes, at, separator.length);
      if (next === "ambiguous") return false;
      if (next === "end") {
        this.#separator = undefined;
        return true;
      }
      if (next === "more") {
        from = at;
        break;
      }
      from = next;
    }
    this.#rest = bytes.subarray(from);
    return true;
  }

  /** Where the search goes on after what may be a delimiter; `more`: too little of it is there. */
  #look(bytes: Buffer, at: number, length: number): number | "more" | "end" | "ambiguous" {
    const after = at + length;
    if (isClosing(bytes, after)) return "end";
    const headersAt = afterDelimiter(bytes, after);
    if (headersAt === undefined) {
      return bytes.length - after < MAX_PADDING && isPadding(bytes.subarray(after)) ? "more" : after;
    }
    const headersEnd = bytes.indexOf(BLANK_LINE, headersAt);
    if (headersEnd < 0) return bytes.length - headersAt > MAX_HEADER_BYTES ? headersAt : "more";
    const name = partName(bytes.toString("latin1", headersAt, headersEnd))?.name ?? "";
    if (this.#seen.has(name)) return "ambiguous";
    if (WATCHED.has(name)) this.#seen.add(name);
    // The line end before the next delimiter may be that of the blank line.
    return headersEnd + BLANK_LINE.length - LINE_END.length;
  }
}

/** It could still become the end of a line, or of the form. */
function isPadding(bytes: Buffer): boolean {
  return /^(?:[ \t]*\r?|-)$/.test(bytes.toString("latin1"));
}
