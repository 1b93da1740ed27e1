// How an upstream answer is read before commit, decided from its head.
import type { HeaderList } from "../../upstream/transport.ts";

/**
 * `whole`: read to its end first. `file`: likewise, and not looked into. `stream`: events, held until their first
 * output. `download`: passed on from its head. `error`: read whole and judged. `redirect`: never followed.
 */
export type AnswerForm = "whole" | "file" | "stream" | "download" | "error" | "redirect";

export interface FormFacts {
  readonly method: string;
  /** The answer is a computed one, so that a page or an untyped body in its place is looked at before commit. */
  readonly judgesBody: boolean;
  readonly maxWholeBytes: number;
  /** A stream was asked for that may come as one JSON array (Gemini without `alt=sse`). @default false */
  readonly mayBeArray?: boolean;
}

/** Statuses that never carry a body (RFC 9110, 15.3.5, 15.3.6, 15.4.5). */
const BODILESS: ReadonlySet<number> = new Set([204, 205, 304]);
/**
 * A file up to this stated size is read whole, so that it keeps its length, which Bun does not send with a stream, and
 * is asked for again where it was cut off.
 */
const MAX_FILE_BYTES = 1024 * 1024;

const decoder = new TextDecoder();

/** Whether an answer with this status has no body, whatever its headers say. */
export function isBodiless(status: number): boolean {
  return BODILESS.has(status);
}

/** The form of an answer. */
export function answerForm(status: number, headers: HeaderList, facts: FormFacts): AnswerForm {
  if (status >= 300 && status < 400 && status !== 304) return "redirect";
  if ((status < 200 || status > 299) && status !== 304) return "error";
  if (facts.method === "HEAD" || isBodiless(status)) return "whole";
  const type = mediaType(headers);
  if (type === "text/event-stream") return "stream";
  if (facts.mayBeArray === true && type === "application/json") return "stream";
  const length = headerOf(headers, "content-length");
  if (Number(length ?? 0) > facts.maxWholeBytes) return "download";
  if (isJsonType(type) || (facts.judgesBody && (type === "text/html" || type === ""))) return "whole";
  return length !== undefined && Number(length) <= MAX_FILE_BYTES ? "file" : "download";
}

/** Whether a stream is one of events; else it is a JSON array. */
export function isEventStream(headers: HeaderList): boolean {
  return mediaType(headers) === "text/event-stream";
}

export function isJson(headers: HeaderList): boolean {
  return isJsonType(mediaType(headers));
}

/** The first header of that name, which is given in lower case. */
export function headerOf(headers: HeaderList, name: string): string | undefined {
  return headers.find((header) => header[0] === name)?.[1];
}

/** Whether a body is an HTML page, by its type or, without one, by its first bytes. */
export function isHtml(headers: HeaderList, body: Uint8Array | undefined): boolean {
  const type = mediaType(headers);
  if (type === "text/html" || type === "application/xhtml+xml") return true;
  if (type !== "" && type !== "text/plain") return false;
  const start = decoder.decode(body?.subarray(0, 64)).trimStart().toLowerCase();
  return start.startsWith("<!doctype html") || start.startsWith("<html");
}

function isJsonType(type: string): boolean {
  return type === "application/json" || type.endsWith("+json");
}

function mediaType(headers: HeaderList): string {
  const type = headerOf(headers, "content-type") ?? "";
  const end = type.indexOf(";");
  return (end === -1 ? type : type.slice(0, end)).trim().toLowerCase();
}
