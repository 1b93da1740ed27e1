// Channels of one-api and new-api, as their databases and APIs write them.
import { describe, expect, test } from "bun:test";
import { fitPlan } from "../../src/import/fit-plan.ts";
import { KEYS, NEW, OLD } from "./channel-rows.ts";
import { json, leftOut, planOf, settingsOf, tables } from "./source.ts";

describe("one-api", () => {
  test("channels of one address are keys of one provider", () => {
    const plan = planOf(
      json({
        success: true,
        message: "",
        data: [OLD, { ...OLD, id: 2, name: "second", key: KEYS[1], weight: 3, priority: 2, models: "gpt-4o" }],
      }),
    );
    expect(plan.kind).toBe("one-api");
    expect(plan.providers).toEqual([{ name: "openai", fields: {} }]);
    expect(plan.keys).toEqual([
      { key: KEYS[0] ?? "", name: "main", provider: "openai", models: ["gpt-4o", "gpt-4o-mini"] },
      { key: KEYS[1] ?? "", name: "second", provider: "openai", models: ["gpt-4o"], weight: 3, priority: -2 },
    ]);
    expect(fitPlan(plan, []).settings).toEqual([]);
  });

  test("a model of one provider has a route where another one is the default", () => {
    const plan = planOf(json([OLD]));
    const own = { name: "own", path: "own", base_url: "https://own.example/v1", is_default: true };
    const openai = { name: "openai", path: "openai", base_url: "https://api.openai.com/v1", is_default: false };
    const routes = { "models.gpt-4o": ["openai/gpt-4o"], "models.gpt-4o-mini": ["openai/gpt-4o-mini"] };
    expect(settingsOf(fitPlan(plan, [own]))).toEqual(routes);
    expect(settingsOf(fitPlan(plan, [own, openai]))).toEqual(routes);
    expect(settingsOf(fitPlan(plan, [{ ...openai, is_default: true }]))).toEqual({});
  });

  test("what is needless where the first provider is the default takes no room from what is not", () => {
    const many = Array.from({ length: 500 }, (_, index) => `m${index}`).join(",");
    const plan = planOf(
      json([
        { ...OLD, models: many },
        { ...OLD, type: 36, key: KEYS[1], models: "deepseek-chat" },
      ]),
    );
    expect(settingsOf(fitPlan(plan, []))).toEqual({ "models.deepseek-chat": ["deepseek/deepseek-chat"] });
    expect(leftOut(plan)).toEqual([]);
  });

  test("a provider that wants no key gets none, whatever the channel has to have", () => {
    const plan = planOf(json([{ ...OLD, type: 30, key: "none-needed" }]));
    expect(plan).toMatchObject({ providers: [{ name: "ollama", fields: {} }], keys: [] });
    expect(leftOut(plan)).toEqual(["the key of channel main"]);
  });

  test("channels of one-hub are refused, as its numbers would send keys to others", () => {
    expect(() => planOf(json([{ ...OLD, type: 25, only_chat: false, tag: "" }]))).toThrow("those of one-hub");
  });

  test("numbers of kinds are its own: 36 is DeepSeek here, 28 Mistral", () => {
    const plan = planOf(
      json([
        { ...OLD, type: 36 },
        { ...OLD, type: 28, key: KEYS[1] },
      ]),
    );
    expect(plan.providers.map(({ name }) => name)).toEqual(["deepseek", "mistral"]);
  });

  test("a model of several providers goes to the one of the highest priority first", () => {
    const deepseek = {
      ...OLD,
      type: 36,
      key: KEYS[1],
      name: "ds",
      models: "gpt-4o,deepseek-chat",
      priority: 5,
      model_mapping: '{"gpt-4o":"deepseek-chat"}',
    };
    const plan = planOf(json([OLD, deepseek]));
    expect(settingsOf(fitPlan(plan, []))).toEqual({
      "models.gpt-4o": ["deepseek/deepseek-chat", "openai/gpt-4o"],
      "models.deepseek-chat": ["deepseek/deepseek-chat"],
    });
    expect(plan.keys[1]?.models).toEqual(["deepseek-chat"]);
  });

  test.each([
    { other: "2024-10-21", base_url: "https://team.openai.azure.com" },
    { config: '{"region":"","api_version":"2024-10-21"}', base_url: "https://team.openai.azure.com/openai" },
  ])("Azure has its version: %p", (fields) => {
    const plan = planOf(json([{ ...OLD, type: 3, ...fields }]));
    expect(plan.providers).toEqual([
      {
        name: "team",
        fields: { base_url: "https://team.openai.azure.com/openai/v1", dialect: "azure", api_version: "2024-10-21" },
      },
    ]);
  });

  test("a deployment of Azure has no dots", () => {
    const azure = { ...OLD, type: 3, base_url: "https://team.openai.azure.com", models: "gpt-3.5-turbo" };
    expect(settingsOf(planOf(json([azure])))).toEqual({ "models.gpt-3.5-turbo": ["team/gpt-35-turbo"] });
  });
});

