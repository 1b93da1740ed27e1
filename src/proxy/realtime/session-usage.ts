// Reads what the messages of a session report: tokens, which it adds up, the response that they end, and errors.
import type { Usage } from "../../core/usage.ts";
import type { ParsedError } from "../../upstream/outcome.ts";
import type { SocketMessage } from "../../upstream/websocket/frame-reader.ts";
import { isObject, type JsonObject } from "../stream/json-value.ts";
import { leadingType } from "../stream/leading-type.ts";
import { USAGE_TAIL_BYTES, usageInTail } from "../stream/usage-in-tail.ts";
import { readGeminiUsage, readOpenAiUsage } from "../stream/usage-report.ts";
import { parseMessage } from "./parse-message.ts";
import { errorOfMessage } from "./session-error.ts";

/** Longer messages are not parsed: audio, and ends of very long responses, of which only the usage is read. */
const MAX_READ_BYTES = 1024 * 1024;
const HEAD_BYTES = 256;

/** The events of OpenAI that end a response, with its usage. */
const RESPONSE_ENDS: ReadonlySet<unknown> = new Set([
  "response.done",
  "response.completed",
  "response.incomplete",
  "response.failed",
]);
/** And those that end a transcription. */
const ENDS: ReadonlySet<unknown> = new Set([...RESPONSE_ENDS, "conversation.item.input_audio_transcription.completed"]);
/** Every message that is of interest has one of these; a look for them is far cheaper than to parse each message. */
const MARKS = ['"usage"', '"usageMetadata"', '"error"', '"response.created"'];
/** Output of the Live API; its audio is not parsed. */
const GEMINI_OUTPUT = '"modelTurn"';
const NAMES = ["promptTokens", "completionTokens", "cachedTokens", "reasoningTokens"] as const;

/** Told of each report. */
export interface SessionReports {
  onUsage(usage: Usage): void;
  /** The id of a response that has ended. */
  onResponse(id: string): void;
  /** `said`: the message that says it. */
  onError(error: ParsedError, said: Uint8Array): void;
}

export class SessionUsage {
  readonly #reports: SessionReports;
  #usage: Usage | undefined;
  #responseId: string | undefined;
  #openResponses = 0;
  #isTurnOpen = false;

  constructor(reports: SessionReports) {
    this.#reports = reports;
  }

  /** Undefined until something was counted. */
  get usage(): Usage | undefined {
    return this.#usage;
  }

  /** Of the response that ended last. */
  get responseId(): string | undefined {
    return this.#responseId;
  }

  /** Something was begun whose usage nobody has reported. */
  get isOwed(): boolean {
    return this.#openResponses > 0 || this.#isTurnOpen;
  }

  add(message: SocketMessage): void {
    const { bytes } = message;
    if (bytes.length > MAX_READ_BYTES) {
      this.#addLong(bytes);
      return;
    }
    if (bytes.includes(GEMINI_OUTPUT)) this.#isTurnOpen = true;
    if (!MARKS.some((mark) => bytes.includes(mark))) return;
    const value = parseMessage(message);
    if (value === undefined) return;
    const response = responseIn(value);
    if (typeof response?.id === "string") this.#noteResponse(response.id);
    const error = errorOfMessage(value);
    if (error !== undefined) this.#reports.onError(error, bytes);
    this.#follow(value);
    const usage = usageIn(value);
    if (usage !== undefined) this.#noteUsage(usage);
  }

  #addLong(bytes: Buffer): void {
    if (!RESPONSE_ENDS.has(leadingType(bytes.toString("latin1", 0, HEAD_BYTES)))) return;
    const usage = usageInTail(bytes.subarray(-USAGE_TAIL_BYTES), "responses");
    if (usage === undefined) return;
    this.#endResponse();
    this.#noteUsage(usage);
  }

  #follow(value: JsonObject): void {
    const { type } = eventIn(value);
    if (type === "response.created") this.#openResponses += 1;
    else if (RESPONSE_ENDS.has(type)) this.#endResponse();
    if (isObject(value.usageMetadata)) this.#isTurnOpen = false;
  }

  #endResponse(): void {
    this.#openResponses = Math.max(0, this.#openResponses - 1);
  }

  #noteUsage(usage: Usage): void {
    this.#usage = sumOf(this.#usage, usage);
    this.#reports.onUsage(usage);
  }

  #noteResponse(id: string): void {
    this.#responseId = id;
    this.#reports.onResponse(id);
  }
}

function responseIn({ type, response }: JsonObject): JsonObject | undefined {
  return ENDS.has(type) && isObject(response) ? response : undefined;
}

/** The Live API wraps the events of the responses that it delegates. */
function eventIn(value: JsonObject): JsonObject {
  return isObject(value.event) ? value.event : value;
}

function usageIn(value: JsonObject): Usage | undefined {
  const event = eventIn(value);
  if (ENDS.has(event.type)) return readOpenAiUsage(isObject(event.response) ? event.response.usage : event.usage);
  return readGeminiUsage(value.usageMetadata);
}

function sumOf(first: Usage | undefined, second: Usage): Usage {
  const sum: { -readonly [Name in keyof Usage]: number } = {};
  for (const name of NAMES) {
    const value = (first?.[name] ?? 0) + (second[name] ?? 0);
    if (first?.[name] !== undefined || second[name] !== undefined) sum[name] = value;
  }
  return sum;
}
