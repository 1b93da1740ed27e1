// The table of dialects by name, and what the host of a provider adds to its dialect.
import type { DialectName } from "../config/config.ts";
import type { Dialect } from "./dialect.ts";
import { anthropic } from "./dialects/anthropic.ts";
import { azure } from "./dialects/azure.ts";
import { custom } from "./dialects/custom.ts";
import { gemini } from "./dialects/gemini.ts";
import { OPENAI_LIMITS, openai } from "./dialects/openai.ts";
import { vendorAt } from "./dialects/vendors.ts";

const DIALECTS: Readonly<Record<DialectName, Dialect>> = { openai, azure, anthropic, gemini, custom };
const OPENAI_HOST = /^(?:[a-z]{2}\.)?api\.openai\.com$/;

/** The dialect of that name. */
export function dialectOf(name: DialectName): Dialect {
  return DIALECTS[name];
}

/** The dialect of a provider: whoever only copies OpenAI's protocol may count its limits in another way. */
export function dialectAt(name: DialectName, baseUrl: string): Dialect {
  const dialect = dialectOf(name);
  if (name !== "openai" && name !== "custom") return dialect;
  if (OPENAI_HOST.test(URL.parse(baseUrl)?.hostname ?? "")) return { ...dialect, limits: OPENAI_LIMITS };
  const vendor = vendorAt(baseUrl);
  if (vendor === undefined) return dialect;
  return { ...dialect, limits: vendor.limits, errors: [...(vendor.errorsAtHome ?? []), ...dialect.errors] };
}
