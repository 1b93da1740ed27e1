// Encodes the headers of a request as an HPACK block (RFC 7541) that touches no dynamic table.
import type { TransportCall } from "../transport.ts";
import { STATIC_TABLE } from "./static-table.ts";

/** Indexes of RFC 7541 appendix A, as whole fields (first bit set) and as names. */
const INDEXED = { get: 0x82, post: 0x83, https: 0x87 } as const;
const NAMED = { authority: 1, method: 2, path: 4 } as const;

const WITHOUT_INDEXING = 0x00;
/** Tells every hop to keep the value out of its tables too, RFC 7541 section 7.1.3. */
const NEVER_INDEXED = 0x10;

/** Headers that hold credentials. */
const SECRET = new Set(["authorization", "x-api-key", "api-key", "x-goog-api-key", "proxy-authorization", "cookie"]);

/** Headers that belong to one connection, RFC 9113 section 8.2.2, and those that are written from the call itself. */
const DROPPED = new Set([
  "connection",
  "content-length",
  "host",
  "keep-alive",
  "proxy-connection",
  "te",
  "transfer-encoding",
  "upgrade",
]);

/** Methods for which a missing body is stated as `content-length: 0`, RFC 9110 section 8.6. */
const EXPECTS_BODY = new Set(["POST", "PUT", "PATCH"]);

/** RFC 9110 sections 5.6.2 and 5.5; a path holds no blank and no control character. */
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;
const PATH = /^\/[\x21-\x7e\x80-\xff]*$/;

const NAME_INDEX = new Map(STATIC_TABLE.map(([name], at) => [name, at + 1] as const).reverse());

/** What a literal needs beside its text: an index and two lengths. */
const LITERAL_BYTES = 12;

let scratch = Buffer.allocUnsafe(16 * 1024);
let length = 0;

/**
 * The header block of a call, with `authority` as its host; undefined when a header, the path or the method is no valid
 * HTTP, or a stated content-length contradicts the body.
 */
export function encodeRequest(call: TransportCall, authority: string): Buffer | undefined {
  if (!PATH.test(call.path) || !TOKEN.test(call.method)) return undefined;
  reserve(call, authority);
  length = 0;
  if (call.method === "POST") scratch[length++] = INDEXED.post;
  else if (call.method === "GET") scratch[length++] = INDEXED.get;
  else writeLiteral(WITHOUT_INDEXING, NAMED.method, call.method);
  scratch[length++] = INDEXED.https;
  writeLiteral(WITHOUT_INDEXING, NAMED.authority, authority);
  writeLiteral(WITHOUT_INDEXING, NAMED.path, call.path);
  const bodyBytes = call.body === null ? 0 : call.body.length;
  for (let at = 0; at < call.headers.length; at += 2) {
    const name = (call.headers[at] ?? "").toLowerCase();
    const value = call.headers[at + 1] ?? "";
    if (!TOKEN.test(name) || !VALUE.test(value)) return undefined;
    if (name === "content-length" && Number(value) !== (bodyBytes ?? 0)) return undefined;
    if (!DROPPED.has(name)) writeField(name, value);
  }
  const statesLength = bodyBytes !== undefined && (bodyBytes > 0 || EXPECTS_BODY.has(call.method));
  if (statesLength) writeField("content-length", String(bodyBytes));
  return Buffer.from(scratch.subarray(0, length));
}

function reserve(call: TransportCall, authority: string): void {
  let bytes = call.path.length + call.method.length + authority.length + 8 * LITERAL_BYTES + 32;
  for (const text of call.headers) bytes += text.length + LITERAL_BYTES;
  if (bytes > scratch.length) scratch = Buffer.allocUnsafe(bytes);
}

function writeField(name: string, value: string): void {
  const kind = SECRET.has(name) ? NEVER_INDEXED : WITHOUT_INDEXING;
  const index = NAME_INDEX.get(name) ?? 0;
  writeInteger(kind, 4, index);
  if (index === 0) writeString(name);
  writeString(value);
}

function writeLiteral(kind: number, nameIndex: number, value: string): void {
  writeInteger(kind, 4, nameIndex);
  writeString(value);
}

/** Without Huffman: the bytes saved are not worth the time of both sides. */
function writeString(text: string): void {
  writeInteger(0, 7, text.length);
  length += scratch.write(text, length, "latin1");
}

/** RFC 7541 section 5.1. */
function writeInteger(kind: number, prefixBits: number, value: number): void {
  const limit = (1 << prefixBits) - 1;
  if (value < limit) {
    scratch[length++] = kind | value;
    return;
  }
  scratch[length++] = kind | limit;
  let rest = value - limit;
  for (; rest >= 128; rest = Math.floor(rest / 128)) scratch[length++] = (rest & 0x7f) | 0x80;
  scratch[length++] = rest;
}
