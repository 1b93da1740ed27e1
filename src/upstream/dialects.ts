// The table of dialects by name.
import type { DialectName } from "../config/config.ts";
import type { Dialect } from "./dialect.ts";
import { anthropic } from "./dialects/anthropic.ts";
import { azure } from "./dialects/azure.ts";
import { custom } from "./dialects/custom.ts";
import { gemini } from "./dialects/gemini.ts";
import { openai } from "./dialects/openai.ts";

const DIALECTS: Readonly<Record<DialectName, Dialect>> = { openai, azure, anthropic, gemini, custom };

/** The dialect of that name. */
export function dialectOf(name: DialectName): Dialect {
  return DIALECTS[name];
}
