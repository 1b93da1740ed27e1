// A setup that consists of variables only: each of them, and what is said about those that do nothing.

import { expect, test } from "bun:test";
import type { Config } from "../../src/config/config.ts";
import { SEED_NOTES } from "../../src/config/seed-notes.ts";
import { diagnose, loadValid } from "./load.ts";

const KEYS = { API_KEYS: '["sk-fake-a", "sk-fake-b"]' };
const QUIET = { ALLOWED_TOKENS: "sk-fake-client-token" };

function configOf(env: Record<string, string>): Config {
  return loadValid({ env: { ...KEYS, ...env } }).config;
}

const first = (config: Config) => config.providers[0];
const tokens = (config: Config) => config.auth.clientTokens.map(({ token }) => token);

const DAY_MS = 86_400_000;

const ROWS: readonly (readonly [string, string, (config: Config) => unknown, unknown])[] = [
  [
    "API_KEYS",
    "sk-fake-c,sk-fake-d\nsk-fake-e",
    (c) => first(c)?.keys.map(({ secret }) => secret),
    ["sk-fake-c", "sk-fake-d", "sk-fake-e"],
  ],
  ["API_KEYS", '["sk-fake-c"]', (c) => first(c)?.name, "default"],
  ["API_KEYS", '["sk-fake-c"]', (c) => first(c)?.baseUrl, "https://api.openai.com/v1"],
  ["BASE_URL", "https://llm.example/v1/", (c) => first(c)?.baseUrl, "https://llm.example/v1"],
  ["BASE_URL", "https://generativelanguage.googleapis.com/v1beta/openai", (c) => first(c)?.dialect, "gemini"],
  ["CUSTOM_HEADERS", '{"X-Team":"a"}', (c) => first(c)?.headers, { "X-Team": "a" }],
  ["ALLOWED_TOKENS", '["sk-fake-1","sk-fake-2"]', tokens, ["sk-fake-1", "sk-fake-2"]],
  ["ALLOWED_TOKENS", "sk-fake-1, sk-fake-2", tokens, ["sk-fake-1", "sk-fake-2"]],
  ["AUTH_TOKEN", "sk-fake-admin", (c) => c.auth.adminToken, "sk-fake-admin"],
  ["AUTH_TOKEN", "sk-fake-admin", tokens, []],
  ["ADMIN_SESSION_EXPIRE", "300", (c) => c.auth.sessionTtlMs, 300_000],
  ["ADMIN_SESSION_EXPIRE", "86400", (c) => c.auth.sessionTtlMs, 86_400_000],
  ["DEFAULT_PROVIDER", "default", (c) => c.defaultProvider, "default"],
  ["TEST_MODEL", "gpt-x", (c) => first(c)?.testModel, "gpt-x"],
  ["TEST_MODEL", "", (c) => first(c)?.testModel, "gpt-4o-mini"],
  ["MAX_FAILURES", "5", (c) => first(c)?.maxFailures, 5],
  ["MAX_RETRIES", "3", (c) => first(c)?.maxRetries, 2],
  ["MAX_RETRIES", "0", (c) => first(c)?.maxRetries, 0],
  ["TIME_OUT", "30", (c) => [first(c)?.timeouts.firstByteMs, first(c)?.timeouts.streamIdleMs], [30_000, 30_000]],
  ["TIME_OUT", "0.5", (c) => first(c)?.timeouts.firstByteMs, 500],
  ["FILTERED_MODELS", '["a","b"]', (c) => first(c)?.models, { include: ["*"], exclude: ["a", "b"] }],
  ["MODEL_REQUEST_KEY", "sk-fake-b", (c) => first(c)?.modelRequestKey === first(c)?.keys[1]?.id, true],
  ["URL_NORMALIZATION_ENABLED", "false", (c) => c.server.repairPaths, false],
  ["LOG_LEVEL", "DEBUG", (c) => c.logging.level, "debug"],
  ["LOG_LEVEL", "INFO", (c) => c.logging.level, "info"],
  ["LOG_LEVEL", "warning", (c) => c.logging.level, "warn"],
  ["LOG_LEVEL", "ERROR", (c) => c.logging.level, "error"],
  ["LOG_LEVEL", "CRITICAL", (c) => c.logging.level, "error"],
  ["ERROR_LOG_RECORD_REQUEST_BODY", "true", (c) => c.requests.recordBodies, "on_error"],
  ["ERROR_LOG_RECORD_REQUEST_BODY", "false", (c) => c.requests.recordBodies, "off"],
  ["AUTO_DELETE_ERROR_LOGS_DAYS", "14", (c) => c.requests.retention.errorsMs, 14 * DAY_MS],
  ["AUTO_DELETE_ERROR_LOGS_ENABLED", "false", (c) => c.requests.retention.errorsMs, 3_650 * DAY_MS],
  ["AUTO_DELETE_ERROR_LOGS_ENABLED", "true", (c) => c.requests.retention.errorsMs, 7 * DAY_MS],
  ["AUTO_DELETE_REQUEST_LOGS_DAYS", "14", (c) => c.requests.retention.requestsMs, 14 * DAY_MS],
  ["AUTO_DELETE_REQUEST_LOGS_ENABLED", "false", (c) => c.requests.retention.requestsMs, 3_650 * DAY_MS],
];

