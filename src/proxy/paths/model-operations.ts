// Which operations are judged by the model that they name, and which cost nothing.
import type { ScopedOperation } from "../../tokens/token-scope.ts";
import type { BodyFacts } from "../body/body-facts.ts";
import type { Operation } from "./operation.ts";
import { isRead } from "./operations.ts";

/**
 * Every effect of a call is that of the model in its body or path. Others take further models from stored objects or
 * inner fields, such as graders, so that a field `model` beside those says nothing.
 */
const NAMES_MODEL: ReadonlySet<string> = new Set([
  "chat/completions",
  "completions",
  "responses",
  "responses/compact",
  "responses/input_tokens",
  "messages",
  "messages/count_tokens",
  "embeddings",
  "moderations",
  "rerank",
  "interactions",
  "images/generations",
  "images/edits",
  "images/variations",
  "audio/speech",
  "audio/transcriptions",
  "audio/translations",
  "decisions",
  // Mistral's.
  "fim/completions",
  "chat/moderations",
  "classifications",
  "chat/classifications",
  "ocr",
]);
/** Gemini's native calls have their model in the path. */
const NATIVE_CALL = /^(?:models|tunedModels)\/\{id\}:/;
/** They only count what a request would spend. */
const COUNTING: ReadonlySet<string> = new Set([
  "messages/count_tokens",
  "responses/input_tokens",
  "models/{id}:countTokens",
  "tunedModels/{id}:countTokens",
]);

/** What a token's scope asks of an operation. */
export function scopedOperation(
  { name, computes, stateful }: Operation,
  method: string,
  { namesMoreModels }: Pick<BodyFacts, "namesMoreModels"> = {},
): ScopedOperation {
  const isCall = method === "POST" && computes && !stateful;
  return { name, namesModel: isCall && (NAMES_MODEL.has(name) || NATIVE_CALL.test(name)), namesMoreModels };
}

/** It counts what another request would spend, and spends nothing itself. */
export function isCounting(operation: string): boolean {
  return COUNTING.has(operation);
}

/** It spends nothing: it counts, reads, or changes what another request made, whose usage its answer may tell. */
export function tellsOfOthers(method: string, operation: string): boolean {
  const isOfOne = operation.endsWith("/cancel") || operation.endsWith("/{id}");
  return isRead(method) || method === "DELETE" || isCounting(operation) || isOfOne;
}
