// What an upgraded client is told when no key could serve it: an error event, and a close.
import type { CredentialMask } from "../../core/credential-mask.ts";
import { CLOSE, type CloseReason } from "../../upstream/websocket/close-codes.ts";
import type { SocketMessage } from "../../upstream/websocket/frame-reader.ts";
import { errorBody } from "../answer/error-answer.ts";
import { ERRORS } from "../answer/error-table.ts";
import type { Refusal, RunEnd } from "../attempt/run-end.ts";
import { isObject, parseJson } from "../stream/json-value.ts";
import type { LastWord } from "./socket-attempt.ts";

export interface LastWords {
  readonly message?: SocketMessage;
  readonly close: CloseReason;
}

export interface LastWordsFacts {
  readonly requestId: string;
  /** The path is no OpenAI one: its clients know no error event. */
  readonly native: boolean;
  /** What the provider said, which an `upstream-error` passes on. */
  readonly word: LastWord | undefined;
}

type Failed = Exclude<RunEnd<never>, { kind: "client-gone" | "live" | "whole" }>;

/** The event has the shape of the Realtime API's, and the flat fields of the Responses API's (openai-node). */
export function lastWords(end: Failed, facts: LastWordsFacts): LastWords {
  if (end.kind === "refusal") {
    const { error } = errorBody(end.code, { ...end, requestId: facts.requestId });
    return said(error, { code: codeFor(ERRORS[end.code].status), reason: end.code }, facts);
  }
  const { word } = facts;
  if (word?.close !== undefined) return { close: { ...word.close, reason: end.mask.mask(word.close.reason) } };
  const close = { code: codeFor(end.answer.status), reason: "upstream_error" };
  if (word?.message !== undefined) return { message: masked(word.message, end.mask), close };
  return said(errorOf(end.answer.body, end.mask), close, facts);
}

/** The event for a refusal in the middle of a session. */
export function refusalMessage(refusal: Omit<Refusal, "kind">, requestId: string): SocketMessage {
  return eventOf(errorBody(refusal.code, { ...refusal, requestId }).error, requestId);
}

function said(error: object, close: CloseReason, { requestId, native }: LastWordsFacts): LastWords {
  return native ? { close } : { message: eventOf(error, requestId), close };
}

function eventOf(error: object, requestId: string): SocketMessage {
  const event = { type: "error", event_id: `event_${requestId}`, ...pick(error), error };
  return { isText: true, bytes: Buffer.from(JSON.stringify(event)) };
}

function pick(error: object): object {
  if (!isObject(error)) return {};
  const { code = null, message = "", param = null } = error;
  return { code, message, param };
}

function errorOf(body: Uint8Array, mask: CredentialMask): object {
  const value = parseJson(mask.mask(Buffer.from(body).toString()));
  if (isObject(value) && isObject(value.error)) return value.error;
  return errorBody("upstream_invalid_response", { requestId: "" }).error;
}

function masked({ isText, bytes }: SocketMessage, mask: CredentialMask): SocketMessage {
  return { isText, bytes: Buffer.from(mask.mask(bytes.toString())) };
}

/** 1013 asks to come again later, as 429, 503 and 529 do. */
function codeFor(status: number): number {
  return status === 429 || status === 503 || status === 529 ? CLOSE.tryAgainLater : CLOSE.internalError;
}
