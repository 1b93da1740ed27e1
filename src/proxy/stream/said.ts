// What a provider said that is an error, as far as it is kept for a record.
import { bytesToRead } from "../../core/redacted-start.ts";
import { isObject, type JsonObject, parseJson } from "./json-value.ts";

/** So much of it is kept. */
export const MOST_SAID_BYTES = 4 * 1024;

/** Members of a response that say how it ended (`Response` of the official SDK). */
const OF_END = ["id", "object", "status", "error", "incomplete_details"];

/** A copy of as much as is kept: what comes in pieces is a view of the transport's memory. */
export function startOf(said: Uint8Array): Uint8Array {
  return new Uint8Array(said.subarray(0, bytesToRead(MOST_SAID_BYTES)));
}

/** JSON as it came; of a response that failed, which repeats its request, only what it says of its end. */
export function withoutRequest(said: Uint8Array): Uint8Array {
  const value = parseJson(Buffer.from(said.buffer, said.byteOffset, said.byteLength).toString());
  if (!isObject(value)) return said;
  const { type, response } = value;
  if (isObject(response)) return repeatsRequest(response) ? bytesOf({ type, response: endOf(response) }) : said;
  return repeatsRequest(value) ? bytesOf(endOf(value)) : said;
}

function repeatsRequest({ object }: JsonObject): boolean {
  return object === "response";
}

function endOf(response: JsonObject): JsonObject {
  return Object.fromEntries(OF_END.map((name) => [name, response[name]]));
}

function bytesOf(value: JsonObject): Uint8Array {
  return Buffer.from(JSON.stringify(value));
}
