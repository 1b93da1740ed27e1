// Where native paths begin, by what the base URL says.
import { expect, test } from "bun:test";
import type { DialectName } from "../../src/config/config.ts";
import { nativeBaseOf } from "../../src/config/native-base.ts";

test.each<[DialectName, string, string]>([
  ["gemini", "https://generativelanguage.googleapis.com/v1beta/openai", "https://generativelanguage.googleapis.com"],
  ["gemini", "https://gateway.example/google/v1beta/openai", "https://gateway.example/google"],
  ["gemini", "https://gateway.example/google", "https://gateway.example/google"],
  ["anthropic", "https://api.anthropic.com/v1", "https://api.anthropic.com"],
  ["anthropic", "https://api.deepseek.com/anthropic/v1", "https://api.deepseek.com/anthropic"],
  ["azure", "https://name.openai.azure.com/openai/v1", "https://name.openai.azure.com"],
  ["azure", "https://name.openai.azure.com/openai", "https://name.openai.azure.com"],
  ["azure", "https://name.openai.azure.com/openai/deployments/gpt", "https://name.openai.azure.com"],
  ["azure", "https://name.openai.azure.com", "https://name.openai.azure.com"],
  ["azure", "https://apim.example/llm/openai/v1", "https://apim.example/llm"],
  ["openai", "https://relay.example/a/v1", "https://relay.example"],
  ["custom", "https://relay.example/v1", "https://relay.example"],
  ["custom", "https://relay.example/api/v1beta/openai", "https://relay.example/api"],
])("%s at %s", (dialect, baseUrl, expected) => {
  expect(nativeBaseOf(baseUrl, dialect)).toBe(expected);
});
