// Estimates what a request will spend, from its bytes alone: no tokenizer is fast enough, and each model has its own.
import type { TokenEstimate } from "../../balancer/contract.ts";
import type { BodyFacts } from "./body-facts.ts";
import { skipString } from "./json-scan.ts";
import { countFieldBytes } from "./peek-multipart.ts";

export interface EstimateInput {
  readonly body: Uint8Array | null;
  readonly contentType: string | null;
  readonly facts: BodyFacts;
  /** The name of the operation. */
  readonly operation: string;
}

/** What English text has on average (help.openai.com: what are tokens and how to count them). */
const BYTES_PER_TOKEN = 4;
/** An image, a file or a sound, however long it is: about what vision models count for an image of medium size. */
const OPAQUE_TOKENS = 1_000;
/** No text is so long without a space; base64 is. */
const LONG_RUN = 64 * 1024;
/** Between two strings stand a few bytes, or many numbers, which are worth a native search. */
const NEAR = 64;
const SPACE = 0x20;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const DATA_URL = Buffer.from('"data:');
const FORM = /^\s*multipart\/form-data\b/i;
const TEXT = /^\s*(?:text\/|application\/(?:[\w.-]+\+)?(?:json|x-ndjson|jsonl|x-www-form-urlencoded)\b)/i;

/** They answer with numbers, however much they read. */
const WITHOUT_OUTPUT: ReadonlySet<string> = new Set([
  "embeddings",
  "moderations",
  "chat/moderations",
  "classifications",
  "chat/classifications",
  "content_provenance_checks",
  "rerank",
  "models/{id}:embedContent",
  "models/{id}:batchEmbedContents",
]);

/** Input: text bytes / 4, images and files inside JSON 1,000 each, files of a form nothing. Linear in the body. */
export function estimateTokens({ body, contentType, facts, operation }: EstimateInput): TokenEstimate {
  const maxOutput = WITHOUT_OUTPUT.has(operation) ? 0 : facts.maxOutput;
  const input = body === null ? 0 : inputTokens(body, contentType, facts.isJson);
  const { choices, previousResponseId, hasConversation } = facts;
  const refers = previousResponseId !== undefined || hasConversation;
  return { input, maxOutput, ...(choices !== undefined && { choices }), ...(refers && { refers }) };
}

function inputTokens(body: Uint8Array, contentType: string | null, isJson: boolean): number {
  if (isJson) return jsonTokens(Buffer.from(body.buffer, body.byteOffset, body.byteLength));
  if (contentType !== null && FORM.test(contentType)) return tokensOf(countFieldBytes(body, contentType));
  return contentType === null || contentType === "" || TEXT.test(contentType) ? tokensOf(body.length) : 0;
}

function tokensOf(bytes: number): number {
  return Math.ceil(bytes / BYTES_PER_TOKEN);
}

function jsonTokens(body: Buffer): number {
  const opaque = hasLongRun(body) ? opaqueAmongAll(body) : opaqueByPrefix(body);
  return tokensOf(body.length - opaque.bytes) + opaque.count * OPAQUE_TOKENS;
}

interface Opaque {
  count: number;
  bytes: number;
}

/** Without a long run only the beginning of a string can make it opaque, which a native search finds. */
function opaqueByPrefix(body: Buffer): Opaque {
  const found: Opaque = { count: 0, bytes: 0 };
  let at = body.indexOf(DATA_URL);
  while (at >= 0) {
    // After a backslash the quote stands inside a text.
    const end = body[at - 1] === BACKSLASH ? at + 1 : skipString(body, at);
    if (end < 0) break;
    if (end > at + 1) {
      found.count += 1;
      found.bytes += end - at;
    }
    at = body.indexOf(DATA_URL, end);
  }
  return found;
}

function opaqueAmongAll(body: Buffer): Opaque {
  const found: Opaque = { count: 0, bytes: 0 };
  let start = nextQuote(body, 0);
  while (start >= 0) {
    const end = skipString(body, start);
    if (end < 0) break;
    if (isOpaque(body, start, end)) {
      found.count += 1;
      found.bytes += end - start;
    }
    start = nextQuote(body, end);
  }
  return found;
}

function isOpaque(body: Buffer, start: number, end: number): boolean {
  for (let i = 1; i < DATA_URL.length; i += 1) {
    if (body[start + i] !== DATA_URL[i]) return end - start > LONG_RUN && hasLongRun(body.subarray(start, end));
  }
  return true;
}

function nextQuote(body: Buffer, from: number): number {
  const near = Math.min(body.length, from + NEAR);
  for (let at = from; at < near; at += 1) if (body[at] === QUOTE) return at;
  return body.indexOf(QUOTE, near);
}

/** Looks back from the end of each window, so that a text with spaces costs one look for each 64 KiB. */
function hasLongRun(bytes: Buffer): boolean {
  let from = 0;
  while (bytes.length - from > LONG_RUN) {
    const space = bytes.lastIndexOf(SPACE, from + LONG_RUN);
    if (space < from) return true;
    from = space + 1;
  }
  return false;
}
