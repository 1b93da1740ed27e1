// One pretended run of a model: the words, how long they took, what they cost.
import { countIn, type JsonObject, promptOf } from "./demo-request.ts";
import { countTokens, demoWords } from "./demo-text.ts";

/** What comes from outside. `now`: wall-clock milliseconds. `random`: a number from 0 up to 1. */
export interface DemoWorld {
  readonly now: number;
  readonly random: () => number;
}

/** A pretended run. `isCut`: the client's limit ended it. */
export interface Generation {
  readonly id: string;
  readonly createdAt: number;
  readonly model: string;
  readonly words: readonly string[];
  readonly text: string;
  readonly isCut: boolean;
  readonly promptTokens: number;
  readonly completionTokens: number;
}

/** The limit of a request that names none, in words. */
const NO_LIMIT = 1_000;

/** Runs a request; `limitFields` name the fields that may limit the answer, the first that is set counts. */
export function generate(request: JsonObject, limitFields: readonly string[], world: DemoWorld): Generation {
  const prompt = promptOf(request);
  const all = demoWords(prompt, world.random);
  const field = limitFields.find((name) => typeof request[name] === "number") ?? "";
  const words = all.slice(0, countIn(request, field, NO_LIMIT));
  const text = words.join("");
  return {
    id: demoId(world.random),
    createdAt: Math.floor(world.now / 1000),
    model: String(request.model),
    words,
    text,
    isCut: words.length < all.length,
    promptTokens: countTokens(prompt) + 3,
    completionTokens: countTokens(text),
  };
}

/** The pause before the next word of a stream, in milliseconds. */
export function wordDelayMs(random: () => number): number {
  return 15 + Math.floor(random() * 30);
}

function demoId(random: () => number): string {
  return Array.from({ length: 24 }, () => Math.floor(random() * 16).toString(16)).join("");
}
