// Loading: where values come from, in which order, and what becomes of them.

import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { sourceText } from "../../src/config/source.ts";
import { keyIdOf } from "../../src/core/ids.ts";
import { diagnose, load, loadValid, oneProvider, TOKENS } from "./load.ts";

test("loadConfig fills in every default", () => {
  const { config } = loadValid({ yaml: "" });
  expect(config).toEqual({
    server: {
      host: "127.0.0.1",
      port: 8000,
      maxBodyBytes: 64 * 1024 ** 2,
      maxUploadBytes: 1024 ** 3,
      maxBufferedBytes: 512 * 1024 ** 2,
      bodyTimeoutMs: 60_000,
      drainTimeoutMs: 30_000,
      repairPaths: true,
      debugHeaders: false,
      passRatelimitHeaders: "auto",
      trustedProxies: [],
      tls: undefined,
      cors: undefined,
    },
    auth: {
      clientTokens: [],
      adminToken: undefined,
      allowQueryKey: false,
      sessionTtlMs: 3_600_000,
      sessionMaxMs: 604_800_000,
      adminHosts: [],
    },
    defaultProvider: undefined,
    providers: [],
    models: new Map(),
    retry: { maxRotations: 32, budget: 0.2, budgetMin: 10 },
    health: { maxCooldownMs: 86_400_000, probe: "models", checkIntervalMs: 3_600_000 },
    queue: { maxWaitMs: 30_000, maxSize: 1_000 },
    requests: {
      enabled: true,
      recordBodies: "off",
      maxRate: 200,
      retention: { errorsMs: 7 * 86_400_000, requestsMs: 30 * 86_400_000, rollupsMs: 400 * 86_400_000 },
      maxSizeBytes: 2 ** 30,
    },
    strategy: "balanced",
    prices: [],
    logging: { level: "info", format: "auto" },
    metrics: { enabled: true, isPublic: false, perKey: false },
    outboundHealth: { checkUrl: undefined, intervalMs: 3_600_000, timeoutMs: 10_000, maxFailures: 3 },
    webhooks: [],
  });
});

test("loadConfig makes a provider with everything that is not written", () => {
  const { config } = loadValid({ yaml: oneProvider() });
  expect(config.providers).toEqual([
    {
      name: "main",
      path: "main",
      enabled: true,
      baseUrl: "https://main.example/v1",
      nativeBaseUrl: "https://main.example",
      dialect: "openai",
      apiVersion: undefined,
      authHeader: undefined,
      authPrefix: undefined,
      keys: [
        {
          id: keyIdOf("main", "sk-fake-main-0001"),
          name: "sk-f...0001",
          secret: "sk-fake-main-0001",
          weight: 1,
          priority: 0,
          headers: {},
          models: undefined,
          source: { kind: "file", file: "config.yaml", line: 1, column: 79 },
        },
      ],
      headers: {},
      timeouts: {
        commitMs: 600_000,
        connectMs: 10_000,
        firstByteMs: 300_000,
        responseMs: 600_000,
        responseRetryMs: 300_000,
        streamIdleMs: 300_000,
      },
      modelTimeouts: [],
      maxFailures: 3,
      maxRetries: 3,
      strategy: "balanced",
      affinity: "off",
      rules: [],
      models: { include: ["*"], exclude: [] },
      modelRequestKey: undefined,
      statedLimits: { day: "rolling" },
      statefulKey: undefined,
      newObjects: "stateful_key",
      objectLists: "stateful_key",
      passOrganization: false,
      testModel: undefined,
      probePath: "/models",
      ca: undefined,
    },
  ]);
});

const PRECEDENCE = [
  ["a default", {}, 8000, "default"],
  ["the file", { yaml: "server: { port: 1 }" }, 1, "config.yaml:1:11"],
  [
    "a variable",
    { yaml: "server: { port: 1 }", env: { OPENAI_BALANCE_SERVER__PORT: "2" } },
    2,
    "OPENAI_BALANCE_SERVER__PORT",
  ],
  [
    "a flag",
    { yaml: "server: { port: 1 }", env: { OPENAI_BALANCE_SERVER__PORT: "2" }, flags: { port: "3" } },
    3,
    "--port",
  ],
] as const;

test.each(PRECEDENCE)("%s counts, and is named as the origin", (_, world, port, origin) => {
  const { config, origins } = loadValid(world);
  expect(config.server.port).toBe(port);
  expect(sourceText(origins.get("server.port") ?? { kind: "default" })).toBe(origin);
});

test("a wrong flag or variable is named where it was set", () => {
  const lines = diagnose({
    yaml: "",
    env: { OPENAI_BALANCE_SERVER__MAX_BODY: "big" },
    flags: { port: "http", logLevel: "loud" },
  });
  expect(lines).toContain(
    "error: OPENAI_BALANCE_SERVER__MAX_BODY server.max_body: expected a size such as 64MiB, 10MB or a number of bytes, got a string of 3 characters",
  );
  expect(lines).toContain(
    "error: --port server.port: expected a whole number from 0 to 65535, got a string of 4 characters",
  );
  expect(lines).toContain(
    "error: --log-level logging.level: expected one of debug, info, warn, error, silent, got a string of 4 characters",
  );
});

