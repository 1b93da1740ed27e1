// The config.yaml of a LiteLLM proxy, in the form in which people write it.
import { describe, expect, test } from "bun:test";
import { presetOf } from "../../src/config/presets.ts";
import { fakeSecret } from "../fixture/secrets.ts";
import { leftOut, planOf, settingsOf } from "./source.ts";

const KEYS = ["a", "b", "c"].map((name) => fakeSecret(`litellm_${name}`));
const MASTER = fakeSecret("litellm_master");
const ENV = { OPENAI_API_KEY: KEYS[0] ?? "", AZURE_KEY: KEYS[1] ?? "", MASTER };
const FILE = `
model_list:
  - model_name: gpt-4o
    litellm_params:
      model: openai/gpt-4o
      api_key: os.environ/OPENAI_API_KEY
      rpm: 60
  - model_name: gpt-4o
    litellm_params:
      model: azure/my-gpt-4o
      api_base: https://team-eu.openai.azure.com/
      api_key: "os.environ/AZURE_KEY"
      api_version: "2024-10-21"
      weight: 2
  - model_name: claude
    litellm_params: { model: anthropic/claude-sonnet-4-5, api_key: ${KEYS[2]} }
  - model_name: local
    litellm_params:
      model: hosted_vllm/qwen
      api_base: http://10.0.0.5:8000/v1
      api_key: none-needed-here
      temperature: 0.2
  - model_name: bedrock-claude
    litellm_params: { model: bedrock/anthropic.claude-v2, aws_region_name: us-east-1 }
  - model_name: missing
    litellm_params: { model: groq/llama, api_key: os.environ/NOT_SET }

litellm_settings:
  num_retries: 2
  drop_params: true
  fallbacks: [{ "gpt-4o": ["claude"] }]

router_settings:
  routing_strategy: simple-shuffle
  allowed_fails: 2
  model_group_alias: { "gpt-4": "gpt-4o" }

general_settings:
  master_key: os.environ/MASTER
  database_url: os.environ/DATABASE_URL
`;

describe("a config.yaml", () => {
  const plan = planOf(FILE, { env: ENV });

  test("has a provider for each address, and a key for each credential", () => {
    expect(plan.kind).toBe("litellm");
    expect(plan.providers).toEqual([
      { name: "openai", fields: {} },
      {
        name: "team-eu",
        fields: { base_url: "https://team-eu.openai.azure.com/openai/v1", dialect: "azure", api_version: "2024-10-21" },
      },
      { name: "anthropic", fields: {} },
      { name: "local", fields: { base_url: "http://10.0.0.5:8000/v1" } },
      { name: "groq", fields: {} },
    ]);
    expect(plan.keys.slice(0, 3)).toEqual([
      { key: KEYS[0] ?? "", provider: "openai", limits: { models: { "gpt-4o": { rpm: 60 } } } },
      { key: KEYS[1] ?? "", provider: "team-eu", weight: 2 },
      { key: KEYS[2] ?? "", provider: "anthropic" },
    ]);
  });

  test("deployments of one name stand side by side, fallbacks after them", () => {
    expect(settingsOf(plan)).toMatchObject({
      "models.gpt-4o": [["openai/gpt-4o", "team-eu/my-gpt-4o"], "anthropic/claude-sonnet-4-5"],
      "models.gpt-4": [["openai/gpt-4o", "team-eu/my-gpt-4o"], "anthropic/claude-sonnet-4-5"],
      "models.claude": ["anthropic/claude-sonnet-4-5"],
      "models.local": ["local/qwen"],
      max_retries: 2,
      max_failures: 3,
      strategy: "random",
    });
  });

  test("the master key is the admin token, and no client token", () => {
    expect(plan).toMatchObject({ adminToken: MASTER, clientTokens: [] });
    expect(leftOut(plan)).toContain("general_settings.master_key as a client token");
  });

  test("says what has no counterpart, and which variable is not set", () => {
    expect(leftOut(plan)).toEqual(
      expect.arrayContaining([
        "temperature of model_list[3]",
        "model_list[4]",
        "the key of model_list[5]",
        "drop_params in its settings",
        "database_url in general_settings",
      ]),
    );
    expect(plan.notCarried.find(({ what }) => what === "the key of model_list[5]")?.why).toStartWith(
      "the variable NOT_SET is not set here",
    );
  });
});

