// Writes the one error event that ends an interrupted stream, in the dialect of its protocol.
import { anthropicError, googleError } from "../answer/native-error.ts";
import type { StreamProtocol } from "./protocol.ts";

/** What the client is told. */
export interface StreamError {
  readonly message: string;
  /** For example `upstream_stream_interrupted`. */
  readonly code: string;
  /** For the responses API, and for arrays: how many events went before. @default 0 */
  readonly sequenceNumber?: number;
  /** The client holds the beginning of an event without its end, which is closed first. @default false */
  readonly isInEvent?: boolean;
}

/** An HTTP status that Google's SDKs take for an error of the server. */
const GEMINI_STATUS = 503;

const encoder = new TextEncoder();

/**
 * A whole event, its blank line included; the stream ends after it, without `[DONE]`. The official SDKs raise it as
 * an error.
 */
export function errorEvent(protocol: StreamProtocol, error: StreamError): Uint8Array {
  if (protocol === "gemini-array") return encoder.encode(lastElement(error));
  return encoder.encode(`${error.isInEvent ? "\n\n" : ""}${eventText(protocol, error)}\n\n`);
}

function eventText(protocol: StreamProtocol, error: StreamError): string {
  const { message, code } = error;
  const openAi = { message, type: "server_error", param: null, code };
  switch (protocol) {
    case "chat":
    case "completions":
      return `data: ${JSON.stringify({ error: openAi })}`;
    case "responses":
      return `event: error\ndata: ${JSON.stringify(responsesError(openAi, error.sequenceNumber ?? 0))}`;
    case "messages":
      return `event: error\ndata: ${JSON.stringify(anthropicError({ status: 500, message, code }))}`;
    case "gemini":
    case "gemini-array":
      return `data: ${JSON.stringify(googleError({ status: GEMINI_STATUS, message, code }))}`;
    case "interactions":
      return `event: error\ndata: ${JSON.stringify({ event_type: "error", error: { code, message } })}`;
    case "assistants":
    case "media":
    case "other":
      return `event: error\ndata: ${JSON.stringify({ error: openAi })}`;
    default:
      return protocol satisfies never;
  }
}

/**
 * Documented flat (ResponseErrorEvent of the official SDK), sent by OpenAI with an `error` object; the Python SDK
 * raises only the latter, the `ai` package reads only the latter. So it has both.
 */
function responsesError(error: { readonly message: string; readonly code: string }, sequenceNumber: number): object {
  return {
    type: "error",
    code: error.code,
    message: error.message,
    param: null,
    sequence_number: sequenceNumber,
    error,
  };
}

/** Google ends its own arrays so. Nothing can be added within an element. */
function lastElement({ message, code, sequenceNumber = 0 }: StreamError): string {
  return `${sequenceNumber === 0 ? "[" : ",\r\n"}${JSON.stringify(googleError({ status: GEMINI_STATUS, message, code }))}\r\n]`;
}