test.each(ROWS)("%s=%s", (name, value, read, expected) => {
  expect(read(configOf({ [name]: value }))).toEqual(expected);
});

test.each([
  ["API_KEYS", '["sk-fake', "a list, as JSON or separated by commas"],
  ["ALLOWED_TOKENS", "[1", "a list, as JSON or separated by commas"],
  ["CUSTOM_HEADERS", "X-Team: a", "a JSON object"],
  ["MAX_FAILURES", "many", "a whole number"],
  ["AUTO_DELETE_REQUEST_LOGS_DAYS", "4000", "a whole number of days from 1 to 3650"],
  ["AUTO_DELETE_ERROR_LOGS_ENABLED", "perhaps", "true or false"],
  ["MAX_RETRIES", "-1", "a whole number of attempts"],
  ["TIME_OUT", "5m", "a number of seconds above 0"],
  ["CHECK_INTERVAL_HOURS", "-1", "a number of hours, 0 or more"],
  ["URL_NORMALIZATION_ENABLED", "maybe", "true or false"],
  ["LOG_LEVEL", "LOUD", "one of DEBUG, INFO, WARNING, ERROR, CRITICAL"],
  ["PROVIDERS_CONFIG", "sk-fake", "a JSON list of providers"],
])("%s=%s is an error", (name, value, expects) => {
  const message = `error: ${name}: expected ${expects}, got a string of ${value.length} characters`;
  expect(diagnose({ env: { ...KEYS, ...QUIET, [name]: value } })).toContain(message);
});

test("a value that the schema refuses is named by its variable", () => {
  expect(diagnose({ env: { ...KEYS, ...QUIET, BASE_URL: "sk-fake-url" } })).toEqual([
    "error: BASE_URL providers[0].base_url: expected an http or https URL, got a string of 11 characters",
  ]);
});

test("DEFAULT_PROVIDER that names no provider is an error", () => {
  expect(diagnose({ env: { ...KEYS, ...QUIET, DEFAULT_PROVIDER: "other" } })).toEqual([
    "error: DEFAULT_PROVIDER default_provider: expected the name of a provider",
  ]);
});

test.each([
  ["0", 0],
  ["0.5", 1_800_000],
  ["2", 7_200_000],
])("CHECK_INTERVAL_HOURS=%s sets how often failed keys are tried again", (hours, ms) => {
  const { config } = loadValid({ env: { ...KEYS, ...QUIET, CHECK_INTERVAL_HOURS: hours } });
  expect(config.health.checkIntervalMs).toBe(ms);
});

