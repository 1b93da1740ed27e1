// Streams of Gemini's own protocol (streamGenerateContent with `alt=sse`).
import { FinishTracker } from "./finish-tracker.ts";
import { isFilled, isObject, type JsonObject, objectsIn } from "./json-value.ts";
import type { Reading, StreamReader } from "./stream-reader.ts";
import { readGeminiUsage } from "./usage-report.ts";

/**
 * Ends with a finishReason for every candidate seen, or with a blocked prompt, which has no candidates.
 * Source: ai.google.dev/api/generate-content.
 */
export function createGeminiReader(): StreamReader {
  return new GeminiReader();
}

class GeminiReader implements StreamReader {
  #isBlocked = false;
  readonly #candidates = new FinishTracker();

  get isEnded(): boolean {
    return this.#isBlocked || this.#candidates.isComplete;
  }

  /** Every chunk carries the usage, and there are few of them. */
  isPlain(): boolean {
    return false;
  }

  read(value: JsonObject): Reading {
    const candidates = objectsIn(value.candidates);
    const usage = readGeminiUsage(value.usageMetadata);
    const wasEnded = this.isEnded;
    this.#isBlocked ||= isObject(value.promptFeedback) && isFilled(value.promptFeedback.blockReason);
    for (const { index, finishReason } of candidates) this.#candidates.note(index, isReason(finishReason));
    if (!wasEnded && this.isEnded) return { kind: "end", usage };
    return { kind: candidates.some(hasParts) ? "output" : "preamble", usage };
  }
}

function isReason(reason: unknown): boolean {
  return isFilled(reason) && reason !== "FINISH_REASON_UNSPECIFIED";
}

function hasParts(candidate: JsonObject): boolean {
  const parts = isObject(candidate.content) ? objectsIn(candidate.content.parts) : [];
  return parts.some((part) => Object.values(part).some(isFilled));
}
