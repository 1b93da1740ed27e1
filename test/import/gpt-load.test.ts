// What gpt-load exports, in the form in which it does.
import { describe, expect, test } from "bun:test";
import { fakeSecret } from "../fixture/secrets.ts";
import { json, leftOut, planOf, settingsOf, tables } from "./source.ts";

const KEYS = [fakeSecret("gptload_a"), fakeSecret("gptload_b"), fakeSecret("gptload_c")];
const TOKEN = fakeSecret("gptload_token");
const GROUP = {
  name: "openai-pool",
  display_name: "OpenAI",
  description: "",
  group_type: "standard",
  channel_type: "openai",
  enabled: true,
  test_model: "gpt-4.1-nano",
  validation_endpoint: "/v1/chat/completions",
  upstreams: [
    { url: "https://slow.example", weight: 1 },
    { url: "https://api.openai.com", weight: 5 },
  ],
  param_overrides: { temperature: 0 },
  config: { max_retries: 2, blacklist_threshold: 4, request_timeout: 300, proxy_url: "http://proxy.example:3128" },
  header_rules: [
    { key: "X-Team", value: "search", action: "set" },
    { key: "User-Agent", value: "", action: "remove" },
  ],
  model_redirect_rules: { fast: "gpt-4.1-nano" },
  proxy_keys: TOKEN,
  sort: 1,
};
const EXPORTED = {
  group: GROUP,
  keys: [
    { key_value: KEYS[0], status: "active" },
    { key_value: KEYS[1], status: "invalid" },
  ],
  sub_groups: [],
  exported_at: "2026-01-02T03:04:05Z",
  version: "2.0",
};

describe("a group", () => {
  const plan = planOf(json(EXPORTED));

  test("becomes a provider with the address of the largest weight", () => {
    expect(plan.kind).toBe("gpt-load");
    expect(plan.providers).toEqual([
      {
        name: "openai-pool",
        fields: {
          base_url: "https://api.openai.com/v1",
          test_model: "gpt-4.1-nano",
          headers: { "X-Team": "search" },
          max_retries: 2,
          max_failures: 4,
          timeouts: { response: "300s" },
          proxies: ["http://proxy.example:3128"],
        },
      },
    ]);
    expect(plan.keys.map(({ key, provider }) => [key, provider])).toEqual(
      KEYS.slice(0, 2).map((key) => [key, "openai-pool"]),
    );
    expect(plan.clientTokens).toEqual([{ token: TOKEN, name: "openai-pool", providers: ["openai-pool"] }]);
    expect(settingsOf(plan)).toEqual({ "models.fast": ["openai-pool/gpt-4.1-nano"] });
  });

  test("says what has no counterpart", () => {
    expect(leftOut(plan)).toEqual([
      "1 further upstream of the group",
      "header_rules[1] of the group",
      "param_overrides of the group",
      "model_redirect_rules of the group below its own path",
      "the state of 1 invalid key of the group",
    ]);
  });

  test("with strict rules serves nothing else", () => {
    const strict = planOf(json({ ...EXPORTED, group: { ...GROUP, model_redirect_strict: true } }));
    expect(strict.providers[0]?.fields.models).toEqual({ include: ["gpt-4.1-nano"] });
  });
});

test("an export of everything has its settings, children and several groups", () => {
  const gemini = {
    ...GROUP,
    name: "google",
    channel_type: "gemini",
    upstreams: [{ url: "https://generativelanguage.googleapis.com", weight: 1 }],
  };
  const plan = planOf(
    json({
      code: 0,
      message: "Success",
      data: {
        version: "2.0",
        exported_at: "2026-01-02T03:04:05Z",
        system_settings: {
          max_retries: "3",
          proxy_keys: `${TOKEN},${KEYS[2]}`,
          app_url: "http://localhost:3001",
          key_validation_interval_minutes: "60",
        },
        groups: [
          {
            ...EXPORTED,
            child_groups: [
              { name: "child", enabled: true, proxy_keys: "", keys: [{ key_value: KEYS[2], status: "active" }] },
            ],
          },
          { group: gemini, keys: [{ key_value: KEYS[1], status: "active" }] },
          {
            group: { ...GROUP, name: "all", group_type: "aggregate", upstreams: [] },
            keys: [],
            sub_groups: [{ group_name: "google", weight: 1 }],
          },
        ],
      },
    }),
  );
  expect(plan.providers.map(({ name }) => name)).toEqual(["openai-pool", "child", "google"]);
  expect(plan.providers[2]?.fields).toMatchObject({
    dialect: "gemini",
    base_url: "https://generativelanguage.googleapis.com/v1beta/openai",
  });
  expect(settingsOf(plan)).toMatchObject({ max_retries: 3, "health.check_interval": "60m" });
  expect(plan.clientTokens.map(({ token }) => token)).toContain(KEYS[2] ?? "");
  expect(leftOut(plan).join()).toContain("groups[2] and its keys");
});

test("its database is read by the same rules", () => {
  const { upstreams, config, header_rules, model_redirect_rules, param_overrides, ...flat } = GROUP;
  const columns = { upstreams, config, header_rules, model_redirect_rules, param_overrides };
  const text = Object.fromEntries(Object.entries(columns).map(([name, value]) => [name, JSON.stringify(value)]));
  const plan = planOf(
    tables({
      groups: [{ id: 7, ...flat, enabled: 1, ...text }],
      api_keys: KEYS.map((key, index) => ({ id: index, group_id: 7, key_value: key, status: "active" })),
      system_settings: [{ setting_key: "request_timeout", setting_value: "600" }],
    }),
  );
  expect(plan.keys.map(({ key }) => key)).toEqual(KEYS);
  expect(plan.providers[0]?.fields).toMatchObject({ headers: { "X-Team": "search" } });
  expect(settingsOf(plan)).toMatchObject({ "timeouts.response": "600s" });
});

test("encrypted keys are refused, and said to be", () => {
  const sealed = "0123456789abcdef".repeat(8);
  expect(() => planOf(json({ ...EXPORTED, keys: [{ key_value: sealed, status: "active" }] }))).toThrow(
    "export them in plain text",
  );
});

test.each([
  ["keys that are no list", { ...EXPORTED, keys: "x" }, "the group.keys: expected a list, got a string of 1 character"],
  [
    "an upstream that is no map",
    { ...EXPORTED, group: { ...GROUP, upstreams: ["x"] } },
    "the group.upstreams[0]: expected a map",
  ],
  [
    "a config that is no JSON",
    { ...EXPORTED, group: { ...GROUP, config: "{" } },
    "the group.config: expected JSON, got a string of 1 character",
  ],
])("%s: says where", (_case, file, message) => {
  expect(() => planOf(json(file), { from: "gpt-load" })).toThrow(message);
});
