// The ad-hoc signature of a program for macOS: what it is signed with, and whether that is true.
import { createHash } from "node:crypto";

/** Numbers of `mach-o/loader.h`, and of `cs_blobs.h` in Apple's xnu. */
const SEGMENT_64 = 0x19;
const CODE_SIGNATURE = 0x1d;
const SUPER_BLOB = 0xfade0cc0;
const CODE_DIRECTORY = 0xfade0c02;
const VERSION = 0x20400;
const AD_HOC = 0x2;
const SHA_256 = 2;
const MAIN_PROGRAM = 1;

const HEADER_BYTES = 32;
const SUPER_BLOB_BYTES = 20;
const DIRECTORY_BYTES = 88;
const HASH_BYTES = 32;
/** A page that is hashed, as a power of two. */
const PAGE_BITS = 12;
/** What is mapped is whole pages, of 16 KiB on ARM. */
const MAPPED_PAGE_BYTES = 0x4000;

interface Layout {
  /** Where its load commands begin. */
  readonly signature: number;
  readonly linkEdit: number;
  readonly text: number;
  /** Where what is signed ends, and the signature begins. */
  readonly codeBytes: number;
}

/**
 * A signed copy. macOS kills a program whose signature is not true, as that of Bun's own is not any more once something
 * was compiled into it; Bun 1.4.5 makes it anew for ARM only. @throws Error for what has no place for one.
 */
export function signAdHoc(program: Buffer, name: string): Buffer {
  const layout = layoutOf(program);
  if (layout === undefined) throw new Error("Cannot sign the program: it has no place for a signature");
  const { signature, linkEdit, codeBytes } = layout;
  const pages = Math.ceil(codeBytes / 2 ** PAGE_BITS);
  const directoryBytes = DIRECTORY_BYTES + name.length + 1 + pages * HASH_BYTES;
  const signed = Buffer.alloc(codeBytes + SUPER_BLOB_BYTES + directoryBytes);
  program.copy(signed, 0, 0, codeBytes);
  // The load commands stand in a page that is hashed.
  signed.writeUInt32LE(signed.length - codeBytes, signature + 12);
  const linkEditBytes = signed.length - Number(signed.readBigUInt64LE(linkEdit + 40));
  const mappedBytes = Math.ceil(linkEditBytes / MAPPED_PAGE_BYTES) * MAPPED_PAGE_BYTES;
  signed.writeBigUInt64LE(BigInt(mappedBytes), linkEdit + 32);
  signed.writeBigUInt64LE(BigInt(linkEditBytes), linkEdit + 48);
  const blob = [SUPER_BLOB, signed.length - codeBytes, 1, 0, SUPER_BLOB_BYTES];
  for (const [index, word] of blob.entries()) signed.writeUInt32BE(word, codeBytes + index * 4);
  writeDirectory(signed, layout, { name, pages, directoryBytes });
  return signed;
}

interface Directory {
  readonly name: string;
  readonly pages: number;
  readonly directoryBytes: number;
}

function writeDirectory(signed: Buffer, { codeBytes, text }: Layout, { name, pages, directoryBytes }: Directory): void {
  const directory = signed.subarray(codeBytes + SUPER_BLOB_BYTES);
  const hashes = DIRECTORY_BYTES + name.length + 1;
  const words = [CODE_DIRECTORY, directoryBytes, VERSION, AD_HOC, hashes, DIRECTORY_BYTES, 0, pages, codeBytes];
  for (const [index, word] of words.entries()) directory.writeUInt32BE(word, index * 4);
  directory.set([HASH_BYTES, SHA_256, 0, PAGE_BITS], 36);
  directory.writeBigUInt64BE(signed.readBigUInt64LE(text + 40), 64);
  directory.writeBigUInt64BE(signed.readBigUInt64LE(text + 48), 72);
  directory.writeBigUInt64BE(BigInt(MAIN_PROGRAM), 80);
  directory.write(name, DIRECTORY_BYTES);
  for (let page = 0; page < pages; page++)
    directory.set(hashOf(signed, page, codeBytes, PAGE_BITS), hashes + page * HASH_BYTES);
}

/** Why macOS would not run a program; undefined if it is truly signed. */
export function signatureFault(program: Buffer): string | undefined {
  const layout = layoutOf(program);
  if (layout === undefined) return "it is not signed";
  const { signature, codeBytes } = layout;
  if (program.length !== codeBytes + program.readUInt32LE(signature + 12)) return "it does not end with its signature";
  const directory = directoryOf(program.subarray(codeBytes));
  if (directory === undefined) return "its signature has no hashes";
  if (directory.readUInt32BE(32) !== codeBytes) return "its signature is not of all of it";
  const hashes = directory.readUInt32BE(16);
  const pages = directory.readUInt32BE(28);
  const pageBits = directory.readUInt8(39);
  if (pages !== Math.ceil(codeBytes / 2 ** pageBits)) return "its signature has not a hash for each page";
  for (let page = 0; page < pages; page++) {
    const stated = directory.subarray(hashes + page * HASH_BYTES, hashes + (page + 1) * HASH_BYTES);
    if (!stated.equals(hashOf(program, page, codeBytes, pageBits))) return `page ${page} is not what was signed`;
  }
  return undefined;
}

function layoutOf(program: Buffer): Layout | undefined {
  const found: Record<string, number> = {};
  let at = HEADER_BYTES;
  for (let left = program.readUInt32LE(16); left > 0; left--) {
    const kind = program.readUInt32LE(at);
    if (kind === CODE_SIGNATURE) found.signature = at;
    if (kind === SEGMENT_64) found[program.toString("latin1", at + 8, at + 24).replace(/\0+$/, "")] = at;
    at += program.readUInt32LE(at + 4);
  }
  const { signature, __LINKEDIT: linkEdit, __TEXT: text } = found;
  if (signature === undefined || linkEdit === undefined || text === undefined) return undefined;
  return { signature, linkEdit, text, codeBytes: program.readUInt32LE(signature + 8) };
}

function directoryOf(blob: Buffer): Buffer | undefined {
  if (blob.length < SUPER_BLOB_BYTES || blob.readUInt32BE(0) !== SUPER_BLOB) return undefined;
  for (let index = 0; index < blob.readUInt32BE(8); index++) {
    const part = blob.subarray(blob.readUInt32BE(12 + index * 8 + 4));
    if (part.readUInt32BE(0) === CODE_DIRECTORY && part.readUInt8(37) === SHA_256) return part;
  }
  return undefined;
}

/** The last page is not filled up. */
function hashOf(program: Buffer, page: number, codeBytes: number, pageBits: number): Buffer {
  const pageBytes = 2 ** pageBits;
  const end = Math.min((page + 1) * pageBytes, codeBytes);
  return createHash("sha256")
    .update(program.subarray(page * pageBytes, end))
    .digest();
}
