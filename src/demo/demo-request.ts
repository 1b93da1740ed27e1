// What a client asked the demo provider for, read from JSON of any shape.
import { type CallBody, isStreamed } from "../upstream/transport.ts";

/** A JSON object of unknown content. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** The body as an object, or undefined when it is no JSON object; what is streamed is none. */
export function readRequest(body: CallBody): JsonObject | undefined {
  if (body === null || isStreamed(body)) return undefined;
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(body));
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** The text of the last message, of `input` or of `prompt`: content parts are joined. */
export function promptOf(request: JsonObject): string {
  const source = request.messages ?? request.input;
  if (!Array.isArray(source)) return textOf(source);
  const last: unknown = source.findLast((message) => !isObject(message) || (message.role ?? "user") === "user");
  return isObject(last) ? textOf(last.content) : textOf(last);
}

/** A whole number of at least 1 in a field, or the default. */
export function countIn(request: JsonObject, field: string, otherwise: number): number {
  const value = request[field];
  return typeof value === "number" && Number.isInteger(value) && value >= 1 ? value : otherwise;
}

/** Whether a value is a JSON object. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function textOf(content: unknown): string {
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) return "";
  return content.map((part) => (isObject(part) && typeof part.text === "string" ? part.text : "")).join(" ");
}
