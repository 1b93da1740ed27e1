// Reads the token counts of an answer, as each protocol reports them.
import type { Usage } from "../../core/usage.ts";
import { isObject, type JsonObject } from "./json-value.ts";
import type { StreamProtocol } from "./protocol.ts";

/** More than any answer takes: a number beyond it is a mistake, and would swallow all others in a sum. */
const MOST_TOKENS = 2 ** 31;

/** The usage that a complete answer reports at its top level. */
export function readUsage(value: JsonObject, protocol: StreamProtocol): Usage | undefined {
  switch (protocol) {
    case "messages":
      return readAnthropicUsage(value.usage);
    case "gemini":
    case "gemini-array":
      return readGeminiUsage(value.usageMetadata);
    case "interactions":
      return readInteractionUsage(value.usage);
    case "chat":
    case "completions":
    case "responses":
    case "assistants":
    case "media":
      return readOpenAiUsage(value.usage);
    // Gemini's embeddings, too, and what ranks documents.
    case "other":
      return readOpenAiUsage(value.usage) ?? readGeminiUsage(value.usageMetadata) ?? readCohereUsage(value.meta);
    default:
      return protocol satisfies never;
  }
}

/**
 * A `usage` object of chat, completions, embeddings or images (`prompt_tokens`) or of responses and transcriptions
 * (`input_tokens`; the Realtime API has its details in `input_token_details`). Cached tokens also as DeepSeek
 * (`prompt_cache_hit_tokens`) and Moonshot (`cached_tokens`) name them. A total alone is all input, as of embeddings and
 * ranks (Jina, OpenRouter). Undefined where nothing is counted.
 */
export function readOpenAiUsage(value: unknown): Usage | undefined {
  if (!isObject(value)) return undefined;
  const completion = count(value.completion_tokens) ?? count(value.output_tokens);
  const total = count(value.total_tokens);
  const stated = count(value.prompt_tokens) ?? count(value.input_tokens);
  const prompt = stated ?? (completion === undefined ? total : undefined);
  const input = value.prompt_tokens_details ?? value.input_tokens_details ?? value.input_token_details;
  const output = value.completion_tokens_details ?? value.output_tokens_details ?? value.output_token_details;
  const cached = detail(input, "cached_tokens");
  const reasoning = detail(output, "reasoning_tokens");
  // xAI leaves reasoning tokens out of completion_tokens, which only its total shows.
  const isApart = total === (prompt ?? 0) + (completion ?? 0) + (reasoning ?? 0);
  return usageOf({
    promptTokens: prompt,
    completionTokens: isApart ? sum(completion, reasoning) : completion,
    cachedTokens: cached ?? count(value.prompt_cache_hit_tokens) ?? count(value.cached_tokens),
    reasoningTokens: reasoning,
  });
}

/**
 * A `usage` object of Anthropic messages, whose `input_tokens` leave out what the cache served or stored.
 * Source: docs.anthropic.com, prompt caching, "Tracking cache performance".
 */
export function readAnthropicUsage(value: unknown): Usage | undefined {
  if (!isObject(value)) return undefined;
  const read = count(value.cache_read_input_tokens);
  const input = count(value.input_tokens);
  const prompt =
    input === undefined ? undefined : input + (count(value.cache_creation_input_tokens) ?? 0) + (read ?? 0);
  return usageOf({
    promptTokens: prompt,
    completionTokens: count(value.output_tokens),
    cachedTokens: read,
    // Part of output_tokens (OutputTokensDetails of @anthropic-ai/sdk).
    reasoningTokens: detail(value.output_tokens_details, "thinking_tokens"),
  });
}

/**
 * A `usageMetadata` object of Gemini, whose `candidatesTokenCount` leaves out the thoughts.
 * Source: ai.google.dev/api/generate-content, UsageMetadata.
 */
export function readGeminiUsage(value: unknown): Usage | undefined {
  if (!isObject(value)) return undefined;
  const thoughts = count(value.thoughtsTokenCount);
  return usageOf({
    promptTokens: sum(count(value.promptTokenCount), count(value.toolUsePromptTokenCount)),
    completionTokens: sum(count(value.candidatesTokenCount), thoughts),
    cachedTokens: count(value.cachedContentTokenCount),
    reasoningTokens: thoughts,
  });
}

/**
 * A `usage` object of Google's interactions. Thoughts stand beside the output, as in `usageMetadata`, unless the total
 * says that they are in it. Source: Usage of the @google/genai package.
 */
export function readInteractionUsage(value: unknown): Usage | undefined {
  if (!isObject(value)) return undefined;
  const thoughts = count(value.total_thought_tokens);
  const output = count(value.total_output_tokens);
  const prompt = sum(count(value.total_input_tokens), count(value.total_tool_use_tokens));
  const isWithin = count(value.total_tokens) === (prompt ?? 0) + (output ?? 0);
  return usageOf({
    promptTokens: prompt,
    completionTokens: isWithin ? output : sum(output, thoughts),
    cachedTokens: count(value.total_cached_tokens),
    reasoningTokens: thoughts,
  });
}

/** The `meta` of Cohere's API, which others have for ranks (docs.cohere.com, rerank). */
function readCohereUsage(meta: unknown): Usage | undefined {
  return isObject(meta) ? (readOpenAiUsage(meta.tokens) ?? readOpenAiUsage(meta.billed_units)) : undefined;
}

function detail(details: unknown, name: string): number | undefined {
  return isObject(details) ? count(details[name]) : undefined;
}

function count(value: unknown): number | undefined {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= MOST_TOKENS ? value : undefined;
}

function sum(first: number | undefined, second: number | undefined): number | undefined {
  return first === undefined ? second : first + (second ?? 0);
}

const COUNTS = ["promptTokens", "completionTokens", "cachedTokens", "reasoningTokens"] as const;

function usageOf(counts: { readonly [Name in keyof Usage]-?: number | undefined }): Usage | undefined {
  let present: { -readonly [Name in keyof Usage]: number } | undefined;
  for (const name of COUNTS) {
    const value = counts[name];
    if (value === undefined) continue;
    present ??= {};
    present[name] = value;
  }
  return present;
}
