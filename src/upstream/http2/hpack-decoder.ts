// Decodes HPACK header blocks (RFC 7541) of one connection, with its dynamic table.
import { decodeHuffman } from "./huffman.ts";
import { type Header, STATIC_TABLE } from "./static-table.ts";

/** SETTINGS_HEADER_TABLE_SIZE: we announce no other than the default. */
const TABLE_BYTES = 4096;

/** What an entry costs beside its text, RFC 7541 section 4.1. */
const ENTRY_BYTES = 32;

/**
 * The most that one block may decode to, in bytes as above. One byte may stand for a table entry of 4 KiB, so that the
 * size of the block is no bound.
 */
const MAX_LIST_BYTES = 256 * 1024;

/** Longer integers than any length or index that fits the limits above are refused, RFC 7541 section 7.4. */
const MAX_INTEGER = 2 ** 24;

/** Keeps the dynamic table; every block of the connection must pass through it, in order. */
export class HpackDecoder {
  /** The newest entry is the last. */
  readonly #table: Header[] = [];
  #tableBytes = 0;
  #tableLimit = TABLE_BYTES;
  #block: Buffer = Buffer.alloc(0);
  #at = 0;
  #isBroken = false;

  /** The headers of one block, pseudo-headers included; undefined for a compression error, which ends the connection. */
  decode(block: Buffer): Header[] | undefined {
    this.#block = block;
    this.#at = 0;
    const headers: Header[] = [];
    let listBytes = 0;
    while (this.#at < block.length) {
      const header = this.#field(block[this.#at] ?? 0);
      if (this.#isBroken) return undefined;
      if (header === undefined) continue;
      listBytes += sizeOf(header);
      if (listBytes > MAX_LIST_BYTES) return undefined;
      headers.push(header);
    }
    return headers;
  }

  /** One representation, RFC 7541 section 6; undefined for a table size update. */
  #field(first: number): Header | undefined {
    if ((first & 0x80) !== 0) return this.#entry(this.#integer(7));
    if ((first & 0x40) !== 0) {
      const header = this.#literal(6);
      if (!this.#isBroken) this.#add(header);
      return header;
    }
    if ((first & 0x20) === 0) return this.#literal(4);
    const limit = this.#integer(5);
    if (limit > TABLE_BYTES) this.#isBroken = true;
    else this.#shrinkTo(limit);
    return undefined;
  }

  #literal(prefixBits: number): Header {
    const index = this.#integer(prefixBits);
    const name = index === 0 ? this.#string() : (this.#entry(index)?.[0] ?? "");
    return [name, this.#string()];
  }

  #entry(index: number): Header | undefined {
    const fixed = STATIC_TABLE[index - 1];
    if (fixed !== undefined) return fixed;
    const entry = this.#table[this.#table.length - (index - STATIC_TABLE.length)];
    if (entry === undefined) this.#isBroken = true;
    return entry;
  }

  #add(header: Header): void {
    this.#tableBytes += sizeOf(header);
    this.#table.push(header);
    this.#evict();
  }

  #shrinkTo(limit: number): void {
    this.#tableLimit = limit;
    this.#evict();
  }

  #evict(): void {
    while (this.#tableBytes > this.#tableLimit) {
      const oldest = this.#table.shift();
      if (oldest === undefined) return;
      this.#tableBytes -= sizeOf(oldest);
    }
  }

  /** RFC 7541 section 5.1. */
  #integer(prefixBits: number): number {
    const limit = (1 << prefixBits) - 1;
    let value = (this.#block[this.#at++] ?? 0) & limit;
    if (value < limit) return value;
    for (let factor = 1; ; factor *= 128) {
      const byte = this.#block[this.#at++];
      if (byte === undefined) return this.#fail();
      value += (byte & 0x7f) * factor;
      if (value > MAX_INTEGER) return this.#fail();
      if ((byte & 0x80) === 0) return value;
    }
  }

  /** RFC 7541 section 5.2. */
  #string(): string {
    const isHuffman = ((this.#block[this.#at] ?? 0) & 0x80) !== 0;
    const length = this.#integer(7);
    const end = this.#at + length;
    if (this.#isBroken || end > this.#block.length) {
      this.#fail();
      return "";
    }
    const text = isHuffman ? decodeHuffman(this.#block, this.#at, end) : this.#block.toString("latin1", this.#at, end);
    this.#at = end;
    if (text === undefined) this.#fail();
    return text ?? "";
  }

  #fail(): number {
    this.#isBroken = true;
    this.#at = this.#block.length;
    return 0;
  }
}

function sizeOf(header: Header): number {
  return header[0].length + header[1].length + ENTRY_BYTES;
}