test("AUTH_TOKEN that is also a client token gives a warning and no admin token", () => {
  const env = { ...KEYS, ALLOWED_TOKENS: "sk-fake-1", AUTH_TOKEN: "sk-fake-1", ADMIN_SESSION_EXPIRE: "600" };
  expect(loadValid({ env }).config.auth).toMatchObject({ adminToken: undefined, sessionTtlMs: 600_000 });
  expect(diagnose({ env })).toEqual([
    expect.stringMatching(/^warning: AUTH_TOKEN auth\.admin_token: is also a client token/),
  ]);
});

test.each(["299", "86401", "1h", "-1"])("ADMIN_SESSION_EXPIRE=%s is an error", (text) => {
  expect(diagnose({ env: { ...KEYS, ...QUIET, ADMIN_SESSION_EXPIRE: text } })).toEqual([
    expect.stringMatching(/ADMIN_SESSION_EXPIRE: expected a whole number of seconds from 300 to 86400, got/),
  ]);
});

test("MODEL_REQUEST_KEY that is none of the keys gives a warning", () => {
  const env = { ...KEYS, ...QUIET, MODEL_REQUEST_KEY: "sk-fake-other" };
  expect(first(loadValid({ env }).config)?.modelRequestKey).toBeUndefined();
  expect(diagnose({ env })).toEqual([
    expect.stringMatching(/^warning: MODEL_REQUEST_KEY providers\[0\]\.model_request_key: is none/),
  ]);
});

test("PROVIDERS_CONFIG makes providers, each with its own settings", () => {
  const entry = {
    name: "a",
    path: "pa",
    base_url: "https://a.example/v1",
    api_keys: ["sk-fake-a", "sk-fake-b"],
    model_request_key: "sk-fake-b",
    custom_headers: { "X-Team": "a" },
    timeout: 20,
    max_failures: 4,
    max_retries: 1,
    test_model: "gpt-x",
    enabled: true,
  };
  const plain = { name: "deepseek", path: "", api_keys: "sk-fake-c,sk-fake-d", max_retries: 5 };
  const env = {
    ...QUIET,
    PROVIDERS_CONFIG: JSON.stringify([entry, plain]),
    DEFAULT_PROVIDER: "deepseek",
    MAX_FAILURES: "9",
  };
  const { config } = loadValid({ env });
  expect(config.providers[0]).toMatchObject({
    name: "a",
    path: "pa",
    baseUrl: "https://a.example/v1",
    headers: { "X-Team": "a" },
    timeouts: { firstByteMs: 20_000, streamIdleMs: 20_000, responseMs: 600_000 },
    maxFailures: 4,
    maxRetries: 0,
    testModel: "gpt-x",
  });
  expect(config.providers[0]?.modelRequestKey).toBe(config.providers[0]?.keys[1]?.id);
  expect(config.providers[1]).toMatchObject({
    path: "deepseek",
    baseUrl: "https://api.deepseek.com/v1",
    keys: [{ secret: "sk-fake-c" }, { secret: "sk-fake-d" }],
    maxFailures: 9,
    maxRetries: 4,
    testModel: "gpt-4o-mini",
  });
  expect(config.defaultProvider).toBe("deepseek");
  expect(diagnose({ env })).toEqual([]);
});

test("unknown fields of PROVIDERS_CONFIG give a warning each, wrong ones an error", () => {
  const entry = {
    name: "a",
    base_url: "https://a.example/v1",
    api_keys: ["sk-fake-a"],
    tools_code_execution_enabled: true,
    extra: 1,
  };
  const diagnoseEntry = (more: object) =>
    diagnose({ env: { ...QUIET, PROVIDERS_CONFIG: JSON.stringify([{ ...entry, ...more }]) } });
  expect(diagnoseEntry({})).toEqual([
    expect.stringMatching(/^warning: PROVIDERS_CONFIG providers\[0\]\.tools_code_execution_enabled: /),
    expect.stringMatching(/^warning: PROVIDERS_CONFIG providers\[0\]\.extra: /),
  ]);
  const errors = diagnoseEntry({ timeout: "soon", max_retries: "x", max_failures: "y" }).filter((line) =>
    line.startsWith("error"),
  );
  expect(errors).toEqual([
    "error: PROVIDERS_CONFIG providers[0].timeout: expected a number of seconds above 0",
    "error: PROVIDERS_CONFIG providers[0].max_retries: expected a whole number of attempts",
    "error: PROVIDERS_CONFIG providers[0].max_failures: expected a whole number from 0 to 1000, got a string of 1 character",
  ]);
});

