// Presets, row by row: what a name brings, and where its usual variable counts.

import { expect, test } from "bun:test";
import { PRESETS } from "../../src/config/presets.ts";
import { diagnose, loadValid, TOKENS } from "./load.ts";

const WITH_VARIABLE = PRESETS.filter(({ variable }) => variable !== undefined);
/** In the order of the configuration's documentation. */
const USUAL = [
  "OPENAI_API_KEY",
  "ANTHROPIC_API_KEY",
  "GEMINI_API_KEY",
  "DEEPSEEK_API_KEY",
  "GROQ_API_KEY",
  "OPENROUTER_API_KEY",
  "MISTRAL_API_KEY",
  "XAI_API_KEY",
  "TOGETHER_API_KEY",
  "FIREWORKS_API_KEY",
  "SILICONFLOW_API_KEY",
  "MOONSHOT_API_KEY",
  "DASHSCOPE_API_KEY",
];

function providerOf(fields: object, env: Record<string, string> = {}) {
  return loadValid({ yaml: JSON.stringify({ providers: [fields] }), env }).config.providers[0];
}

test.each(PRESETS.map((preset) => [preset.name, preset] as const))("%s brings its facts", (name, preset) => {
  const baseUrl = preset.baseUrl ?? "https://name.openai.azure.com/openai/v1";
  const provider = providerOf(preset.baseUrl === undefined ? { name, base_url: baseUrl } : { name });
  expect(provider).toMatchObject({ name, path: name, baseUrl, dialect: preset.dialect });
  expect(provider?.nativeBaseUrl).toBe(new URL(baseUrl).origin);
  expect(provider?.testModel).toBe(preset.testModel);
  expect(provider?.authHeader).toBe(preset.authHeader);
  expect(preset.source).toStartWith("https://");
});

test.each(PRESETS.flatMap(({ name, baseUrl }) => (baseUrl === undefined ? [] : [[name, baseUrl]])))(
  "the base URL of %s is in its final form, with a path that is no endpoint",
  (name, baseUrl) => {
    const yaml = JSON.stringify({ ...TOKENS, providers: [{ name, base_url: baseUrl, enabled: false }] });
    expect(diagnose({ yaml }).filter((line) => line.includes("base_url"))).toEqual([]);
    expect(baseUrl).toMatch(/[^/]$/);
  },
);

test.each(WITH_VARIABLE.map(({ name, variable = "", baseUrl }) => [name, variable, baseUrl] as const))(
  "%s takes its keys from %s, unless it has others",
  (name, variable, baseUrl) => {
    const fields = baseUrl === undefined ? { name, base_url: "https://name.openai.azure.com/openai/v1" } : { name };
    const env = { [variable]: "sk-fake-usual-1,sk-fake-usual-2" };
    const secrets = (more: object) => providerOf({ ...fields, ...more }, env)?.keys.map(({ secret }) => secret);
    expect(secrets({})).toEqual(["sk-fake-usual-1", "sk-fake-usual-2"]);
    expect(secrets({ api_keys: ["sk-fake-own"] })).toEqual(["sk-fake-own"]);
    expect(secrets({ api_keys: [] })).toEqual([]);
  },
);

test("without a file each variable makes a provider, in the documented order", () => {
  const env = Object.fromEntries(USUAL.toReversed().map((name) => [name, `sk-fake-${name}`]));
  const { config } = loadValid({ env });
  expect(config.providers.map(({ keys }) => keys[0]?.secret)).toEqual(USUAL.map((name) => `sk-fake-${name}`));
  expect(config.defaultProvider).toBe("openai");
});

test("a template makes no provider by its variable alone", () => {
  expect(loadValid({ env: { AZURE_OPENAI_API_KEY: "sk-fake-azure" } }).config.providers).toEqual([]);
});

test("an empty variable makes no provider", () => {
  expect(loadValid({ env: { OPENAI_API_KEY: "" } }).config.providers).toEqual([]);
});

test("the usual variable does not follow a well-known name to another host", () => {
  const fields = { name: "openai", base_url: "https://elsewhere.example/v1" };
  const world = { yaml: JSON.stringify({ ...TOKENS, providers: [fields] }), env: { OPENAI_API_KEY: "sk-fake-usual" } };
  expect(loadValid(world).config.providers[0]?.keys).toEqual([]);
  expect(diagnose(world)).toContainEqual(
    expect.stringContaining("OPENAI_API_KEY is not used, because base_url is not that of the preset"),
  );
});

test("fields of the provider go before those of the preset", () => {
  const fields = { name: "gemini", base_url: "https://proxy.example/v1", dialect: "openai", test_model: "x" };
  expect(providerOf(fields)).toMatchObject({ baseUrl: "https://proxy.example/v1", dialect: "openai", testModel: "x" });
});

test("another name at the host of a preset gets its dialect, and nothing else", () => {
  const fields = { name: "second", base_url: "https://api.anthropic.com/v1" };
  expect(providerOf(fields, { ANTHROPIC_API_KEY: "sk-fake" })).toMatchObject({
    dialect: "anthropic",
    testModel: undefined,
    keys: [],
  });
});

test("ollama wants no key, but takes one", () => {
  expect(providerOf({ name: "ollama" })).toMatchObject({
    authHeader: "none",
    keys: [{ name: "anonymous", secret: "" }],
  });
  expect(providerOf({ name: "ollama", api_keys: ["sk-fake-1"] })).toMatchObject({
    authHeader: undefined,
    keys: [{ secret: "sk-fake-1" }],
  });
});
