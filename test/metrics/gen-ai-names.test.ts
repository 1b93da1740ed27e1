// Operations and providers have the names of the conventions.
import { expect, test } from "bun:test";
import { PRESETS } from "../../src/config/presets.ts";
import { genAiOperation, genAiProvider } from "../../src/metrics/gen-ai-names.ts";
import { OPERATION_NAMES } from "../../src/proxy/paths/operation-names.ts";

/** The lists of well-known values, github.com/open-telemetry/semantic-conventions-genai, gen-ai-metrics. */
const WELL_KNOWN = ["chat", "text_completion", "embeddings", "generate_content"];

test("genAiOperation knows operations by the names that routes give them", () => {
  const mapped = OPERATION_NAMES.filter((name) => genAiOperation(name) !== name || WELL_KNOWN.includes(name));
  expect(new Set(mapped.map(genAiOperation))).toEqual(new Set(WELL_KNOWN));
  expect(mapped).toContain("models/{id}:streamGenerateContent");
  expect(genAiOperation("images/generations")).toBe("images/generations");
});

test.each([
  ["openai", "openai"],
  ["anthropic", "anthropic"],
  ["gemini", "gcp.gemini"],
  ["deepseek", "deepseek"],
  ["groq", "groq"],
  ["mistral", "mistral_ai"],
  ["xai", "x_ai"],
  ["moonshot", "moonshot_ai"],
  ["openrouter", "openrouter"],
])("genAiProvider of the preset %s is %s", (name, known) => {
  const baseUrl = PRESETS.find((preset) => preset.name === name)?.baseUrl ?? "";
  expect(genAiProvider({ name, baseUrl })).toBe(known);
});

test.each([
  ["https://team.openai.azure.com/openai/v1", "azure.ai.openai"],
  ["https://notapi.openai.com.example/v1", "mine"],
  ["http://127.0.0.1:1/v1", "mine"],
])("genAiProvider of %s is %s", (baseUrl, name) => {
  expect(genAiProvider({ name: "mine", baseUrl })).toBe(name);
});
