// Known providers: what needs no configuration because their documentation says it.

import type { DialectName } from "./config.ts";

export interface Preset {
  readonly name: string;
  /** Undefined for a template: the operator's own host belongs into it. */
  readonly baseUrl: string | undefined;
  readonly dialect: DialectName;
  /** A cheap model of the provider. */
  readonly testModel: string | undefined;
  /** The variable in which keys of this provider usually are. */
  readonly variable: string | undefined;
  /** `none`: the provider wants no key. */
  readonly authHeader?: "none";
  /** Where a GET proves a key for free, if `/models` does not. */
  readonly probePath?: string;
  /** The provider's page that says so. */
  readonly source: string;
}

/** In the order in which their variables make providers when there is no config file. */
export const PRESETS: readonly Preset[] = [
  {
    name: "openai",
    baseUrl: "https://api.openai.com/v1",
    dialect: "openai",
    testModel: "gpt-4o-mini",
    variable: "OPENAI_API_KEY",
    source: "https://platform.openai.com/docs/api-reference/authentication",
  },
  {
    name: "anthropic",
    baseUrl: "https://api.anthropic.com/v1",
    dialect: "anthropic",
    testModel: "claude-haiku-4-5",
    variable: "ANTHROPIC_API_KEY",
    source: "https://platform.claude.com/docs/en/cli-sdks-libraries/libraries/openai-sdk",
  },
  {
    name: "gemini",
    baseUrl: "https://generativelanguage.googleapis.com/v1beta/openai",
    dialect: "gemini",
    testModel: "gemini-2.5-flash-lite",
    variable: "GEMINI_API_KEY",
    source: "https://ai.google.dev/gemini-api/docs/openai",
  },
  {
    name: "deepseek",
    baseUrl: "https://api.deepseek.com/v1",
    dialect: "openai",
    testModel: "deepseek-chat",
    variable: "DEEPSEEK_API_KEY",
    source: "https://api-docs.deepseek.com/",
  },
  {
    name: "groq",
    baseUrl: "https://api.groq.com/openai/v1",
    dialect: "openai",
    testModel: "llama-3.1-8b-instant",
    variable: "GROQ_API_KEY",
    source: "https://console.groq.com/docs/openai",
  },
  {
    name: "openrouter",
    baseUrl: "https://openrouter.ai/api/v1",
    dialect: "openai",
    testModel: "openai/gpt-4o-mini",
    variable: "OPENROUTER_API_KEY",
    // `/models` is public: it lets every key in (openrouter.ai/docs/api-reference/list-available-models).
    probePath: "/key",
    source: "https://openrouter.ai/docs/quickstart",
  },
  {
    name: "mistral",
    baseUrl: "https://api.mistral.ai/v1",
    dialect: "openai",
    testModel: "mistral-small-latest",
    variable: "MISTRAL_API_KEY",
    source: "https://docs.mistral.ai/api/",
  },
  {
    name: "xai",
    baseUrl: "https://api.x.ai/v1",
    dialect: "openai",
    testModel: "grok-4-1-fast-non-reasoning",
    variable: "XAI_API_KEY",
    source: "https://docs.x.ai/docs/api-reference",
  },
  {
    name: "together",
    baseUrl: "https://api.together.ai/v1",
    dialect: "openai",
    testModel: "openai/gpt-oss-20b",
    variable: "TOGETHER_API_KEY",
    source: "https://docs.together.ai/docs/inference/openai-compatibility",
  },
  {
    name: "fireworks",
    baseUrl: "https://api.fireworks.ai/inference/v1",
    dialect: "openai",
    testModel: "accounts/fireworks/models/gpt-oss-20b",
    variable: "FIREWORKS_API_KEY",
    source: "https://docs.fireworks.ai/tools-sdks/openai-compatibility",
  },
  {
    name: "siliconflow",
    baseUrl: "https://api.siliconflow.cn/v1",
    dialect: "openai",
    testModel: "Qwen/Qwen3-8B",
    variable: "SILICONFLOW_API_KEY",
    source: "https://docs.siliconflow.cn/docs/userguide/quickstart",
  },
  {
    name: "moonshot",
    baseUrl: "https://api.moonshot.ai/v1",
    dialect: "openai",
    testModel: "kimi-k2.5",
    variable: "MOONSHOT_API_KEY",
    source: "https://platform.moonshot.ai/docs/api/chat",
  },
  {
    name: "dashscope",
    baseUrl: "https://dashscope.aliyuncs.com/compatible-mode/v1",
    dialect: "openai",
    testModel: "qwen-turbo",
    variable: "DASHSCOPE_API_KEY",
    source: "https://help.aliyun.com/zh/model-studio/compatibility-of-openai-with-dashscope",
  },
  {
    name: "ollama",
    baseUrl: "http://localhost:11434/v1",
    dialect: "openai",
    testModel: undefined,
    variable: undefined,
    authHeader: "none",
    source: "https://docs.ollama.com/api/openai-compatibility",
  },
  {
    name: "azure",
    baseUrl: undefined,
    dialect: "azure",
    testModel: undefined,
    variable: "AZURE_OPENAI_API_KEY",
    source: "https://learn.microsoft.com/azure/ai-foundry/openai/api-version-lifecycle",
  },
];

/** The preset for a provider of this name. */
export function presetOf(name: string): Preset | undefined {
  return PRESETS.find((preset) => preset.name === name);
}

/** The preset for a provider of another name whose base URL has the host of a preset. */
export function presetAt(baseUrl: string): Preset | undefined {
  const host = URL.parse(baseUrl)?.host;
  return PRESETS.find((preset) => preset.baseUrl !== undefined && URL.parse(preset.baseUrl)?.host === host);
}
