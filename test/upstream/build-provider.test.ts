// A provider as the request path sees it.
import { expect, test } from "bun:test";
import type { KeyConfig, ProviderConfig } from "../../src/config/config.ts";
import { buildProvider } from "../../src/upstream/build-provider.ts";
import type { Transport } from "../../src/upstream/transport.ts";

const KEY: KeyConfig = {
  id: "0123456789ab",
  name: "team-a",
  secret: "sk-fake-1234",
  weight: 2,
  priority: 0,
  headers: { "openai-organization": "org-fake" },
  models: undefined,
  source: { kind: "default" },
};
const TIMEOUTS = { commitMs: 1, connectMs: 1, firstByteMs: 1, responseMs: 1, responseRetryMs: 1, streamIdleMs: 1 };
const CONFIG: ProviderConfig = {
  name: "gemini",
  path: "gemini",
  enabled: true,
  baseUrl: "https://api.example.com/v1beta/openai",
  nativeBaseUrl: "https://api.example.com",
  dialect: "gemini",
  apiVersion: undefined,
  authHeader: undefined,
  authPrefix: undefined,
  keys: [KEY, { ...KEY, id: "ba9876543210", name: "team-b" }],
  headers: {},
  timeouts: TIMEOUTS,
  modelTimeouts: [],
  maxFailures: 3,
  maxRetries: 3,
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
};

test("buildProvider joins config, dialect, transport and keys by id, in order", () => {
  const transport: Transport = { start: () => ({ pause() {}, resume() {}, abort() {} }), close: async () => {} };
  const provider = buildProvider(CONFIG, transport);
  expect(provider.dialect.name).toBe("gemini");
  expect(provider.transport).toBe(transport);
  expect([...provider.keys.keys()]).toEqual(["0123456789ab", "ba9876543210"]);
  expect(provider.keys.get("0123456789ab")).toMatchObject({
    id: "0123456789ab",
    name: "team-a",
    secret: "sk-fake-1234",
    headers: { "openai-organization": "org-fake" },
  });
  expect(provider.keys.get("0123456789ab")?.mask.mask("quoted sk-fake-1234")).toBe("quoted sk-f...1234");
});
