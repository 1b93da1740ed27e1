// Streams of Google's interactions.
import { isObject, type JsonObject } from "./json-value.ts";
import type { Reading, StreamReader } from "./stream-reader.ts";
import { readInteractionUsage } from "./usage-report.ts";

/** While it has one of these it goes on (Interaction.status of the @google/genai package). */
const RUNNING: ReadonlySet<unknown> = new Set(["in_progress", "queued"]);

/**
 * Ends with `interaction.completed`, whatever came of it; where that is missing, a status in which nothing more is to come
 * will do. Source: InteractionSseEvent of the @google/genai package, ai.google.dev/api/interactions-api.
 */
export function createInteractionsReader(): StreamReader {
  return new InteractionsReader();
}

class InteractionsReader implements StreamReader {
  #isEnded = false;

  get isEnded(): boolean {
    return this.#isEnded;
  }

  isPlain(data: string): boolean {
    return data.startsWith("{") && /"event_type"\s*:\s*"step\./.test(data) && !/"(?:error|usage)"/.test(data);
  }

  read(value: JsonObject): Reading {
    const interaction = isObject(value.interaction) ? value.interaction : {};
    const objectId = [interaction.id, value.interaction_id].find((id) => typeof id === "string" && id !== "");
    const usage = readInteractionUsage(interaction.usage ?? value.usage);
    const found = { usage, ...(typeof objectId === "string" && { objectIds: [objectId] }) };
    switch (value.event_type) {
      case "interaction.created":
        return { kind: "preamble", ...found };
      case "interaction.status_update": {
        const hasEnded = typeof value.status === "string" && !RUNNING.has(value.status);
        this.#isEnded ||= hasEnded;
        return { kind: hasEnded ? "end" : "preamble", ...found };
      }
      case "interaction.completed":
        this.#isEnded = true;
        return { kind: "end", ...found };
      default:
        return { kind: "output", ...found };
    }
  }
}
