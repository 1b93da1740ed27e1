// The providers that speak the OpenAI dialect but have error codes, texts or limits of their own.
import type { ErrorFact, Vendor } from "../dialect.ts";
import { DASHSCOPE } from "./dashscope.ts";
import { DEEPSEEK } from "./deepseek.ts";
import { FIREWORKS } from "./fireworks.ts";
import { GROQ } from "./groq.ts";
import { LITELLM } from "./litellm.ts";
import { MISTRAL } from "./mistral.ts";
import { MOONSHOT } from "./moonshot.ts";
import { ONE_API } from "./one-api.ts";
import { OPENROUTER } from "./openrouter.ts";
import { SILICONFLOW } from "./siliconflow.ts";
import { XAI } from "./xai.ts";

const VENDORS: readonly Vendor[] = [
  OPENROUTER,
  GROQ,
  DEEPSEEK,
  MISTRAL,
  SILICONFLOW,
  DASHSCOPE,
  MOONSHOT,
  XAI,
  FIREWORKS,
  LITELLM,
  ONE_API,
];

/** What the vendors say, wherever it is met; tried before OpenAI's own rows. */
export const VENDOR_FACTS: readonly ErrorFact[] = VENDORS.flatMap(({ errors }) => errors);

/** The vendor whose API stands at that base URL. */
export function vendorAt(baseUrl: string): Vendor | undefined {
  return VENDORS.find(({ hosts }) => isAt(hosts, baseUrl));
}

/** Whether the base URL has one of the hosts, or one below them. */
export function isAt(hosts: readonly string[], baseUrl: string): boolean {
  const host = URL.parse(baseUrl)?.hostname ?? "";
  return hosts.some((known) => host === known || host.endsWith(`.${known}`));
}