test.each([
  [
    "PROVIDERS_CONFIG puts out of action what it replaces",
    { PROVIDERS_CONFIG: "[]", ...KEYS, BASE_URL: "https://a.example/v1", OPENAI_API_KEY: "sk-fake" },
    "API_KEYS, BASE_URL, OPENAI_API_KEY: ignored, because PROVIDERS_CONFIG is set",
  ],
  [
    "API_KEYS puts the usual variables out of action",
    { ...KEYS, OPENAI_API_KEY: "sk-fake", GROQ_API_KEY: "sk-fake" },
    "OPENAI_API_KEY, GROQ_API_KEY: ignored, because API_KEYS is set",
  ],
  [
    "BASE_URL alone sends no key elsewhere",
    { OPENAI_API_KEY: "sk-fake", BASE_URL: "https://a.example/v1" },
    "BASE_URL: ignored, because API_KEYS is not set",
  ],
])("%s, with a warning", (_, env, message) => {
  expect(diagnose({ env: { ...QUIET, ...env } })).toContain(`warning: ${message}`);
  const urls = loadValid({ env: { ...QUIET, ...env } }).config.providers.map(({ baseUrl }) => baseUrl);
  expect(urls).not.toContain("https://a.example/v1");
});

test("what keeps errors forever counts more than for how many days, and keeps their requests", () => {
  const env = { AUTO_DELETE_ERROR_LOGS_ENABLED: "false", AUTO_DELETE_ERROR_LOGS_DAYS: "3" };
  const { retention } = configOf(env).requests;
  expect(retention).toMatchObject({ errorsMs: 3_650 * DAY_MS, requestsMs: 3_650 * DAY_MS, rollupsMs: 400 * DAY_MS });
});

test("with a config file one warning names what is ignored", () => {
  const env = {
    ...KEYS,
    BASE_URL: "https://a.example/v1",
    MAX_RETRIES: "5",
    PROXIES: "[]",
    TIMEZONE: "UTC",
    MYSQL_HOST: "x",
  };
  const world = {
    yaml: "auth: { client_tokens: [sk-fake-client-token] }\nproviders: [{ name: openai, api_keys: [sk-fake-1] }]",
    env,
  };
  expect(diagnose(world)).toEqual([
    "warning: API_KEYS, BASE_URL, MAX_RETRIES, PROXIES: ignored, because there is a config file: write it there, or remove it",
  ]);
  expect(first(loadValid(world).config)).toMatchObject({ baseUrl: "https://api.openai.com/v1", maxRetries: 3 });
});

const NOTES = SEED_NOTES.flatMap(({ variables, instead }) =>
  variables.map((name) => [name.replace("*", "X"), instead] as const),
);

test.each(NOTES)("%s does nothing, and the warning says what to do instead", (name, instead) => {
  expect(diagnose({ env: { ...KEYS, ...QUIET, [name]: "sk-fake" } })).toEqual([
    `warning: ${name}: has no effect: ${instead}`,
  ]);
});

test("every variable of the documented setup is either used or noted", () => {
  const documented = "TIMEZONE DATABASE_TYPE MYSQL_X SQLITE_DATABASE GITHUB_REPO_X".split(" ");
  expect(NOTES.map(([name]) => name).toSorted()).toEqual(documented.toSorted());
});

const PROXIES = { PROXIES: '["http://me:fake-password@a.example:3128","socks5://b.example"]' };

