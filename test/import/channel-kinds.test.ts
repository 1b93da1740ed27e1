// Where the kinds of channels of one-api and new-api call, by their numbers.
import { expect, test } from "bun:test";
import { presetOf } from "../../src/config/presets.ts";
import { fitPlan } from "../../src/import/fit-plan.ts";
import { NEW, OLD } from "./channel-rows.ts";
import { json, leftOut, planOf } from "./source.ts";

test.each([
  [2, "https://oa.api2d.net/v1"],
  [16, "https://open.bigmodel.cn/api/paas/v4"],
  [17, "https://dashscope.aliyuncs.com/compatible-mode/v1"],
  [19, "https://ai.360.cn/v1"],
  [20, "https://openrouter.ai/api/v1"],
  [24, "https://generativelanguage.googleapis.com/v1beta/openai"],
  [29, "https://api.groq.com/openai/v1"],
  [35, "https://api.cohere.ai/compatibility/v1"],
  [40, "https://ark.cn-beijing.volces.com/api/v3"],
  [41, "https://api.novita.ai/v3/openai"],
  [47, "https://qianfan.baidubce.com/v2"],
  [51, "https://generativelanguage.googleapis.com/v1beta/openai"],
])("kind %d calls %s", (type, address) => {
  const plan = fitPlan(planOf(json([{ ...OLD, type }])), []);
  expect(plan.providers.map(({ name, fields }) => fields.base_url ?? presetOf(name)?.baseUrl)).toEqual([address]);
});

test.each([15, 18, 21, 23, 33, 34, 37, 38, 42, 43, 46])("kind %d is told of, and its key goes nowhere", (type) => {
  const plan = planOf(json([{ ...OLD, type }]));
  expect({ keys: plan.keys, leftOut: leftOut(plan) }).toEqual({ keys: [], leftOut: ["channel main"] });
});

test.each([
  ["https://gateway.example/openai/", "https://gateway.example/openai/v1"],
  ["https://gateway.example/v1", "https://gateway.example/v1"],
  [
    "https://gateway.ai.cloudflare.com/v1/account/gateway/openai",
    "https://gateway.ai.cloudflare.com/v1/account/gateway/openai",
  ],
  ["https://gateway.example/v1/chat/completions", "https://gateway.example/v1"],
])("an address %s is %s here", (base_url, address) => {
  expect(planOf(json([{ ...OLD, base_url }])).providers[0]?.fields.base_url).toBe(address);
});

test.each([
  ["glm-coding-plan", 26, "https://open.bigmodel.cn/api/coding/paas/v4"],
  ["kimi-coding-plan", 25, "https://api.kimi.com/coding/v1"],
  ["doubao-coding-plan", 45, "https://ark.cn-beijing.volces.com/api/coding/v3"],
])("%s is the address that it stands for", (base_url, type, address) => {
  expect(planOf(json([{ ...NEW, base_url, type }])).providers[0]?.fields.base_url).toBe(address);
});

test("the app id behind a key of Qianfan is no part of it", () => {
  const key = "bce-v3/fake-0001/fake0002";
  const plan = planOf(json([{ ...NEW, type: 46, key: `${key}|app-0003\n${key}b` }]));
  expect(plan.keys.map(({ key }) => key)).toEqual([key, `${key}b`]);
  expect(leftOut(plan)).toContain("the app id of channel main");
});
