// Streams of the older text completions.
import { createChoicesReader } from "./choices-reader.ts";
import { isFilled } from "./json-value.ts";
import type { StreamReader } from "./stream-reader.ts";

/** Ends with a finish_reason for every choice seen, or `[DONE]`; an empty text is preamble. */
export function createCompletionsReader(): StreamReader {
  return createChoicesReader((choice) => isFilled(choice.text));
}
