// What variables come to, whether they stand in a dotenv file, a JSON map or a table of settings.
import { describe, expect, test } from "bun:test";
import { fakeSecret } from "../fixture/secrets.ts";
import { json, leftOut, planOf, settingsOf, tables } from "./source.ts";

const KEYS = [fakeSecret("variables_a"), fakeSecret("variables_b")];
const TOKEN = fakeSecret("variables_token");
const ADMIN = fakeSecret("variables_admin");
const SETTINGS = {
  API_KEYS: JSON.stringify(KEYS),
  ALLOWED_TOKENS: JSON.stringify([TOKEN]),
  AUTH_TOKEN: ADMIN,
  BASE_URL: "https://api.openai.com/v1",
  MAX_RETRIES: "3",
  MAX_FAILURES: "5",
  TIME_OUT: "120",
  FILTERED_MODELS: JSON.stringify(["gpt-3.5-turbo"]),
  CHECK_INTERVAL_HOURS: "2",
  TIMEZONE: "Asia/Shanghai",
};
const DOTENV = Object.entries(SETTINGS)
  .map(([name, value]) => `${name}='${value}'`)
  .join("\n");
const MAP = {
  ...SETTINGS,
  API_KEYS: KEYS,
  ALLOWED_TOKENS: [TOKEN],
  MAX_RETRIES: 3,
  MAX_FAILURES: 5,
  TIME_OUT: 120,
  FILTERED_MODELS: ["gpt-3.5-turbo"],
};
const TABLE = tables(
  { t_settings: Object.entries(SETTINGS).map(([key, value], id) => ({ id, key, value, description: null })) },
  { t_request_log: 12, t_error_logs: 0 },
);

describe.each([
  ["a dotenv file", DOTENV],
  ["a JSON map", json(MAP)],
  ["a table of settings", TABLE],
] as const)("%s", (_form, source) => {
  const plan = planOf(source);

  test("is recognised, with keys, tokens and settings", () => {
    expect(plan).toMatchObject({ kind: "variables", adminToken: ADMIN, clientTokens: [{ token: TOKEN }] });
    expect(plan.keys).toEqual(KEYS.map((key) => ({ key, provider: "openai" })));
    expect(plan.providers).toEqual([
      { name: "openai", fields: { test_model: "gpt-4o-mini", models: { exclude: ["gpt-3.5-turbo"] } } },
    ]);
    expect(settingsOf(plan)).toEqual({
      max_failures: 5,
      max_retries: 2,
      "timeouts.first_byte": "120s",
      "timeouts.stream_idle": "120s",
      "health.check_interval": "7200s",
    });
    expect(leftOut(plan)).toContain("TIMEZONE");
  });
});

test("rows of requests are told of, not carried over", () => {
  expect(leftOut(planOf(TABLE))).toContain("12 rows of t_request_log");
});

test("an empty value of a table says nothing", () => {
  const plan = planOf(
    tables({
      t_settings: [
        { key: "API_KEYS", value: JSON.stringify(KEYS) },
        { key: "AUTH_TOKEN", value: "" },
      ],
    }),
  );
  expect(plan.adminToken).toBeUndefined();
});

test("PROVIDERS_CONFIG makes its providers, and the default one keeps its name", () => {
  const providers = [
    {
      name: "main",
      path: "main",
      base_url: "https://one.example/v1",
      api_keys: [KEYS[0]],
      timeout: 60,
      max_retries: 1,
      model_request_key: KEYS[0],
    },
    {
      name: "other",
      path: "o",
      base_url: "https://two.example/v1",
      api_keys: [KEYS[1]],
      enabled: false,
      tools_code_execution_enabled: true,
    },
  ];
  const plan = planOf(json({ PROVIDERS_CONFIG: JSON.stringify(providers), DEFAULT_PROVIDER: "other" }));
  expect(plan.providers.map(({ name }) => name)).toEqual(["main", "other"]);
  expect(plan.providers[0]?.fields).toMatchObject({
    base_url: "https://one.example/v1",
    max_retries: 0,
    timeouts: { first_byte: "60s" },
  });
  expect(plan.keys.map(({ provider }) => provider)).toEqual(["main", "other"]);
  expect(settingsOf(plan)).toEqual({ default_provider: "other" });
  expect(leftOut(plan).join()).toContain("model_request_key of main");
  expect(leftOut(plan).join()).toContain("tools_code_execution_enabled");
});

test("keys in usual variables go to the providers that they are usual for", () => {
  const plan = planOf(`OPENAI_API_KEY=${KEYS[0]}\nexport DEEPSEEK_API_KEY="${KEYS[1]}"\n`);
  expect(plan.providers).toEqual([
    { name: "openai", fields: {} },
    { name: "deepseek", fields: {} },
  ]);
  expect(plan.keys.map(({ provider }) => provider)).toEqual(["openai", "deepseek"]);
});

test("--provider names the one that has no name", () => {
  expect(planOf(DOTENV, { provider: "work" }).keys[0]?.provider).toBe("work");
});

test("an admin token that is a client token is left out", () => {
  const plan = planOf(`API_KEYS=${KEYS[0]}\nALLOWED_TOKENS=${TOKEN}\nAUTH_TOKEN=${TOKEN}`);
  expect(plan.adminToken).toBeUndefined();
});

test("a variable of the wrong form is told of, and the rest is carried over", () => {
  const plan = planOf(`API_KEYS=${KEYS[0]}\nMAX_FAILURES=many\nTIME_OUT=-1`);
  expect(plan.keys.length).toBe(1);
  expect(leftOut(plan)).toEqual(expect.arrayContaining(["MAX_FAILURES", "TIME_OUT"]));
});

test.each([
  ["API_KEYS", `API_KEYS=[${KEYS[0]}`],
  ["PROVIDERS_CONFIG", `PROVIDERS_CONFIG=[{"name": "${KEYS[0]}"`],
])("where keys would be lost by a damaged %s, nothing is imported, and no value is shown", (name, text) => {
  const fault = faultOf(() => planOf(text));
  expect(fault).toStartWith(`${name}: expected`);
  expect(fault).not.toContain(KEYS[0] ?? "");
});

function faultOf(run: () => unknown): string {
  try {
    run();
  } catch (error: unknown) {
    return error instanceof Error ? error.message : "";
  }
  throw new Error("It was imported");
}
