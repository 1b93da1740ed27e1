// The table of dialects by name, and what the host of a provider adds to its dialect.
import type { DialectName } from "../config/config.ts";
import type { Dialect, LimitFacts } from "./dialect.ts";
import { anthropic } from "./dialects/anthropic.ts";
import { azure } from "./dialects/azure.ts";
import { custom } from "./dialects/custom.ts";
import { gemini } from "./dialects/gemini.ts";
import { OPENAI_LIMITS, openai } from "./dialects/openai.ts";
import { isAt, vendorAt } from "./dialects/vendors.ts";

const DIALECTS: Readonly<Record<DialectName, Dialect>> = { openai, azure, anthropic, gemini, custom };
/** Those who count limits at hosts that may be configured with another dialect. */
const LIMITS_AT: readonly (readonly [hosts: readonly string[], limits: LimitFacts])[] = [
  [["api.openai.com"], OPENAI_LIMITS],
  [["openai.azure.com", "services.ai.azure.com", "cognitiveservices.azure.com"], azure.limits],
  [["api.anthropic.com"], anthropic.limits],
];

/** The dialect of that name. */
export function dialectOf(name: DialectName): Dialect {
  return DIALECTS[name];
}

/** The dialect of a provider: whoever only copies OpenAI's protocol may count its limits in another way. */
export function dialectAt(name: DialectName, baseUrl: string): Dialect {
  const dialect = dialectOf(name);
  if (name !== "openai" && name !== "custom") return dialect;
  const limits = LIMITS_AT.find(([hosts]) => isAt(hosts, baseUrl))?.[1];
  if (limits !== undefined) return { ...dialect, limits };
  const vendor = vendorAt(baseUrl);
  if (vendor === undefined) return dialect;
  return { ...dialect, limits: vendor.limits, errors: [...(vendor.errorsAtHome ?? []), ...dialect.errors] };
}
