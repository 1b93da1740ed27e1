// The seed's admin reads: their shapes, and that no key is in them.
import { describe, expect, test } from "bun:test";
import { type AdminReadName, adminRead } from "../../src/admin/seed-reads.ts";
import type { KeyReport, PoolReport } from "../../src/balancer/contract.ts";
import type { Config, KeyConfig, ProviderConfig } from "../../src/config/config.ts";

const SECRETS = { good: "sk-fake-good-key-0001", tired: "sk-fake-tired-key-0002", dead: "sk-fake-dead-key-0003" };
const HEADER_SECRET = "fake-header-secret";

function key(id: string, secret: string): KeyConfig {
  return { id, secret, name: id, weight: 1, priority: 0, headers: {}, models: undefined, source: { kind: "default" } };
}

function provider(name: string, more: Partial<ProviderConfig>): ProviderConfig {
  return {
    name,
    path: name,
    enabled: true,
    baseUrl: `https://${name}.example/v1`,
    nativeBaseUrl: `https://${name}.example`,
    dialect: "openai",
    apiVersion: undefined,
    authHeader: undefined,
    authPrefix: undefined,
    keys: [],
    headers: {},
    timeouts: {
      commitMs: 600_000,
      connectMs: 10_000,
      firstByteMs: 60_000,
      responseMs: 600_000,
      responseRetryMs: 300_000,
      streamIdleMs: 300_000,
    },
    modelTimeouts: [],
    maxFailures: 3,
    maxRetries: 2,
    strategy: "balanced",
    affinity: "off",
    rules: [],
    models: { include: ["*"], exclude: [] },
    modelRequestKey: undefined,
    statefulKey: undefined,
    newObjects: "stateful_key",
    objectLists: "stateful_key",
    passOrganization: false,
    testModel: undefined,
    probePath: undefined,
    ca: undefined,
    ...more,
  };
}

const CONFIG = {
  defaultProvider: "main",
  providers: [
    provider("main", {
      keys: [key("aaaaaaaaaaaa", SECRETS.good), key("bbbbbbbbbbbb", SECRETS.tired), key("cccccccccccc", SECRETS.dead)],
      headers: { "X-Team": HEADER_SECRET },
      testModel: "gpt-4o-mini",
    }),
    provider("spare", { path: "sp", enabled: false, baseUrl: "https://user:fakepassword@spare.example/v1" }),
  ],
} as const;

function report(id: string, state: KeyReport["state"], failures: number): KeyReport {
  const none = {
    lastUsed: undefined,
    since: undefined,
    until: undefined,
    reason: undefined,
    status: undefined,
    message: undefined,
  };
  return { id, name: id, state, failures, inFlight: 0, used: 0, failed: 0, limits: [], groups: [], parts: [], ...none };
}

const POOLS: readonly PoolReport[] = [
  {
    provider: "main",
    state: "up",
    until: undefined,
    openModels: [],
    keys: [report("bbbbbbbbbbbb", "cooling", 2), report("cccccccccccc", "invalid", 1)],
  },
];

/** These reads look at providers and the default one only. */
function read(name: AdminReadName, config: Pick<Config, "defaultProvider" | "providers"> = CONFIG): object {
  return adminRead(name, config as Config, POOLS);
}

test("adminRead lists the providers", () => {
  expect(read("providers")).toEqual({
    status: "success",
    data: [
      { name: "main", path: "main", base_url: "https://main.example/v1", enabled: true, is_default: true },
      { name: "spare", path: "sp", base_url: "https://spare.example/v1", enabled: false, is_default: false },
    ],
    default_provider: "main",
    total: 2,
  });
});

test("adminRead tells the status of each provider and the failures of each key", () => {
  const valid = { "sk-f...0001 #aaaaaaaaaaaa": 0, "sk-f...0002 #bbbbbbbbbbbb": 2 };
  const invalid = { "sk-f...0003 #cccccccccccc": 1 };
  expect(read("providers/status")).toMatchObject({
    status: "success",
    data: {
      main: {
        config: {
          name: "main",
          base_url: "https://main.example/v1",
          custom_headers: { "X-Team": "****" },
          timeout: 60,
          test_model: "gpt-4o-mini",
        },
        keys_status: { valid_keys: valid, invalid_keys: invalid, all_keys: { ...valid, ...invalid } },
        total_keys: 3,
        valid_keys_count: 2,
        invalid_keys_count: 1,
      },
      spare: { total_keys: 0, valid_keys_count: 0, invalid_keys_count: 0 },
    },
    default_provider: "main",
  });
});

test("adminRead lists the keys of all providers", () => {
  expect(read("keys/list")).toEqual({
    status: "success",
    data: {
      valid_keys: { "sk-f...0001 #aaaaaaaaaaaa": 0, "sk-f...0002 #bbbbbbbbbbbb": 2 },
      invalid_keys: { "sk-f...0003 #cccccccccccc": 1 },
    },
    total: 3,
  });
});

describe.each(["providers", "providers/status", "keys/list"] as const)("adminRead of %s", (name) => {
  test("shows no secret", () => {
    const text = JSON.stringify(read(name));
    for (const secret of [...Object.values(SECRETS), HEADER_SECRET, "fakepassword"]) expect(text).not.toContain(secret);
  });

  test("answers without any provider", () => {
    expect(read(name, { defaultProvider: undefined, providers: [] })).toMatchObject({ status: "success" });
  });
});
