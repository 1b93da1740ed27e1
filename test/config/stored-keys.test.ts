// Keys that were added by command, beside those of the file and the environment.
import { describe, expect, test } from "bun:test";
import { sourceText } from "../../src/config/source.ts";
import type { StoredKey } from "../../src/config/stored-key.ts";
import { keyIdOf } from "../../src/core/ids.ts";
import { diagnose, load, loadValid, oneProvider, TOKENS } from "./load.ts";

function stored(provider: string, secret: string, fields: Partial<StoredKey> = {}): StoredKey {
  return { provider, secret, added_at: "2026-01-01T00:00:00.000Z", ...fields };
}

const all = (...keys: readonly StoredKey[]) => ({ keys, isComplete: true });

function keysOf(world: Parameters<typeof load>[0], provider: string) {
  return loadValid(world).config.providers.find(({ name }) => name === provider)?.keys ?? [];
}

test("stored keys stand behind those that are written, with their settings and where they come from", () => {
  const key = stored("main", "sk-fake-stored-01", { name: "spare", weight: 3, priority: 1, models: ["gpt-4o*"] });
  expect(keysOf({ yaml: oneProvider(), stored: all(key) }, "main").slice(1)).toEqual([
    {
      id: keyIdOf("main", "sk-fake-stored-01"),
      name: "spare",
      secret: "sk-fake-stored-01",
      weight: 3,
      priority: 1,
      headers: {},
      models: ["gpt-4o*"],
      addedAt: "2026-01-01T00:00:00.000Z",
      source: { kind: "key-store" },
    },
  ]);
});

describe("limits of stored keys", () => {
  const yaml = JSON.stringify({
    ...TOKENS,
    limits: { day: "America/Los_Angeles", tpm: "30k", rpd: 9 },
    providers: [{ name: "main", base_url: "http://localhost:1/v1", api_keys: ["sk-fake-1"], limits: { rpm: 60 } }],
  });

  test("replace those of the provider, each by itself, as those of written keys do", () => {
    const limits = { rpm: 5, rpd: "2k", models: { "gpt-*": { rpm: 2 } } };
    const [, plain, own] = keysOf(
      { yaml, stored: all(stored("main", "sk-fake-2"), stored("main", "sk-fake-3", { limits })) },
      "main",
    );
    const day = "America/Los_Angeles";
    expect(plain?.limits).toEqual({ rpm: 60, rpd: 9, tpm: 30_000, tpd: undefined, concurrency: undefined, day });
    expect(own?.limits).toEqual({ rpm: 5, rpd: 2_000, tpm: 30_000, tpd: undefined, concurrency: undefined, day });
    expect(own?.modelLimits).toMatchObject([{ pattern: "gpt-*", limits: { rpm: 2, day } }]);
    expect(own?.ownLimits).toEqual(limits);
  });

  test("are the very object of the provider's where a key states none", () => {
    const [written, one, two] = keysOf(
      { yaml, stored: all(stored("main", "sk-fake-2"), stored("main", "sk-fake-3")) },
      "main",
    );
    expect([one?.limits === written?.limits, two?.limits === written?.limits]).toEqual([true, true]);
  });
});

test("a key that is written too counts as that one, once", () => {
  const keys = keysOf({ yaml: oneProvider(), stored: all(stored("main", "sk-fake-main-0001", { name: "x" })) }, "main");
  expect(keys.map(({ name, source }) => [name, source.kind])).toEqual([["sk-f...0001", "file"]]);
});

test("a name that is taken gets the id behind it", () => {
  const yaml = oneProvider({ api_keys: [{ key: "sk-fake-main-0001", name: "a" }] });
  const keys = keysOf({ yaml, stored: all(stored("main", "sk-fake-s-1", { name: "a" })) }, "main");
  expect(keys.map(({ name }) => name)).toEqual(["a", `a #${keyIdOf("main", "sk-fake-s-1").slice(0, 6)}`]);
});

describe("Where a key comes from", () => {
  const files = { "/work/more.keys": "sk-fake-more-0001\n" };
  test.each([
    ["the file", { yaml: oneProvider() }, "main", ["config.yaml:1:79"]],
    ["a variable", { env: { OPENAI_API_KEY: "sk-fake-env-0001" } }, "openai", ["OPENAI_API_KEY"]],
    ["the seed's variable", { env: { API_KEYS: "sk-fake-seed-001" } }, "default", ["API_KEYS"]],
    [
      "a file of keys",
      { yaml: oneProvider({ keys_file: "more.keys" }), files },
      "main",
      ["config.yaml:1:79", "more.keys"],
    ],
    ["the store", { stored: all(stored("openai", "sk-fake-s-1")) }, "openai", ["key store"]],
  ])("%s", (_, world, provider, expected) => {
    expect(keysOf(world, provider).map(({ source }) => sourceText(source))).toEqual(expected);
  });
});

describe("Without a config file", () => {
  test("a known provider of which keys are stored is configured, in the order of the presets", () => {
    const { config, warnings } = loadValid({
      env: { GEMINI_API_KEY: "sk-fake-gemini-01" },
      stored: all(stored("deepseek", "sk-fake-d-1"), stored("openai", "sk-fake-o-1")),
    });
    expect(config.providers.map(({ name, keys }) => [name, keys.length])).toEqual([
      ["openai", 1],
      ["gemini", 1],
      ["deepseek", 1],
    ]);
    expect(config.defaultProvider).toBe("openai");
    expect(warnings.map(({ path }) => path)).toEqual(["auth.client_tokens"]);
  });

  test("keys of another provider have no effect, and that is said", () => {
    expect(diagnose({ stored: all(stored("lab", "sk-fake-l-1"), stored("lab", "sk-fake-l-2")) })).toContain(
      "warning: key store: 2 keys of provider lab, which is not configured: not used",
    );
  });
});

test("with a config file a stored key makes no provider: its name alone does not say where it may go", () => {
  const world = { yaml: oneProvider(), stored: all(stored("deepseek", "sk-fake-d-1")) };
  expect(loadValid(world).config.providers.map(({ name }) => name)).toEqual(["main"]);
  expect(diagnose(world).join("\n")).toContain("1 key of provider deepseek");
});

test("a provider with stored keys only is no provider without a key", () => {
  const yaml = JSON.stringify({ ...TOKENS, providers: [{ name: "openai" }] });
  expect(diagnose({ yaml, stored: all(stored("openai", "sk-fake-o-1")) })).toEqual([]);
  expect(diagnose({ yaml })[0]).toContain("openai-balance keys add --provider openai");
});

test("stateful_key may name a stored key; while the store cannot be opened that is no error", () => {
  const yaml = oneProvider({ stateful_key: "spare" });
  const key = stored("main", "sk-fake-s-1", { name: "spare" });
  const { config } = loadValid({ yaml, stored: all(key) });
  expect(config.providers[0]?.statefulKey).toBe(keyIdOf("main", "sk-fake-s-1"));
  expect(load({ yaml, stored: all() }).ok).toBe(false);
  const world = { yaml, stored: { keys: [], isComplete: false } };
  expect(loadValid(world).config.providers[0]?.statefulKey).toBeUndefined();
  expect(diagnose(world).join("\n")).toContain("providers[0].stateful_key: expected the name or the id");
});