test("a variable replaces a list of the file as a whole", () => {
  const yaml = "auth: { client_tokens: [sk-fake-file-1, sk-fake-file-2, sk-fake-file-3] }";
  const { config, origins } = loadValid({
    yaml,
    env: { OPENAI_BALANCE_AUTH__CLIENT_TOKENS: "sk-fake-env-1, sk-fake-env-2" },
  });
  expect(config.auth.clientTokens.map(({ token }) => token)).toEqual(["sk-fake-env-1", "sk-fake-env-2"]);
  expect(origins.get("auth.client_tokens[1]")).toEqual({
    kind: "variable",
    name: "OPENAI_BALANCE_AUTH__CLIENT_TOKENS",
  });
});

test.each([
  ["server.maxBodyBytes", "1KiB", { max_body: "1KiB" }, 1024],
  ["server.maxBodyBytes", "a number of bytes", { max_body: 2048 }, 2048],
  ["server.drainTimeoutMs", "zero", { drain_timeout: "0s" }, 0],
  ["server.host", "an IPv6 address in brackets", { host: "[::1]" }, "::1"],
] as const)("%s may be %s", (path, _, server, expected) => {
  const { config } = loadValid({ yaml: JSON.stringify({ server }) });
  expect(config.server[path.split(".")[1] as keyof typeof config.server]).toBe(expected);
});

test("providers inherit from the top level, each field by itself", () => {
  const yaml = `
max_failures: 7
timeouts: { first_byte: 20s, connect: 2s, models: { "o*": { response: 9m }, "gpt*": { connect: 1s } } }
providers:
  - { name: own, base_url: "https://a.example/v1", api_keys: [sk-fake-a], max_failures: 1, timeouts: { first_byte: 30s, models: { "o*": { connect: 3s } } } }
  - { name: heir, base_url: "https://b.example/v1", api_keys: [sk-fake-b] }
`;
  const { config, origins } = loadValid({ yaml });
  const [own, heir] = config.providers;
  expect([own?.maxFailures, own?.timeouts.firstByteMs, own?.timeouts.connectMs]).toEqual([1, 30_000, 2_000]);
  expect([heir?.maxFailures, heir?.timeouts.firstByteMs, heir?.maxRetries]).toEqual([7, 20_000, 3]);
  expect(own?.modelTimeouts).toEqual([
    { pattern: "o*", timeouts: { connectMs: 3_000, responseMs: 540_000, responseRetryMs: 300_000 } },
    { pattern: "gpt*", timeouts: { connectMs: 1_000 } },
  ]);
  expect(sourceText(origins.get("providers[1].max_failures") ?? { kind: "default" })).toBe("config.yaml:2:1");
  expect(sourceText(origins.get("providers[0].timeouts.connect") ?? { kind: "default" })).toBe("config.yaml:3:30");
});

test("response_retry never exceeds response", () => {
  const timeouts = { response: "1m", models: { "o*": { response: "10s" }, "p*": { response: "1h" } } };
  const provider = loadValid({ yaml: oneProvider({ timeouts }) }).config.providers[0];
  expect(provider?.timeouts.responseRetryMs).toBe(60_000);
  expect(provider?.modelTimeouts.map((entry) => entry.timeouts.responseRetryMs)).toEqual([10_000, 60_000]);
});

test("default_provider falls to the first enabled provider with keys", () => {
  const providers = [
    { name: "off", enabled: false, base_url: "https://a.example/v1", api_keys: ["sk-fake-a"] },
    { name: "empty", base_url: "https://b.example/v1" },
    { name: "full", base_url: "https://c.example/v1", api_keys: ["sk-fake-c"] },
  ];
  const chosen = (fields: object) => loadValid({ yaml: JSON.stringify(fields) }).config.defaultProvider;
  expect(chosen({ providers })).toBe("full");
  expect(chosen({ providers, default_provider: "default" })).toBe("full");
  expect(chosen({ providers, default_provider: "empty" })).toBe("empty");
  expect(chosen({ providers: providers.slice(0, 2) })).toBe("empty");
  expect(chosen({ providers: providers.slice(0, 1) })).toBeUndefined();
});

test("models become tiers of targets, split at the first slash", () => {
  const yaml = JSON.stringify({ ...JSON.parse(oneProvider()), models: { even: [["main/a", "main/b/c"], "main/d"] } });
  expect(loadValid({ yaml }).config.models.get("even")).toEqual([
    [
      { provider: "main", model: "a" },
      { provider: "main", model: "b/c" },
    ],
    [{ provider: "main", model: "d" }],
  ]);
});

