// Streams of chat completions.
import { createChoicesReader } from "./choices-reader.ts";
import { isFilled, isObject, type JsonObject } from "./json-value.ts";
import type { StreamReader } from "./stream-reader.ts";

/** Ends with a finish_reason for every choice seen, or `[DONE]`; a delta with only a role is preamble. */
export function createChatReader(): StreamReader {
  return createChoicesReader(hasDelta);
}

function hasDelta(choice: JsonObject): boolean {
  const delta = choice.delta ?? choice.message;
  return isObject(delta) && Object.entries(delta).some(([name, value]) => name !== "role" && isFilled(value));
}