describe("new-api", () => {
  test("numbers of kinds are its own: 43 is DeepSeek here, 4 Ollama", () => {
    const plan = planOf(
      json({
        success: true,
        data: {
          items: [
            { ...NEW, type: 43 },
            { ...NEW, type: 48, key: KEYS[1] },
          ],
          total: 2,
          page: 1,
        },
      }),
    );
    expect(plan.kind).toBe("new-api");
    expect(plan.providers.map(({ name }) => name)).toEqual(["deepseek", "xai"]);
  });

  test("several keys of one channel, one of which is switched off", () => {
    const info = { is_multi_key: true, multi_key_size: 3, multi_key_status_list: { 1: 2 } };
    const plan = planOf(json([{ ...NEW, key: KEYS.slice(0, 3).join("\n"), channel_info: JSON.stringify(info) }]));
    expect(plan.keys.map(({ key, name }) => [key, name])).toEqual([
      [KEYS[0] ?? "", "main"],
      [KEYS[2] ?? "", "main-2"],
    ]);
    expect(leftOut(plan)).toEqual(["key 2 of channel main"]);
  });

  test("states of keys are said by their lines, also where one is empty", () => {
    const info = { is_multi_key: true, multi_key_status_list: { 2: 2 } };
    const plan = planOf(json([{ ...NEW, key: `${KEYS[0]}\n\n${KEYS[1]}\r\n${KEYS[2]}`, channel_info: info }]));
    expect(plan.keys.map(({ key }) => key)).toEqual([KEYS[0] ?? "", KEYS[2] ?? ""]);
  });

  test("names are mapped until none is, and not in a circle", () => {
    const mapping = { a: "b", b: "c", x: "y", y: "x", same: "same" };
    const plan = planOf(json([{ ...NEW, models: "a,x,same", model_mapping: JSON.stringify(mapping) }]));
    expect(settingsOf(plan)).toEqual({
      "models.a": ["openai/c"],
      "models.x": ["openai/y"],
      "models.same": ["openai/same"],
    });
  });

  test.each([
    [Date.UTC(2025, 4, 9) / 1_000, "team/gpt-41"],
    [Date.UTC(2025, 4, 10) / 1_000, "team/gpt-4.1"],
  ])("a deployment of Azure has dots where the channel is made since May 2025: %d", (created_time, target) => {
    const azure = { ...NEW, type: 3, base_url: "https://team.openai.azure.com", models: "gpt-4.1", created_time };
    const plan = planOf(json([{ ...azure, settings: '{"azure_responses_version":"preview"}' }]));
    expect(settingsOf(plan)).toEqual({ "models.gpt-4.1": [target] });
    expect(plan.providers[0]?.fields.api_version).toBeUndefined();
  });

  test("an address with the model in its path is told of", () => {
    const base_url = "https://gateway.example/{model}/v1/chat/completions";
    expect(leftOut(planOf(json([{ ...NEW, type: 8, base_url }])))).toEqual(["channel main"]);
  });

  test("a header that cannot be sent leaves the others", () => {
    const header_override = '{"*":true,"re:^X-":"","X-A":"b","X-B":"{api_key}"}';
    const plan = planOf(json([{ ...NEW, header_override, setting: '{"system_prompt":"x"}' }]));
    expect(plan.providers[0]?.fields.headers).toEqual({ "X-A": "b" });
    expect(leftOut(plan)).toEqual([
      "a header of channel main",
      "a header of channel main",
      "a header of channel main",
      "system_prompt of channel main",
    ]);
  });

  test("organization, headers and proxy make a provider of their own", () => {
    const plan = planOf(
      json([
        NEW,
        {
          ...NEW,
          key: KEYS[1],
          openai_organization: "org-1",
          header_override: '{"X-A":"b"}',
          setting: '{"proxy":"socks5://p.example:1080"}',
        },
      ]),
    );
    expect(plan.providers).toEqual([
      { name: "openai", fields: {} },
      {
        name: "openai-2",
        fields: {
          base_url: "https://api.openai.com/v1",
          headers: { "OpenAI-Organization": "org-1", "X-A": "b" },
          proxies: ["socks5://p.example:1080"],
        },
      },
    ]);
  });

  test("what is switched off, speaks another API or changes bodies is told of", () => {
    const plan = planOf(
      json([
        { ...NEW, key: KEYS[1], param_override: '{"temperature":0}', group: "vip", status: 3 },
        { ...NEW, name: "off", status: 2 },
        { ...NEW, name: "painter", type: 2 },
      ]),
    );
    expect(leftOut(plan)).toEqual([
      "param_override of channel main",
      "that channel main failed",
      "the groups of channel main",
      "channel off",
      "channel painter",
    ]);
    expect(plan.keys.length).toBe(1);
  });
});

test("a channel without a key is told of beside others", () => {
  const plan = planOf(json([OLD, { ...OLD, name: "bare", key: " \n" }]));
  expect(plan.keys.length).toBe(1);
  expect(plan.notCarried).toEqual([{ what: "channel bare", why: "it has no key" }]);
});

test("what their API answers has no keys, and that is said", () => {
  expect(() => planOf(json({ success: true, data: [{ ...OLD, key: "" }] }))).toThrow("import the database");
});

test("a database without a channel is whose its columns say", () => {
  expect(() => planOf(tables({ channels: [{ ...NEW, model_mapping: "{" }] }))).toThrow(
    "channel main.model_mapping: expected JSON",
  );
});
