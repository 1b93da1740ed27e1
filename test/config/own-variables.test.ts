// OPENAI_BALANCE_* variables: one for each setting, and nothing else.

import { expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { OWN_VARIABLES } from "../../src/config/own-variables.ts";
import { readPem } from "../fixture/raw-server.ts";
import { diagnose, loadValid, oneProvider } from "./load.ts";

const TLS = { cert: readPem("localhost.pem"), key: readPem("localhost.key") };

/** A value for each that differs from the default. */
const VALUES: Readonly<Record<string, string>> = {
  SERVER__HOST: "localhost",
  SERVER__PORT: "0",
  SERVER__MAX_BODY: "1MiB",
  SERVER__MAX_UPLOAD: "0",
  SERVER__MAX_BUFFERED: "2GiB",
  SERVER__BODY_TIMEOUT: "1s",
  SERVER__DRAIN_TIMEOUT: "0s",
  SERVER__REPAIR_PATHS: "no",
  SERVER__DEBUG_HEADERS: "1",
  SERVER__PASS_RATELIMIT_HEADERS: "always",
  SERVER__TRUSTED_PROXIES: "10.0.0.0/8,::1",
  SERVER__TLS__CERT: "server.pem",
  SERVER__TLS__KEY: "server.key",
  SERVER__CORS__ORIGINS: "https://App.example,http://localhost:3000",
  SERVER__CORS__MAX_AGE: "1h",
  AUTH__CLIENT_TOKENS: '["sk-fake-1", {"name": "ci", "token": {"env": "OTHER"}}]',
  AUTH__ADMIN_TOKEN: '{"env": "ADMIN"}',
  AUTH__ALLOW_QUERY_KEY: "TRUE",
  AUTH__SESSION_TTL: "30m",
  AUTH__SESSION_MAX: "12h",
  AUTH__ADMIN_HOSTS: "Gateway.example,10.0.0.7",
  DEFAULT_PROVIDER: "main",
  RETRY__MAX_ROTATIONS: "5",
  RETRY__BUDGET: "0.5",
  RETRY__BUDGET_MIN: "1",
  TIMEOUTS__COMMIT: "1m",
  TIMEOUTS__CONNECT: "1s",
  TIMEOUTS__FIRST_BYTE: "2s",
  TIMEOUTS__RESPONSE: "4s",
  TIMEOUTS__RESPONSE_RETRY: "3s",
  TIMEOUTS__STREAM_IDLE: "5s",
  TIMEOUTS__MODELS: '{"o*": {"first_byte": "9s"}}',
  MAX_FAILURES: "8",
  MAX_RETRIES: "9",
  STRATEGY: "random",
  AFFINITY: "auto",
  LIMITS__RPM: "500",
  LIMITS__RPD: "10k",
  LIMITS__TPM: "0.5M",
  LIMITS__TPD: "2m",
  LIMITS__CONCURRENCY: "7",
  LIMITS__DAY: "Asia/Shanghai",
  LIMITS__MODELS: '{"o*": {"rpm": "1k"}}',
  RULES: '[{"status": "5xx", "then": "rotate"}]',
  USAGE__PRICES: '[{"models": ["*"], "input": 1, "output": 2}]',
  REQUESTS__ENABLED: "true",
  REQUESTS__RECORD_BODIES: "on_error",
  REQUESTS__MAX_RATE: "7",
  REQUESTS__RETENTION__ERRORS: "1d",
  REQUESTS__RETENTION__REQUESTS: "2d",
  REQUESTS__RETENTION__ROLLUPS: "3d",
  REQUESTS__MAX_SIZE: "16MiB",
  QUEUE__MAX_WAIT: "5s",
  QUEUE__MAX_SIZE: "20",
  PROXIES__URLS: "http://a.example:3128, socks5h://b.example",
  PROXIES__BIND: "random",
  PROXIES__CHECK__URL: "https://check.example/",
  PROXIES__CHECK__INTERVAL: "5m",
  PROXIES__CHECK__TIMEOUT: "3s",
  PROXIES__CHECK__MAX_FAILURES: "4",
  HEALTH__MAX_COOLDOWN: "1h",
  HEALTH__PROBE: "chat",
  HEALTH__CHECK_INTERVAL: "0s",
  WEBHOOKS: '[{"name": "team", "url": "http://127.0.0.1:9000/hook"}]',
  LOGGING__LEVEL: "silent",
  LOGGING__FORMAT: "json",
  METRICS__ENABLED: "true",
  METRICS__PUBLIC: "true",
  METRICS__PER_KEY: "true",
};

test("every setting outside providers and models has a variable", () => {
  expect(OWN_VARIABLES.map(({ name }) => name)).toEqual(Object.keys(VALUES).map((name) => `OPENAI_BALANCE_${name}`));
});

test("each of them arrives, in the kind that its field has", () => {
  const own = Object.entries(VALUES).map(([name, value]) => [`OPENAI_BALANCE_${name}`, value]);
  const env = { ...Object.fromEntries(own), OTHER: "sk-fake-2", ADMIN: "sk-fake-3" };
  const files = { "/work/server.pem": TLS.cert, "/work/server.key": TLS.key };
  const { config, origins } = loadValid({ yaml: oneProvider(), env, files });
  expect(config.server).toEqual({
    host: "localhost",
    port: 0,
    maxBodyBytes: 1024 ** 2,
    maxUploadBytes: 0,
    maxBufferedBytes: 2 * 1024 ** 3,
    bodyTimeoutMs: 1000,
    drainTimeoutMs: 0,
    repairPaths: false,
    debugHeaders: true,
    passRatelimitHeaders: "always",
    trustedProxies: ["10.0.0.0/8", "::1"],
    tls: { ...TLS, files: ["/work/server.pem", "/work/server.key"] },
    cors: { origins: ["https://app.example", "http://localhost:3000"], maxAgeMs: 3_600_000 },
  });
  expect(config.auth.clientTokens.map(({ token }) => token)).toEqual(["sk-fake-1", "sk-fake-2"]);
  expect([config.auth.adminToken, config.auth.allowQueryKey]).toEqual(["sk-fake-3", true]);
  expect(config.retry).toEqual({ maxRotations: 5, budget: 0.5, budgetMin: 1 });
  expect(config.providers[0]).toMatchObject({
    timeouts: {
      commitMs: 60_000,
      connectMs: 1000,
      firstByteMs: 2000,
      responseMs: 4000,
      responseRetryMs: 3000,
      streamIdleMs: 5000,
    },
    modelTimeouts: [{ pattern: "o*", timeouts: { firstByteMs: 9000 } }],
    maxFailures: 8,
    maxRetries: 9,
    strategy: "random",
    affinity: "auto",
    rules: [{ status: ["5xx"] }],
    outbound: { bind: "random", proxies: [{ hostname: "a.example" }, { hostname: "b.example" }] },
  });
  const checkUrl = "https://check.example/";
  expect(config.outboundHealth).toEqual({ checkUrl, intervalMs: 300_000, timeoutMs: 3_000, maxFailures: 4 });
  expect(config.providers[0]?.keys[0]).toMatchObject({
    limits: { rpm: 500, rpd: 10_000, tpm: 500_000, tpd: 2_000_000, concurrency: 7, day: "Asia/Shanghai" },
    modelLimits: [{ pattern: "o*", limits: { rpm: 1_000, day: "Asia/Shanghai" } }],
  });
  expect(config.requests).toEqual({
    enabled: true,
    recordBodies: "on_error",
    maxRate: 7,
    retention: { errorsMs: 86_400_000, requestsMs: 2 * 86_400_000, rollupsMs: 3 * 86_400_000 },
    maxSizeBytes: 16 * 1024 ** 2,
  });
  expect([config.strategy, config.queue]).toEqual(["random", { maxWaitMs: 5_000, maxSize: 20 }]);
  expect([config.health.maxCooldownMs, config.logging]).toEqual([3_600_000, { level: "silent", format: "json" }]);
  expect(config.webhooks).toMatchObject([{ name: "team", url: "http://127.0.0.1:9000/hook" }]);
  expect(origins.get("logging.level")).toEqual({ kind: "variable", name: "OPENAI_BALANCE_LOGGING__LEVEL" });
});

test.each([
  ["OPENAI_BALANCE_SERVER__PROT", "did you mean OPENAI_BALANCE_SERVER__PORT"],
  ["OPENAI_BALANCE_SERVER_PORT", "did you mean OPENAI_BALANCE_SERVER__PORT"],
  ["OPENAI_BALANCE_PROVIDERS", "levels are joined by two underscores"],
  ["OPENAI_BALANCE_WHATEVER__ELSE", "levels are joined by two underscores"],
])("%s is unknown", (name, hint) => {
  expect(diagnose({ yaml: "", env: { [name]: "sk-fake" } })).toContain(`error: ${name}: unknown setting, ${hint}`);
});

const DOCS = join(import.meta.dir, "../../docs");
/** Every variable that a document tells of. */
const TOLD = readdirSync(DOCS, { withFileTypes: true })
  .filter((entry) => entry.isFile())
  .flatMap(({ name }) => readFileSync(join(DOCS, name), "utf8").match(/\bOPENAI_BALANCE_[A-Z_]*[A-Z]/g) ?? []);

test.each([...new Set([...TOLD, "OPENAI_BALANCE_BIN"])])("%s is a setting, or left to others", (name) => {
  expect(diagnose({ yaml: oneProvider(), env: { [name]: "x" } }).join()).not.toContain("unknown setting");
});

test("an empty variable sets nothing, and a broken list is no list", () => {
  expect(loadValid({ yaml: "", env: { OPENAI_BALANCE_SERVER__PORT: "" } }).config.server.port).toBe(8000);
  expect(diagnose({ yaml: "", env: { OPENAI_BALANCE_AUTH__CLIENT_TOKENS: '["sk-fake' } })).toContain(
    "error: OPENAI_BALANCE_AUTH__CLIENT_TOKENS auth.client_tokens: expected a list of client tokens, got a string of 9 characters",
  );
});