test("PROXIES go for all providers, bound by key, and are not checked by the clock", () => {
  const { providers, outboundHealth } = configOf(PROXIES);
  const shown = providers[0]?.outbound?.proxies.map((proxy) => proxy.shown);
  expect(shown).toEqual(["http://****@a.example:3128", "socks5://b.example:1080"]);
  expect(providers[0]?.outbound?.bind).toBe("key");
  expect(outboundHealth).toEqual({ checkUrl: undefined, intervalMs: 3_600_000, timeoutMs: 10_000, maxFailures: 3 });
});

const PROXY_ROWS: readonly (readonly [Record<string, string>, Partial<Config["outboundHealth"]>])[] = [
  [{ PROXY_AUTO_CHECK_ENABLED: "true" }, { checkUrl: "https://www.google.com", intervalMs: 3_600_000 }],
  [{ PROXY_AUTO_CHECK_ENABLED: "1", PROXY_CHECK_URL: "https://c.example/x" }, { checkUrl: "https://c.example/x" }],
  [{ PROXY_AUTO_CHECK_ENABLED: "false", PROXY_CHECK_URL: "https://c.example/x" }, { checkUrl: undefined }],
  [{ PROXY_AUTO_CHECK_ENABLED: "true", PROXY_CHECK_INTERVAL_HOURS: "0.5" }, { intervalMs: 1_800_000 }],
  [{ PROXY_AUTO_CHECK_ENABLED: "true", PROXY_CHECK_INTERVAL_HOURS: "0.0001" }, { intervalMs: 60_000 }],
  [{ PROXY_CHECK_TIMEOUT: "2.5" }, { timeoutMs: 2_500 }],
  [{ PROXY_MAX_FAILURES: "0" }, { maxFailures: 0 }],
];

test.each(PROXY_ROWS)("PROXIES with %p", (env, expected) => {
  expect(configOf({ ...PROXIES, ...env }).outboundHealth).toMatchObject(expected);
});

test("PROXIES_USE_CONSISTENCY_HASH_BY_API_KEY=false takes another proxy for each call", () => {
  const env = { ...PROXIES, PROXIES_USE_CONSISTENCY_HASH_BY_API_KEY: "false" };
  expect(first(configOf(env))?.outbound?.bind).toBe("random");
});

test("without PROXIES what is said about them does nothing, as in the setup's own template", () => {
  const env = { PROXIES: "[]", PROXY_AUTO_CHECK_ENABLED: "true", PROXY_MAX_FAILURES: "many" };
  expect(diagnose({ env: { ...KEYS, ...QUIET, ...env } })).toEqual([]);
  expect(first(configOf(env))?.outbound).toBeUndefined();
});

test.each([
  ["PROXIES", "[1", "PROXIES: expected a list, as JSON or separated by commas, got a string of 2 characters"],
  ["PROXIES", " , ", "PROXIES: expected a list, as JSON or separated by commas, got a string of 3 characters"],
  ["PROXIES", "ftp://h", "PROXIES proxies.urls[0]: expected an http, https, socks5 or socks5h URL"],
  ["PROXY_MAX_FAILURES", "many", "PROXY_MAX_FAILURES: expected a whole number, got a string of 4 characters"],
  ["PROXY_CHECK_TIMEOUT", "0", "PROXY_CHECK_TIMEOUT: expected a number of seconds above 0"],
  ["PROXY_CHECK_INTERVAL_HOURS", "-1", "PROXY_CHECK_INTERVAL_HOURS: expected a number of hours above 0"],
  ["PROXY_AUTO_CHECK_ENABLED", "maybe", "PROXY_AUTO_CHECK_ENABLED: expected true or false"],
])("%s=%s is an error that names it", (name, value, message) => {
  const found = diagnose({ env: { ...KEYS, ...QUIET, ...PROXIES, [name]: value } });
  expect(found.filter((line) => line.startsWith(`error: ${message}`))).toHaveLength(1);
});