test("extraProviders come last, and the first of them is the default", () => {
  const extra = {
    name: "demo",
    base_url: "http://demo.invalid/v1",
    api_keys: [{ key: "sk-fake-demo-1", name: "one" }],
  };
  const { config, origins } = loadValid({
    yaml: `${oneProvider().slice(0, -1)}, "default_provider": "main" }`,
    extraProviders: [extra],
  });
  expect(config.providers.map(({ name }) => name)).toEqual(["main", "demo"]);
  expect(config.defaultProvider).toBe("demo");
  expect(origins.get("providers[1].base_url")).toEqual({ kind: "built-in" });
  expect(loadValid({ extraProviders: [extra] }).config.providers[0]?.keys[0]?.name).toBe("one");
});

test("the config is frozen all the way down", () => {
  const { config, origins } = loadValid({ yaml: oneProvider({ headers: { "X-A": "b" } }) });
  const isFrozen = (value: unknown): boolean =>
    typeof value !== "object" || value === null || (Object.isFrozen(value) && Object.values(value).every(isFrozen));
  expect(isFrozen(config)).toBe(true);
  expect(() => (config.models as Map<string, never>).clear()).toThrow("snapshot");
  expect(() => (origins as Map<string, unknown>).set("a", 1)).toThrow("snapshot");
});

test.each([
  ["does not exist", "ENOENT", "the file does not exist"],
  ["may not be read", "EACCES", "the file may not be read"],
  ["is a folder", "EISDIR", "it is a folder"],
  ["fails otherwise", "EIO", "the file cannot be read (EIO)"],
])("a named config file that %s is one clear error", (_, code, reason) => {
  const files = { "/etc/balance.yaml": { code } };
  expect(diagnose({ file: "/etc/balance.yaml", files })).toEqual([
    `error: Cannot read the config file /etc/balance.yaml (named by --config): ${reason}`,
  ]);
  expect(diagnose({ env: { OPENAI_BALANCE_CONFIG: "/etc/balance.yaml" }, files })).toEqual([
    `error: Cannot read the config file /etc/balance.yaml (named by OPENAI_BALANCE_CONFIG): ${reason}`,
  ]);
});

test("paths start at the folder of the config file", () => {
  const pem = readFileSync(join(import.meta.dir, "../fixture/tls/ca.pem"), "utf8");
  const result = load({
    file: "../etc/balance.yaml",
    files: {
      "/etc/balance.yaml": oneProvider({
        api_keys: [{ file: "~/key" }],
        keys_file: "more.keys",
        ca_file: "/tls/ca.pem",
      }),
      "/home/someone/key": "sk-fake-home-1\n",
      "/etc/more.keys": "# all of them\n\nsk-fake-more-1 # the first\r\nsk-fake-more-2\n",
      "/tls/ca.pem": pem,
    },
  });
  if (!result.ok) throw new Error("Cannot load");
  expect(result.file).toBe("/etc/balance.yaml");
  expect(result.config.providers[0]?.keys.map(({ secret }) => secret)).toEqual([
    "sk-fake-home-1",
    "sk-fake-more-1",
    "sk-fake-more-2",
  ]);
  expect(result.config.providers[0]?.ca).toBe(pem);
});

test("no client token is an error for other machines, a warning on this one, and fine with one", () => {
  const fields = (host: string, more: object = {}) =>
    JSON.stringify({ ...JSON.parse(oneProvider()), server: { host }, ...more });
  expect(diagnose({ yaml: fields("0.0.0.0") })[0]).toMatch(/^error: .* server\.host: .*openai-balance init/);
  for (const host of ["localhost", "127.1.2.3", "::1"])
    expect(diagnose({ yaml: fields(host) })[0]).toMatch(/^warning: .*client_tokens/);
  expect(diagnose({ yaml: fields("0.0.0.0", TOKENS) })).toEqual([]);
  expect(diagnose({ yaml: fields("0.0.0.0", { auth: { client_tokens: ["short"] } }) })[0]).toMatch(
    /^warning: .*guessed/,
  );
});

test("with nothing at all it loads, and says how to add a key", () => {
  expect(diagnose({})).toContainEqual(expect.stringMatching(/^warning: providers: .*set OPENAI_API_KEY.*keys add/));
  expect(diagnose({ yaml: "", env: { OPENAI_API_KEY: "sk-fake-1" } })).toContainEqual(
    expect.stringContaining("providers: [{ name: openai }] uses the key in OPENAI_API_KEY"),
  );
});

test.each([
  ["trusted_proxies", ["10.0.0.0/8"]],
  ["cors", { origins: ["*"] }],
])("tokens that were made by command are enough for server.%s", (name, value) => {
  const yaml = JSON.stringify({ ...JSON.parse(oneProvider()), server: { [name]: value } });
  expect(load({ yaml }).ok).toBe(false);
  expect(load({ yaml, stored: { keys: [], isComplete: true, hasTokens: true } }).ok).toBe(true);
});
