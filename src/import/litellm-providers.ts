// Where LiteLLM calls what speaks the OpenAI API, and the variables in which it looks for keys.

export interface LiteLlmProvider {
  /** Undefined where it is that of the preset, or the entry names it. */
  readonly address?: string;
  /** In the order in which they are looked for; those of the preset come first. */
  readonly variables: readonly string[];
}

/** By prefix, where our presets do not say it already. (litellm_core_utils/get_llm_provider_logic, llms/azure) */
const PROVIDERS: Readonly<Record<string, LiteLlmProvider>> = {
  ai21: { address: "https://api.ai21.com/studio/v1", variables: ["AI21_API_KEY"] },
  ai21_chat: { address: "https://api.ai21.com/studio/v1", variables: ["AI21_API_KEY"] },
  azure: { variables: ["AZURE_API_KEY"] },
  cerebras: { address: "https://api.cerebras.ai/v1", variables: ["CEREBRAS_API_KEY"] },
  codestral: { address: "https://codestral.mistral.ai/v1", variables: ["CODESTRAL_API_KEY"] },
  dashscope: { address: "https://dashscope-intl.aliyuncs.com/compatible-mode/v1", variables: [] },
  deepinfra: { address: "https://api.deepinfra.com/v1/openai", variables: ["DEEPINFRA_API_KEY"] },
  fireworks: { variables: ["FIREWORKS_AI_API_KEY", "FIREWORKSAI_API_KEY", "FIREWORKS_AI_TOKEN"] },
  friendliai: {
    address: "https://api.friendli.ai/serverless/v1",
    variables: ["FRIENDLIAI_API_KEY", "FRIENDLI_TOKEN"],
  },
  gemini: { variables: ["GOOGLE_API_KEY"] },
  github: { address: "https://models.inference.ai.azure.com", variables: ["GITHUB_API_KEY"] },
  meta_llama: { address: "https://api.llama.com/compat/v1", variables: ["LLAMA_API_KEY"] },
  nebius: { address: "https://api.studio.nebius.ai/v1", variables: ["NEBIUS_API_KEY"] },
  nvidia_nim: { address: "https://integrate.api.nvidia.com/v1", variables: ["NVIDIA_NIM_API_KEY"] },
  perplexity: { address: "https://api.perplexity.ai", variables: ["PERPLEXITYAI_API_KEY", "PERPLEXITY_API_KEY"] },
  sambanova: { address: "https://api.sambanova.ai/v1", variables: ["SAMBANOVA_API_KEY"] },
  together: { variables: ["TOGETHER_AI_API_KEY", "TOGETHERAI_API_KEY", "TOGETHER_AI_TOKEN"] },
  volcengine: { address: "https://ark.cn-beijing.volces.com/api/v3", variables: ["VOLCENGINE_API_KEY"] },
};

/** Undefined for one of which nothing more is known than our preset says. */
export function liteLlmProvider(prefix: string): LiteLlmProvider | undefined {
  return Object.hasOwn(PROVIDERS, prefix) ? PROVIDERS[prefix] : undefined;
}
