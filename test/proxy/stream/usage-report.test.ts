// Token counts of every protocol in one vocabulary; what is no count is no count.
import { expect, test } from "bun:test";
import type { Usage } from "../../../src/core/usage.ts";
import type { JsonObject } from "../../../src/proxy/stream/json-value.ts";
import type { StreamProtocol } from "../../../src/proxy/stream/protocol.ts";
import {
  readAnthropicUsage,
  readGeminiUsage,
  readInteractionUsage,
  readOpenAiUsage,
  readUsage,
} from "../../../src/proxy/stream/usage-report.ts";

test.each<[string, unknown, Usage | undefined]>([
  ["chat", { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 }, { promptTokens: 3, completionTokens: 2 }],
  ["responses", { input_tokens: 3, output_tokens: 2, total_tokens: 5 }, { promptTokens: 3, completionTokens: 2 }],
  ["embeddings", { prompt_tokens: 3, total_tokens: 3 }, { promptTokens: 3 }],
  [
    "details",
    {
      prompt_tokens: 3,
      prompt_tokens_details: { cached_tokens: 1 },
      completion_tokens: 2,
      completion_tokens_details: { reasoning_tokens: 1 },
    },
    { promptTokens: 3, completionTokens: 2, cachedTokens: 1, reasoningTokens: 1 },
  ],
  [
    "details of responses",
    {
      input_tokens: 3,
      input_tokens_details: { cached_tokens: 0 },
      output_tokens: 2,
      output_tokens_details: { reasoning_tokens: 0 },
    },
    { promptTokens: 3, completionTokens: 2, cachedTokens: 0, reasoningTokens: 0 },
  ],
  ["null details", { prompt_tokens: 3, prompt_tokens_details: null }, { promptTokens: 3 }],
  ["DeepSeek's cache", { prompt_tokens: 3, prompt_cache_hit_tokens: 2 }, { promptTokens: 3, cachedTokens: 2 }],
  ["Moonshot's cache", { prompt_tokens: 3, cached_tokens: 2 }, { promptTokens: 3, cachedTokens: 2 }],
  [
    "reasoning beside the completion, as the total shows",
    { prompt_tokens: 32, completion_tokens: 9, total_tokens: 135, completion_tokens_details: { reasoning_tokens: 94 } },
    { promptTokens: 32, completionTokens: 103, reasoningTokens: 94 },
  ],
  ["a total alone, as of embeddings and ranks", { total_tokens: 7 }, { promptTokens: 7 }],
  ["counts that nothing takes", { prompt_tokens: 1e300, completion_tokens: 2 ** 40, total_tokens: 1e16 }, undefined],
  ["one such count beside others", { prompt_tokens: 3, completion_tokens: 1e300 }, { promptTokens: 3 }],
  ["no numbers", { prompt_tokens: "3", completion_tokens: -1, total_tokens: 1.5 }, undefined],
  ["seconds of audio", { type: "duration", seconds: 3 }, undefined],
  ["nothing", {}, undefined],
  ["null", null, undefined],
  ["an array", [], undefined],
])("readOpenAiUsage reads %s", (_, value, expected) => {
  expect(readOpenAiUsage(value)).toEqual(expected);
});

test.each<[string, StreamProtocol, JsonObject, Usage | undefined]>([
  [
    "ranks of Cohere",
    "other",
    { meta: { tokens: { input_tokens: 9, output_tokens: 0 } } },
    { promptTokens: 9, completionTokens: 0 },
  ],
  ["embeddings of Cohere", "other", { meta: { billed_units: { input_tokens: 9 } } }, { promptTokens: 9 }],
  ["searches, which are no tokens", "other", { meta: { billed_units: { search_units: 1 } } }, undefined],
  ["embeddings of Gemini", "other", { usageMetadata: { promptTokenCount: 4 } }, { promptTokens: 4 }],
  ["another API's name", "chat", { usageMetadata: { promptTokenCount: 4 } }, undefined],
])("readUsage reads %s", (_, protocol, value, expected) => {
  expect(readUsage(value, protocol)).toEqual(expected);
});

test.each<[string, unknown, Usage | undefined]>([
  ["no cache", { input_tokens: 3, output_tokens: 2 }, { promptTokens: 3, completionTokens: 2 }],
  [
    "a cache, which input_tokens leave out",
    { input_tokens: 3, cache_creation_input_tokens: 10, cache_read_input_tokens: 100, output_tokens: 2 },
    { promptTokens: 113, completionTokens: 2, cachedTokens: 100 },
  ],
  [
    "null counts",
    { input_tokens: 3, cache_read_input_tokens: null, output_tokens: 2 },
    { promptTokens: 3, completionTokens: 2 },
  ],
  [
    "thoughts, which are part of the output",
    { input_tokens: 3, output_tokens: 9, output_tokens_details: { thinking_tokens: 7 } },
    { promptTokens: 3, completionTokens: 9, reasoningTokens: 7 },
  ],
  [
    "no details",
    { input_tokens: 3, output_tokens: 9, output_tokens_details: null },
    { promptTokens: 3, completionTokens: 9 },
  ],
  ["output alone", { output_tokens: 2 }, { completionTokens: 2 }],
  ["nothing", "x", undefined],
])("readAnthropicUsage reads %s", (_, value, expected) => {
  expect(readAnthropicUsage(value)).toEqual(expected);
});

test.each<[string, unknown, Usage | undefined]>([
  ["a prompt alone", { promptTokenCount: 3 }, { promptTokens: 3 }],
  [
    "everything",
    {
      promptTokenCount: 3,
      toolUsePromptTokenCount: 1,
      candidatesTokenCount: 2,
      thoughtsTokenCount: 5,
      cachedContentTokenCount: 2,
    },
    { promptTokens: 4, completionTokens: 7, cachedTokens: 2, reasoningTokens: 5 },
  ],
  [
    "thoughts alone",
    { promptTokenCount: 3, thoughtsTokenCount: 5 },
    { promptTokens: 3, completionTokens: 5, reasoningTokens: 5 },
  ],
  ["nothing", undefined, undefined],
])("readGeminiUsage reads %s", (_, value, expected) => {
  expect(readGeminiUsage(value)).toEqual(expected);
});

test.each<[string, unknown, Usage | undefined]>([
  [
    "thoughts beside the output",
    { total_input_tokens: 8, total_output_tokens: 4, total_thought_tokens: 30, total_tokens: 42 },
    { promptTokens: 8, completionTokens: 34, reasoningTokens: 30 },
  ],
  [
    "thoughts within the output, as the total shows",
    { total_input_tokens: 8, total_output_tokens: 34, total_thought_tokens: 30, total_tokens: 42 },
    { promptTokens: 8, completionTokens: 34, reasoningTokens: 30 },
  ],
  ["what tools read", { total_input_tokens: 8, total_tool_use_tokens: 5 }, { promptTokens: 13 }],
  ["nothing", null, undefined],
])("readInteractionUsage reads %s", (_, value, expected) => {
  expect(readInteractionUsage(value)).toEqual(expected);
});
