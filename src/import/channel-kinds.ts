// The kinds of channels of one-api and new-api, by the numbers that their databases hold: where each calls, and how.
import type { DialectName } from "../config/config.ts";

/** `address`: with what one of their base URLs has to end in to be a base URL here. */
export interface ChannelKind {
  readonly address: string | undefined;
  readonly version: string;
  readonly dialect: DialectName;
  /** Its keys may have the id of an app behind a vertical bar, which goes out as a header there. */
  readonly hasAppIds?: boolean;
}

export type ChannelNumbers = "one-api" | "new-api";

function openai(address?: string, version = "/v1"): ChannelKind {
  return { address, version, dialect: "openai" };
}

const ZHIPU = openai("https://open.bigmodel.cn", "/api/paas/v4");
const COHERE = openai("https://api.cohere.ai", "/compatibility/v1");
const DASHSCOPE = openai("https://dashscope.aliyuncs.com", "/compatible-mode/v1");
const VOLCENGINE = openai("https://ark.cn-beijing.volces.com", "/api/v3");
const QIANFAN = openai("https://qianfan.baidubce.com", "/v2");

/**
 * Up to 26 most count alike. (one-api relay/channeltype, new-api constant/channel) Those whose keys are no bearer
 * tokens are missing, as Tencent's, which sign.
 */
const SHARED: ReadonlyMap<number, ChannelKind> = new Map([
  [1, openai("https://api.openai.com")],
  [3, { address: undefined, version: "/openai/v1", dialect: "azure" }],
  [6, openai("https://api.openaimax.com")],
  [7, openai("https://api.ohmygpt.com")],
  [8, openai()],
  [9, openai("https://api.caipacity.com")],
  [10, openai("https://api.aiproxy.io")],
  [12, openai("https://api.api2gpt.com")],
  [13, openai("https://api.aigc2d.com")],
  [14, { address: "https://api.anthropic.com", version: "/v1", dialect: "anthropic" }],
  [16, ZHIPU],
  [17, DASHSCOPE],
  [20, openai("https://openrouter.ai/api")],
  [22, openai("https://fastgpt.run/api/openapi")],
  [24, { address: "https://generativelanguage.googleapis.com", version: "/v1beta/openai", dialect: "gemini" }],
  [25, openai("https://api.moonshot.cn")],
  [31, openai("https://api.lingyiwanwu.com")],
]);

const OWN: Readonly<Record<ChannelNumbers, ReadonlyMap<number, ChannelKind>>> = {
  "one-api": new Map([
    [2, openai("https://oa.api2d.net")],
    [4, openai("https://api.closeai-proxy.xyz")],
    [5, openai("https://api.openai-sb.com")],
    [19, openai("https://ai.360.cn")],
    [26, openai("https://api.baichuan-ai.com")],
    [27, openai("https://api.minimax.chat")],
    [28, openai("https://api.mistral.ai")],
    [29, openai("https://api.groq.com/openai")],
    [30, openai("http://localhost:11434")],
    [32, openai("https://api.stepfun.com")],
    [35, COHERE],
    [36, openai("https://api.deepseek.com")],
    [39, openai("https://api.together.ai")],
    [40, VOLCENGINE],
    [41, openai("https://api.novita.ai/v3/openai", "")],
    [44, openai("https://api.siliconflow.cn")],
    [45, openai("https://api.x.ai")],
    [47, QIANFAN],
    [48, openai("https://spark-api-open.xf-yun.com")],
    [49, DASHSCOPE],
    [50, openai(undefined, "")],
    [51, { address: "https://generativelanguage.googleapis.com/v1beta/openai", version: "", dialect: "gemini" }],
  ]),
  "new-api": new Map([
    [4, openai("http://localhost:11434")],
    [19, openai("https://api.360.cn")],
    [26, ZHIPU],
    [27, openai("https://api.perplexity.ai", "")],
    [34, COHERE],
    [35, openai("https://api.minimax.chat")],
    [38, openai("https://api.jina.ai")],
    [40, openai("https://api.siliconflow.cn")],
    [42, openai("https://api.mistral.ai")],
    [43, openai("https://api.deepseek.com")],
    [45, VOLCENGINE],
    [46, { ...QIANFAN, hasAppIds: true }],
    [47, openai()],
    [48, openai("https://api.x.ai")],
    [53, openai("https://llm.submodel.ai")],
    [55, openai("https://api.openai.com")],
  ]),
};

/** What new-api takes in the place of a base URL, and where that calls. (constant/channel) */
const PLANS: ReadonlyMap<string, string> = new Map([
  ["glm-coding-plan", "https://open.bigmodel.cn/api/coding/paas/v4"],
  ["glm-coding-plan-international", "https://api.z.ai/api/coding/paas/v4"],
  ["kimi-coding-plan", "https://api.kimi.com/coding/v1"],
  ["doubao-coding-plan", "https://ark.cn-beijing.volces.com/api/coding/v3"],
]);

/** Undefined for one that speaks no OpenAI API, or that nobody knows. */
export function channelKind(number: number, numbers: ChannelNumbers): ChannelKind | undefined {
  return OWN[numbers].get(number) ?? SHARED.get(number);
}

/** The address that a channel's base URL stands for; what is no such name stands for itself. */
export function addressOfPlan(baseUrl: string): string {
  return PLANS.get(baseUrl) ?? baseUrl;
}
