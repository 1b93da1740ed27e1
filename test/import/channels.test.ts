// Channels of one-api and new-api, as their databases and APIs write them.
import { describe, expect, test } from "bun:test";
import { fakeSecret } from "../fixture/secrets.ts";
import { json, leftOut, planOf, settingsOf, tables } from "./source.ts";

const KEYS = ["a", "b", "c", "d"].map((name) => fakeSecret(`channel_${name}`));
/** As one-api has it. */
const OLD = {
  id: 1,
  type: 1,
  key: KEYS[0],
  status: 1,
  name: "main",
  weight: 0,
  base_url: "",
  other: "",
  models: "gpt-4o,gpt-4o-mini",
  group: "default",
  model_mapping: "",
  priority: 0,
  config: "{}",
};
/** As new-api has it. */
const NEW = {
  ...OLD,
  openai_organization: null,
  test_model: null,
  status_code_mapping: "",
  auto_ban: 1,
  other_info: "",
  tag: null,
  setting: null,
  param_override: null,
  header_override: null,
  channel_info: { is_multi_key: false, multi_key_size: 0, multi_key_status_list: null },
};

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
    expect(plan.settings).toEqual([]);
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
    expect(settingsOf(plan)).toEqual({
      "models.gpt-4o": ["deepseek/deepseek-chat", "openai/gpt-4o"],
      "models.deepseek-chat": ["deepseek/deepseek-chat"],
    });
    expect(plan.keys[1]?.models).toEqual(["deepseek-chat"]);
  });

  test("Azure has its version", () => {
    const plan = planOf(json([{ ...OLD, type: 3, base_url: "https://team.openai.azure.com", other: "2024-10-21" }]));
    expect(plan.providers).toEqual([
      {
        name: "team",
        fields: { base_url: "https://team.openai.azure.com/openai/v1", dialect: "azure", api_version: "2024-10-21" },
      },
    ]);
  });

  test("its database has client tokens too", () => {
    const token = {
      id: 1,
      user_id: 1,
      key: "fakefakefakefakefakefakefakefakefakefakefakefake",
      status: 1,
      name: "app",
      expired_time: -1,
      remain_quota: 500,
      unlimited_quota: 0,
      models: "gpt-4o",
      subnet: "",
    };
    const plan = planOf(
      tables({
        channels: [OLD],
        tokens: [
          token,
          { ...token, key: "x", name: "off", status: 2 },
          { ...token, key: "y1", name: "app", expired_time: 1_900_000_000, unlimited_quota: 1, models: null },
        ],
        options: [
          { key: "RetryTimes", value: "2" },
          { key: "ServerAddress", value: "https://x.example" },
        ],
      }),
    );
    expect(plan.clientTokens).toEqual([
      { name: "app", token: `sk-${token.key}`, models: ["gpt-4o"] },
      { name: "app-2", token: "sk-y1", expires: "2030-03-17T17:46:40.000Z" },
    ]);
    expect(settingsOf(plan)).toEqual({ max_retries: 2 });
    expect(leftOut(plan)).toEqual(["the quota of the client token app", "the client token off"]);
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

test("what their API answers has no keys, and that is said", () => {
  expect(() => planOf(json({ success: true, data: [{ ...OLD, key: "" }] }))).toThrow("import the database");
});

test("a database without a channel is whose its columns say", () => {
  expect(() => planOf(tables({ channels: [{ ...NEW, model_mapping: "{" }] }))).toThrow(
    "channel main.model_mapping: expected JSON",
  );
});
