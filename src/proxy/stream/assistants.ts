// Streams of assistants' runs.
import type { JsonObject } from "./json-value.ts";
import { createOtherReader } from "./other.ts";
import type { Reading, StreamReader } from "./stream-reader.ts";

/** A run that goes no further by itself. Source: RunStatus of the official SDK. */
const AT_REST: ReadonlySet<unknown> = new Set([
  "requires_action",
  "cancelled",
  "failed",
  "completed",
  "incomplete",
  "expired",
]);

/** Ends with a run at rest, after which `event: done` follows with `[DONE]`; all else is output. Its steps tell parts of its usage. */
export function createAssistantsReader(): StreamReader {
  return new AssistantsReader();
}

class AssistantsReader implements StreamReader {
  readonly #events = createOtherReader();
  #isEnded = false;

  get isEnded(): boolean {
    return this.#isEnded;
  }

  isPlain(data: string): boolean {
    return this.#events.isPlain(data) && !data.includes('"thread.run"');
  }

  read(value: JsonObject, hasOutput: boolean): Reading {
    const reading = this.#events.read(value, hasOutput);
    if (value.object !== "thread.run") return { ...reading, usage: undefined };
    if (!AT_REST.has(value.status)) return reading;
    this.#isEnded = true;
    return { ...reading, kind: "end" };
  }
}
