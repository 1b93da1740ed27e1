// Where a provider's native paths begin, derived from where its OpenAI API is.
import type { DialectName } from "./config.ts";

/** The end of a base URL that only the OpenAI API has; what stands before it is common to both. */
const OPENAI_PART: Readonly<Record<DialectName, RegExp>> = {
  // It has no paths of its own; the origin.
  openai: /(?<=^\w+:\/\/[^/]+)\/.*$/,
  // learn.microsoft.com/azure/ai-foundry/openai/api-version-lifecycle
  azure: /\/openai(?:\/v1|\/deployments\/[^/]+)?$/,
  // platform.claude.com/docs/en/cli-sdks-libraries/libraries/openai-sdk
  anthropic: /\/v1$/,
  // ai.google.dev/gemini-api/docs/openai
  gemini: /\/v1(?:alpha|beta)?(?:\/openai)?$/,
  custom: /\/v1(?:alpha|beta)?(?:\/openai)?$/,
};

/** `baseUrl`: without slashes at its end; so is the result. */
export function nativeBaseOf(baseUrl: string, dialect: DialectName): string {
  return baseUrl.replace(OPENAI_PART[dialect], "");
}
