// Reads a message as JSON, without changing it.
import type { SocketMessage } from "../../upstream/websocket/frame-reader.ts";
import { isObject, type JsonObject, parseJson } from "../stream/json-value.ts";

/** The object that a message holds; undefined for everything else. Gemini sends its JSON as binary messages. */
export function parseMessage({ bytes }: SocketMessage): JsonObject | undefined {
  const value = parseJson(bytes.toString());
  return isObject(value) ? value : undefined;
}
