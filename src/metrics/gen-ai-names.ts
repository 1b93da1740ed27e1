// What OpenTelemetry's conventions for generative AI call operations and providers.
import type { ProviderConfig } from "../config/config.ts";

/**
 * Well-known values of `gen_ai.operation.name`; an operation that none of them fits keeps its own name, as the conventions
 * allow (github.com/open-telemetry/semantic-conventions-genai, gen-ai-metrics).
 */
const OPERATIONS: ReadonlyMap<string, string> = new Map([
  ["chat/completions", "chat"],
  ["responses", "chat"],
  ["messages", "chat"],
  ["agents/completions", "chat"],
  ["completions", "text_completion"],
  ["fim/completions", "text_completion"],
  ["embeddings", "embeddings"],
  ["models/{id}:generateContent", "generate_content"],
  ["models/{id}:streamGenerateContent", "generate_content"],
  ["tunedModels/{id}:generateContent", "generate_content"],
  ["tunedModels/{id}:streamGenerateContent", "generate_content"],
  ["models/{id}:embedContent", "embeddings"],
  ["models/{id}:batchEmbedContents", "embeddings"],
]);

/** Well-known values of `gen_ai.provider.name`, by the ends of hosts. */
const HOSTS: readonly (readonly [host: string, name: string])[] = [
  ["api.openai.com", "openai"],
  ["openai.azure.com", "azure.ai.openai"],
  ["cognitiveservices.azure.com", "azure.ai.openai"],
  ["services.ai.azure.com", "azure.ai.inference"],
  ["api.anthropic.com", "anthropic"],
  ["generativelanguage.googleapis.com", "gcp.gemini"],
  ["aiplatform.googleapis.com", "gcp.vertex_ai"],
  ["amazonaws.com", "aws.bedrock"],
  ["api.deepseek.com", "deepseek"],
  ["api.groq.com", "groq"],
  ["api.mistral.ai", "mistral_ai"],
  ["api.moonshot.cn", "moonshot_ai"],
  ["api.moonshot.ai", "moonshot_ai"],
  ["api.perplexity.ai", "perplexity"],
  ["api.cohere.com", "cohere"],
  ["api.cohere.ai", "cohere"],
  ["api.x.ai", "x_ai"],
];

export function genAiOperation(operation: string): string {
  return OPERATIONS.get(operation) ?? operation;
}

/** A provider whose host says nothing keeps the name that its operator gave it. */
export function genAiProvider({ name, baseUrl }: Pick<ProviderConfig, "name" | "baseUrl">): string {
  const host = URL.parse(baseUrl)?.hostname ?? "";
  return HOSTS.find(([known]) => host === known || host.endsWith(`.${known}`))?.[1] ?? name;
}
