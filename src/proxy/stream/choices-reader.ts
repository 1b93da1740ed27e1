// Reads streams of `choices`, each with its own finish_reason: chat completions and completions.
import type { ParsedError } from "../../upstream/outcome.ts";
import { readError } from "./answer-error.ts";
import { FinishTracker } from "./finish-tracker.ts";
import { isFilled, isObject, type JsonObject, objectsIn } from "./json-value.ts";
import type { Reading, StreamReader } from "./stream-reader.ts";
import { readOpenAiUsage } from "./usage-report.ts";

/**
 * Anything but a further piece of choice 0: an error, a finish_reason, a usage, another index. A text that quotes
 * these names has its quotes escaped, or is one word alone and costs a look at the parsed value.
 */
const NOTABLE = /"error"(?!\s*:\s*null)|"(?:finish_reason|usage)"\s*:\s*(?!\s|null|"")|"index"\s*:\s*(?!\s|0\D)/;

/** `carriesOutput` tells whether a choice of a chunk adds anything to the answer. */
export function createChoicesReader(carriesOutput: (choice: JsonObject) => boolean): StreamReader {
  return new ChoicesReader(carriesOutput);
}

/**
 * The error of a choice whose generation failed, undefined without one. OpenRouter: `finish_reason: "error"`, the
 * error at the top level or in the choice (openrouter.ai/docs, errors).
 */
export function errorInChoices(choices: readonly JsonObject[]): ParsedError | undefined {
  const failed = choices.find((choice) => choice.error || choice.finish_reason === "error");
  return failed === undefined ? undefined : readError({ error: failed.error || 'The choice ended with "error"' });
}

class ChoicesReader implements StreamReader {
  readonly #carriesOutput: (choice: JsonObject) => boolean;
  readonly #choices = new FinishTracker();
  #hasId = false;

  constructor(carriesOutput: (choice: JsonObject) => boolean) {
    this.#carriesOutput = carriesOutput;
  }

  get isEnded(): boolean {
    return this.#choices.isComplete;
  }

  isPlain(data: string): boolean {
    return data.startsWith("{") && !NOTABLE.test(data);
  }

  read(value: JsonObject): Reading {
    const choices = objectsIn(value.choices);
    const groq = isObject(value.x_groq) ? value.x_groq : {};
    const usage = readOpenAiUsage(value.usage) ?? readOpenAiUsage(groq.usage) ?? usageInChoices(choices);
    // Groq names the reason of an early end in `x_groq.error`.
    const error = isFilled(groq.error) ? readError({ error: groq.error }) : errorInChoices(choices);
    if (error !== undefined) return { kind: "error", error, usage };
    const objectIds = this.#idOf(value);
    const wasEnded = this.isEnded;
    for (const choice of choices) this.#choices.note(choice.index, isReason(choice.finish_reason));
    if (!wasEnded && this.isEnded) return { kind: "end", usage, objectIds };
    return { kind: choices.some(this.#carriesOutput) ? "output" : "preamble", usage, objectIds };
  }

  /** Every chunk has the same. */
  #idOf({ id }: JsonObject): Reading["objectIds"] {
    if (this.#hasId || typeof id !== "string" || id === "") return undefined;
    this.#hasId = true;
    return [id];
  }
}

function isReason(reason: unknown): boolean {
  return typeof reason === "string" && reason !== "";
}

/** Moonshot reports usage in the last chunk's choice. */
function usageInChoices(choices: readonly JsonObject[]): Reading["usage"] {
  return choices.map((choice) => readOpenAiUsage(choice.usage)).find((usage) => usage !== undefined);
}
