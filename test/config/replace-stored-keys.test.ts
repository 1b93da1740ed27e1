// Other stored keys in a configuration that is in effect: as if it had been loaded with them.
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { Config } from "../../src/config/config.ts";
import { withStoredKeysOf } from "../../src/config/replace-stored-keys.ts";
import type { StoredKey } from "../../src/config/stored-key.ts";
import { keyIdOf } from "../../src/core/ids.ts";
import { loadValid, TOKENS } from "./load.ts";

const YAML = JSON.stringify({
  ...TOKENS,
  providers: [
    { name: "openai", api_keys: [{ key: "sk-fake-written-1", name: "one" }, "sk-fake-written-2"] },
    { name: "groq", api_keys: [], limits: { tpm: 100, tpd: 900, day: "UTC", models: { "*": { rpm: 3 } } } },
    { name: "local", base_url: "http://localhost:11434/v1", auth_header: "none" },
  ],
  models: { fast: ["openai/gpt-4o-mini"] },
});

function stored(provider: string, secret: string, fields: Partial<StoredKey> = {}): StoredKey {
  return { provider, secret, added_at: "2026-01-01T00:00:00.000Z", ...fields };
}

function loadedWith(...keys: readonly StoredKey[]): Config {
  return loadValid({ yaml: YAML, stored: { keys, isComplete: true } }).config;
}

function secretsOf(config: Config, provider: string): readonly string[] {
  return config.providers.find(({ name }) => name === provider)?.keys.map(({ secret }) => secret) ?? [];
}

describe("withStoredKeysOf", () => {
  test("adds, replaces and removes keys that were added by command, and keeps those that are written", () => {
    const before = loadedWith(stored("openai", "sk-fake-old-1"), stored("groq", "sk-fake-old-2"));
    const after = withStoredKeysOf(before, [stored("openai", "sk-fake-new-1"), stored("openai", "sk-fake-new-2")]);
    expect(secretsOf(after, "openai")).toEqual([
      "sk-fake-written-1",
      "sk-fake-written-2",
      "sk-fake-new-1",
      "sk-fake-new-2",
    ]);
    expect(secretsOf(after, "groq")).toEqual([]);
    expect(secretsOf(before, "openai")).toContain("sk-fake-old-1");
  });

  test("gives no key to a provider that takes none", () => {
    const after = withStoredKeysOf(loadedWith(), [stored("local", "sk-fake-new-1")]);
    expect(secretsOf(after, "local")).toEqual([""]);
  });

  test("changes nothing else, and nothing can change the result", () => {
    const before = loadedWith();
    const after = withStoredKeysOf(before, [stored("groq", "sk-fake-new-1")]);
    const without = ({ providers, ...rest }: Config) => ({
      ...rest,
      providers: providers.map(({ keys: _, ...more }) => more),
    });
    expect(without(after)).toEqual(without(before));
    expect(Object.isFrozen(after.providers[1]?.keys[0])).toBe(true);
  });

  test("gives a taken name the id behind it", () => {
    const [, , third] =
      withStoredKeysOf(loadedWith(), [stored("openai", "sk-fake-new-1", { name: "one" })]).providers[0]?.keys ?? [];
    expect(third?.name).toBe(`one #${keyIdOf("openai", "sk-fake-new-1").slice(0, 6)}`);
  });

  test("is what loading with these keys would be", () => {
    const key = fc.record(
      {
        provider: fc.constantFrom("openai", "groq", "local"),
        secret: fc.constantFrom("sk-fake-written-1", "sk-fake-a-0001", "sk-fake-b-0001", "sk-fake-c-0002", "short"),
        name: fc.constantFrom("one", "two", "sk-f...en-2", "sk-f...0001"),
        weight: fc.constantFrom(1, 2.5),
        priority: fc.constantFrom(-1, 1),
        models: fc.constantFrom(["gpt-4o*"]),
        limits: fc.constantFrom({}, { rpm: 5 }, { rpd: "2k" }, { models: { "gpt-*": { tpm: 7 } } }),
        added_at: fc.constant("2026-01-01T00:00:00.000Z"),
      },
      { requiredKeys: ["provider", "secret", "added_at"], noNullPrototype: true },
    );
    fc.assert(
      fc.property(fc.array(key, { maxLength: 5 }), fc.array(key, { maxLength: 5 }), (before, after) => {
        expect(withStoredKeysOf(loadedWith(...before), after)).toEqual(loadedWith(...after));
      }),
    );
  });
});
