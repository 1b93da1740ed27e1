// Reads what the messages of a session report: tokens, which it adds up, the response that they end, and errors.
import type { Usage } from "../../core/usage.ts";
import type { ParsedError } from "../../upstream/outcome.ts";
import type { SocketMessage } from "../../upstream/websocket/frame-reader.ts";
import { isObject, type JsonObject } from "../stream/json-value.ts";
import { readGeminiUsage, readOpenAiUsage } from "../stream/usage-report.ts";
import { parseMessage } from "./parse-message.ts";
import { errorOfMessage } from "./session-error.ts";

/** Longer messages are looked at no further: audio, and what is said at the end of very long responses. */
const MAX_READ_BYTES = 1024 * 1024;

/** The events of OpenAI that end a response or a transcription, with its usage. */
const ENDS: ReadonlySet<unknown> = new Set([
  "response.done",
  "response.completed",
  "response.incomplete",
  "response.failed",
  "conversation.item.input_audio_transcription.completed",
]);
/** Every message that is of interest has one of these; a look for them is far cheaper than to parse each message. */
const MARKS = ['"usage"', '"usageMetadata"', '"error"'];
const NAMES = ["promptTokens", "completionTokens", "cachedTokens", "reasoningTokens"] as const;

/** Told of each report. */
export interface SessionReports {
  onUsage(usage: Usage): void;
  /** The id of a response that has ended. */
  onResponse(id: string): void;
  onError(error: ParsedError): void;
}

export class SessionUsage {
  readonly #reports: SessionReports;
  #usage: Usage | undefined;
  #responseId: string | undefined;

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

  add(message: SocketMessage): void {
    const { bytes } = message;
    if (bytes.length > MAX_READ_BYTES || !MARKS.some((mark) => bytes.includes(mark))) return;
    const value = parseMessage(message);
    if (value === undefined) return;
    const response = responseIn(value);
    if (typeof response?.id === "string") this.#noteResponse(response.id);
    const error = errorOfMessage(value);
    if (error !== undefined) this.#reports.onError(error);
    const usage = usageIn(value);
    if (usage === undefined) return;
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

function usageIn(value: JsonObject): Usage | undefined {
  // The Live API wraps the events of the responses that it delegates.
  const event = isObject(value.event) ? value.event : value;
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
