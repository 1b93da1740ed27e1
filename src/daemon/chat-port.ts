// The operator's chats: through the proxy of this process, as if a client had sent them.
import type { ChatPart, ChatPort, ChatQuestion } from "../admin/chat-port.ts";
import type { Trace } from "../proxy/trace.ts";
import { PriceTable } from "../tokens/price-table.ts";
import type { Instance } from "./instance.ts";
import { maskedPieces } from "./masked-pieces.ts";
import { cleanText } from "./records/clean-text.ts";
import { freshRecord } from "./records/fresh-record.ts";
import { costNanosOf } from "./records/request-counts.ts";

/** Nothing is sent to this name. */
const ADDRESS = "http://openai-balance.invalid/v1/chat/completions";
const REQUEST_ID = "x-openai-balance-request-id";
const LEAST_ERROR = 400;
/** One item has no more: whoever reads them writes each in one piece. */
const MOST_BYTES = 64 * 1024;
/** Of an error, in characters. */
const MOST_ERROR = 64 * 1024;
/** The most that a character takes. */
const UTF8_BYTES = 4;

export function chatPort(instance: Instance): ChatPort {
  return { ask: (question, signal) => ask(question, instance, signal) };
}

async function* ask(question: ChatQuestion, instance: Instance, signal: AbortSignal): AsyncGenerator<ChatPart> {
  const left = new AbortController();
  const ended = Promise.withResolvers<Trace>();
  try {
    const request = requestOf(question, AbortSignal.any([signal, left.signal]));
    const response = await instance.handler.handleOperator(request, { pin: question.pin, onEnd: ended.resolve });
    if (signal.aborted) return;
    const { status } = response;
    yield { kind: "head", requestId: response.headers.get(REQUEST_ID) ?? "", status };
    const texts = status < LEAST_ERROR ? maskedTexts(response, instance) : errorTexts(response, instance);
    for await (const text of texts) yield { kind: "data", text };
    if (signal.aborted) return;
    yield { kind: "end", record: recordOf(await ended.promise, instance) };
  } finally {
    // Whoever stops reading is a client that leaves.
    left.abort();
  }
}

function requestOf({ body, provider }: ChatQuestion, signal: AbortSignal): Request {
  const bytes = new TextEncoder().encode(JSON.stringify(body));
  const query = provider === undefined ? "" : `?${new URLSearchParams({ provider })}`;
  const headers = { "content-type": "application/json", "content-length": String(bytes.length) };
  return new Request(ADDRESS + query, { method: "POST", headers, body: bytes, signal });
}

/** A provider may say what it was sent, the key with it. What only looks like a secret stays: a model may have written it. */
async function* maskedTexts(response: Response, { options: { redactor } }: Instance): AsyncGenerator<string> {
  for await (const text of maskedPieces(textsOf(response), redactor)) {
    for (let start = 0; start < text.length; start += MOST_BYTES) yield text.slice(start, start + MOST_BYTES);
  }
}

/** Nothing is taken before it is asked for, so that a slow reader pauses the provider. */
async function* textsOf(response: Response): AsyncGenerator<string> {
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  for await (const bytes of bytesOf(response)) {
    for (let start = 0; start < bytes.length; start += MOST_BYTES) {
      const text = decoder.decode(bytes.subarray(start, start + MOST_BYTES), { stream: true });
      if (text !== "") yield text;
    }
  }
  const rest = decoder.decode();
  if (rest !== "") yield rest;
}

/** Redacted as one text, as a secret may stand anywhere in it. */
async function* errorTexts(response: Response, { options: { redactor } }: Instance): AsyncGenerator<string> {
  const bytes = await response.bytes();
  const begin = new TextDecoder().decode(bytes.subarray(0, MOST_ERROR * UTF8_BYTES));
  const text = cleanText(begin, { most: MOST_ERROR }, (part) => redactor.redact(part));
  if (text !== "") yield text;
}

/** Ends without an error where the answer breaks off: its record says so. */
async function* bytesOf(response: Response): AsyncGenerator<Uint8Array> {
  const reader = response.body?.getReader();
  if (reader === undefined) return;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } catch {
    return;
  } finally {
    reader.cancel().catch(() => {});
  }
}

function recordOf(trace: Trace, { config, options: { redactor } }: Instance) {
  const costNanos = costNanosOf(trace, new PriceTable(config.prices));
  return freshRecord(trace, { costNanos, redact: (text) => redactor.redact(text) });
}
