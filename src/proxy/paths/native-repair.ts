// Undoes what base URLs of the vendors' own libraries have too much: versions and prefixes that the library adds itself.
import { isGeminiFamily } from "./native-operations.ts";
import type { ProviderName } from "./provider-names.ts";

const GOOGLE_VERSION = /^v1(?:alpha|beta)?$/;
/** What Azure's library adds before a deployment, and what people paste before that. */
const AZURE_PASTED: ReadonlySet<string> = new Set(["openai", "v1", ""]);

/**
 * What follows the provider, with its mistakes undone; undefined where there is none. `segments`: what followed it as it
 * came. What the library added counts, which is the last: `v1beta/v1/models` of a base URL with `/v1beta` is `v1/models`.
 */
export function repairNativeBase(segments: readonly string[], provider: ProviderName): readonly string[] | undefined {
  if (provider.isGoogle === true) return repairGoogle(segments);
  return provider.dialect === "azure" ? repairAzure(segments) : undefined;
}

function repairGoogle(segments: readonly string[]): readonly string[] | undefined {
  const next = segments.findIndex((segment) => segment !== "" && !GOOGLE_VERSION.test(segment));
  if (next < 0) return undefined;
  const versions = segments.slice(0, next).filter((segment) => segment !== "");
  const rest = segments.slice(next);
  const [family = ""] = rest;
  const version = versions.at(-1) ?? "";
  if (family === "upload" && versions.length > 0 && GOOGLE_VERSION.test(rest[1] ?? "")) return rest;
  // OpenAI's `v1` twice is mended as for everybody.
  const isPasted = versions.length > 1 && versions.some((each) => each !== "v1");
  return isPasted && isGeminiFamily(family.split(":", 1)[0] ?? "") ? [version, ...rest] : undefined;
}

function repairAzure(segments: readonly string[]): readonly string[] | undefined {
  const next = segments.findIndex((segment) => !AZURE_PASTED.has(segment));
  if (next < 0) return undefined;
  const pasted = segments.slice(0, next).filter((segment) => segment !== "");
  const rest = segments.slice(next);
  if (rest[0] === "deployments") {
    const isExact = pasted.join("/") === "openai" || pasted.join("/") === "openai/v1";
    return isExact ? undefined : ["openai", ...rest];
  }
  return pasted[0] === "openai" && pasted[1] === "openai" ? pasted.slice(1).concat(rest) : undefined;
}
