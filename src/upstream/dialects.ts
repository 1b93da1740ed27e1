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
  const isOpenai = OPENAI_HOST.test(URL.parse(baseUrl)?.hostname ?? "");
  const limits = isOpenai ? OPENAI_LIMITS : vendorAt(baseUrl)?.limits;
  return limits === undefined ? dialect : { ...dialect, limits };
}
