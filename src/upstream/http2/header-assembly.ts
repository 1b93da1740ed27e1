// Joins HEADERS and CONTINUATION frames into decoded header blocks.
import { ERROR, FLAG, FRAME } from "./frames.ts";
import { HpackDecoder } from "./hpack-decoder.ts";
import { unpadded } from "./payloads.ts";
import type { Header } from "./static-table.ts";

/** `code`: the error that ends the connection, because the table of the other side is out of step from here on. */
export type HeaderResult =
  | { readonly kind: "block"; readonly id: number; readonly isEnd: boolean; readonly headers: readonly Header[] }
  | { readonly kind: "more" }
  | { readonly kind: "error"; readonly code: number };

/** Endless CONTINUATION frames would otherwise fill the memory (CVE-2024-27316 and its siblings). */
const MAX_BLOCK_BYTES = 256 * 1024;

/** What a part takes beside its bytes, so that empty ones are not endless either. */
const PART_BYTES = 64;

const MORE: HeaderResult = { kind: "more" };

/** The priority fields of a HEADERS frame, RFC 9113 section 6.2. */
const PRIORITY_BYTES = 5;

/** One per connection: it holds the HPACK state. */
export class HeaderAssembly {
  readonly #decoder = new HpackDecoder();
  #id = 0;
  #isEnd = false;
  #parts: Buffer[] = [];
  #bytes = 0;

  /** A block was begun: no frame but its CONTINUATION may follow, RFC 9113 section 6.10. */
  get isOpen(): boolean {
    return this.#id !== 0;
  }

  /** Takes a HEADERS or CONTINUATION frame. */
  add(type: number, flags: number, id: number, payload: Buffer): HeaderResult {
    if (id === 0 || (type === FRAME.continuation) !== this.isOpen || (this.isOpen && id !== this.#id)) {
      return { kind: "error", code: ERROR.protocol };
    }
    let part: Buffer | undefined = payload;
    if (type === FRAME.headers) {
      part = unpadded(flags, payload);
      if (part !== undefined && (flags & FLAG.priority) !== 0) part = part.subarray(PRIORITY_BYTES);
      this.#isEnd = (flags & FLAG.endStream) !== 0;
    }
    if (part === undefined) return { kind: "error", code: ERROR.protocol };
    return this.#append(id, part, (flags & FLAG.endHeaders) !== 0);
  }

  #append(id: number, part: Buffer, isLast: boolean): HeaderResult {
    this.#id = isLast ? 0 : id;
    this.#bytes += PART_BYTES + part.length;
    if (this.#bytes > MAX_BLOCK_BYTES) return { kind: "error", code: ERROR.enhanceYourCalm };
    this.#parts.push(part);
    if (!isLast) return MORE;
    const block = this.#parts.length === 1 ? part : Buffer.concat(this.#parts);
    this.#parts = [];
    this.#bytes = 0;
    const headers = this.#decoder.decode(block);
    if (headers === undefined) return { kind: "error", code: ERROR.compression };
    return { kind: "block", id, isEnd: this.#isEnd, headers };
  }
}