describe("a deployment", () => {
  function planOfOne(params: Readonly<Record<string, unknown>>, env: Readonly<Record<string, string>>) {
    return planOf(JSON.stringify({ model_list: [{ model_name: "m", litellm_params: params }] }), { env });
  }

  test.each([
    ["perplexity/sonar", "PERPLEXITYAI_API_KEY", "https://api.perplexity.ai"],
    ["nvidia_nim/meta/llama3-70b", "NVIDIA_NIM_API_KEY", "https://integrate.api.nvidia.com/v1"],
    ["cerebras/llama3.1-8b", "CEREBRAS_API_KEY", "https://api.cerebras.ai/v1"],
    ["volcengine/doubao", "VOLCENGINE_API_KEY", "https://ark.cn-beijing.volces.com/api/v3"],
    ["dashscope/qwen-max", "DASHSCOPE_API_KEY", "https://dashscope-intl.aliyuncs.com/compatible-mode/v1"],
    ["together_ai/x/y", "TOGETHERAI_API_KEY", "https://api.together.ai/v1"],
    ["gemini/gemini-2.5-pro", "GOOGLE_API_KEY", "https://generativelanguage.googleapis.com/v1beta/openai"],
    ["text-completion-openai/davinci-002", "OPENAI_API_KEY", "https://api.openai.com/v1"],
  ])("%s calls where LiteLLM does, with the key in %s", (model, variable, address) => {
    const plan = planOfOne({ model }, { [variable]: KEYS[0] ?? "" });
    const [provider] = plan.providers;
    expect(provider?.fields.base_url ?? presetOf(provider?.name ?? "")?.baseUrl).toBe(address);
    expect(plan.keys.map(({ key }) => key)).toEqual([KEYS[0] ?? ""]);
    expect(settingsOf(plan)).toEqual({ "models.m": [`${provider?.name}/${model.slice(model.indexOf("/") + 1)}`] });
  });

  test("of Azure has its address, version and key in variables as well", () => {
    const env = {
      AZURE_API_KEY: KEYS[0] ?? "",
      AZURE_API_BASE: "https://team.openai.azure.com/openai/deployments/gpt-4o",
      AZURE_API_VERSION: "2024-10-21",
    };
    const plan = planOfOne({ model: "azure/gpt-4o" }, env);
    expect(plan.providers).toEqual([
      {
        name: "team",
        fields: { base_url: "https://team.openai.azure.com/openai/v1", dialect: "azure", api_version: "2024-10-21" },
      },
    ]);
    expect(plan.keys).toEqual([{ key: KEYS[0] ?? "", provider: "team" }]);
  });

  test("without a key says where one would have been looked for", () => {
    const { notCarried } = planOfOne({ model: "friendliai/x" }, {});
    expect(notCarried[0]?.why).toStartWith("the variable FRIENDLIAI_API_KEY or FRIENDLI_TOKEN is not set here");
  });

  test("whose key is a variable that is to be put in never has its name as a key", () => {
    expect(planOfOne({ model: "openai/x", api_key: "\x24{MY_KEY}" }, {}).keys).toEqual([]);
    expect(planOfOne({ model: "openai/x", api_key: "\x24{MY_KEY}" }, { MY_KEY: KEYS[1] ?? "" }).keys).toEqual([
      { key: KEYS[1] ?? "", provider: "openai" },
    ]);
  });

  test("that speaks no OpenAI API is told of", () => {
    expect(leftOut(planOfOne({ model: "vertex_ai/gemini-pro" }, {}))).toEqual(["model_list[0]"]);
  });
});

test("deployments of the smallest order go first, those without one last", () => {
  const deployment = (model: string, more: object) => ({
    model_name: "m",
    litellm_params: { model, api_key: KEYS[0], ...more },
  });
  const list = [
    deployment("openai/last", {}),
    deployment("openai/second", { order: 2 }),
    deployment("openai/first", { order: 1 }),
    { ...deployment("groq/first", { order: 1 }), rpm: 9 },
  ];
  const plan = planOf(JSON.stringify({ model_list: list, include: ["more.yaml"] }));
  expect(settingsOf(plan)).toEqual({
    "models.m": [["openai/first", "groq/first"], "openai/second", "openai/last"],
  });
  expect(plan.keys.at(-1)).toMatchObject({ provider: "groq", limits: { models: { first: { rpm: 9 } } } });
  expect(leftOut(plan)).toEqual(["the files below include"]);
});

test("its own environment_variables and credential_list are looked at", () => {
  const plan = planOf(`
environment_variables: { GROQ: ${KEYS[0]} }
credential_list:
  - credential_name: shared
    credential_values: { api_key: os.environ/GROQ }
model_list:
  - model_name: fast
    litellm_params: { model: groq/llama-3.1-8b-instant, litellm_credential_name: shared }
`);
  expect(plan.keys).toEqual([{ key: KEYS[0] ?? "", provider: "groq" }]);
});

test.each([
  ["no YAML", "model_list: [\n", /it is no YAML \(line \d+, column \d+\)/],
  ["a field twice", "model_list: []\nmodel_list: []\n", "a field stands in it twice (line 2, column 1)"],
  ["no list", "model_list: 5", "model_list: expected a list, got a number"],
  ["no params", "model_list:\n  - model_name: x\n", "model_list[0].litellm_params: expected a map, got nothing"],
  [
    "aliases without end",
    `a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nmodel_list: [*c,*c,*c,*c]`,
    "its aliases stand for too much",
  ],
])("%s: says what is wrong", (_case, text, message) => {
  expect(() => planOf(text)).toThrow(message);
});
