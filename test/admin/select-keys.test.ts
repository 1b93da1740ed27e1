// Which keys an operator means: by id, name, pattern, state or the secret itself, and what is said where it is unclear.
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { eachKnownKey } from "../../src/admin/known-keys.ts";
import { checkProvider, type KeySelection, selectKeys } from "../../src/admin/select-keys.ts";
import { EXIT } from "../../src/core/exit-codes.ts";
import { keyIdOf } from "../../src/core/ids.ts";
import { UserError } from "../../src/core/user-error.ts";
import { fakeSecret } from "../fixture/secrets.ts";
import { configOf, keysOf, placeOf, portsOf } from "./key-lists.ts";

const SECRET = {
  one: fakeSecret("one", true),
  two: fakeSecret("two"),
  three: fakeSecret("three"),
  four: fakeSecret("4"),
};
const CONFIG = configOf([
  {
    name: "openai",
    api_keys: [
      { name: "team-a", key: SECRET.one },
      { name: "team-b", key: SECRET.two },
      { name: "spare", key: SECRET.three },
    ],
  },
  { name: "groq", api_keys: [{ name: "spare", key: SECRET.four }, SECRET.one] },
  { name: "deepseek", enabled: false },
]);
const STRAY = { provider: "gone", name: "left", secret: fakeSecret("stray"), added_at: "2026-01-01T00:00:00.000Z" };
const PORTS = portsOf(CONFIG, { "team-b": "invalid", spare: "disabled" }, [STRAY]);
const KEYS = keysOf(PORTS);
const [A = "", B = "", , G = ""] = KEYS.map(({ key }) => key.id);

async function select(selection: Partial<KeySelection>, keys = KEYS): Promise<readonly string[]> {
  return (await selectKeys(keys, { keys: [], ...selection }, PORTS)).map(placeOf);
}

async function refusal(selection: Partial<KeySelection>, keys = KEYS): Promise<string> {
  try {
    return `found ${(await select(selection, keys)).join()}`;
  } catch (error: unknown) {
    if (!(error instanceof UserError) || error.exitCode !== EXIT.usage) throw error;
    return error.message;
  }
}

describe("selectKeys finds", () => {
  test.each<[string, Partial<KeySelection>, readonly string[]]>([
    ["by name", { keys: ["team-a"] }, ["openai/team-a"]],
    ["by id", { keys: [B] }, ["openai/team-b"]],
    ["by the beginning of an id", { keys: [A.slice(0, 6)] }, ["openai/team-a"]],
    ["by the secret, at each provider", { keys: [SECRET.one] }, ["openai/team-a", `groq/${KEYS[4]?.key.name}`]],
    ["by the secret at one provider", { keys: [SECRET.one], provider: "openai" }, ["openai/team-a"]],
    ["by pattern", { keys: ["team-?"] }, ["openai/team-a", "openai/team-b"]],
    ["by pattern at all providers", { keys: ["sp*"] }, ["openai/spare", "groq/spare"]],
    ["by a name that is unclear, at one provider", { keys: ["spare"], provider: "groq" }, ["groq/spare"]],
    ["by state", { status: "invalid" }, ["openai/team-b"]],
    ["by state and name", { keys: ["team-a", "team-b"], status: "invalid" }, ["openai/team-b"]],
    ["by state at one provider", { provider: "groq", status: "disabled" }, ["groq/spare"]],
    ["those of no provider, by state", { status: "unused" }, ["gone/left"]],
    ["those of no provider, by its name", { provider: "gone" }, ["gone/left"]],
    ["one of no provider, by its name", { keys: ["left"] }, ["gone/left"]],
    ["none by a state that no key has", { status: "exhausted" }, []],
    ["none at a provider without keys", { provider: "deepseek" }, []],
    ["each once, in their order", { keys: ["team-b", "team-*", B, "team-a"] }, ["openai/team-a", "openai/team-b"]],
  ])("%s", async (_how, selection, expected) => {
    expect(await select(selection)).toEqual([...expected]);
  });

  test("all where nothing is said", async () => {
    expect(await select({})).toHaveLength(KEYS.length);
  });

  test("an id before a name, and a name before the beginning of an id", async () => {
    const keys = keysOf(PORTS, ({ id }) => (id === G ? { name: A } : {}));
    expect(await select({ keys: [A] }, keys)).toEqual(["openai/team-a"]);
    const named = keysOf(PORTS, ({ id }) => (id === G ? { name: A.slice(0, 8) } : {}));
    expect(await select({ keys: [A.slice(0, 8)] }, named)).toEqual([`groq/${A.slice(0, 8)}`]);
  });
});

describe("selectKeys refuses", () => {
  test.each<[string, Partial<KeySelection>, string]>([
    ["a name that is near another", { keys: ["team-c"] }, "There is no key team-c: did you mean team-a"],
    [
      "a name that is near none",
      { keys: ["team-a", "production"] },
      "There is no key production: openai-balance keys list shows all",
    ],
    ["a pattern without a match", { keys: ["prod-*"] }, "There is no key prod-*: openai-balance keys list shows all"],
    [
      "a name of another provider",
      { keys: ["team-a"], provider: "groq" },
      "There is no key team-a: openai-balance keys list shows all",
    ],
    ["a provider that is near another", { provider: "opnai" }, "There is no provider opnai: did you mean openai"],
    ["a provider that is near none", { provider: "x" }, "There is no provider x: there are openai, groq, deepseek"],
    [
      "too short a beginning of an id",
      { keys: [A.slice(0, 5)] },
      `There is no key ${A.slice(0, 5)}: openai-balance keys list shows all`,
    ],
    [
      "a name that two keys have",
      { keys: ["spare"] },
      `2 keys are named spare: name the provider with --provider, or one of the ids ${KEYS[2]?.key.id}, ${G}`,
    ],
  ])("%s", async (_what, selection, message) => {
    expect(await refusal(selection)).toBe(message);
  });

  test("a beginning that two ids have", async () => {
    const keys = keysOf(PORTS, (_key, index) => ({ id: `${index < 2 ? "abcdef" : "012345"}12345${index}` }));
    expect(await refusal({ keys: ["abcdef"] }, keys)).toBe("2 ids begin with abcdef: write more of it");
  });

  test("a secret that is no key, without quoting it", async () => {
    const secret = fakeSecret("mistyped", true);
    expect(await refusal({ keys: [secret] })).toBe(
      `There is no key <name of ${secret.length} characters>: openai-balance keys list shows all`,
    );
    expect(await refusal({ provider: secret })).not.toContain(secret);
  });
});

test("selectKeys finds every key by its id, its name or its secret, whatever its name is", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(fc.string({ minLength: 1, maxLength: 8 }), { minLength: 1, maxLength: 5 }),
      async (names) => {
        const plain = names.filter((name) => !/[*?]/.test(name));
        const secrets = plain.map((_name, index) => `sk-fake-${index}`);
        const config = configOf([{ name: "openai", api_keys: secrets }]);
        const ports = portsOf(config);
        const keys = keysOf(ports, (_key, index) => ({ name: plain[index] ?? "" }));
        for (const known of keys) {
          const secret = secrets.find((other) => keyIdOf("openai", other) === known.key.id) ?? "";
          for (const word of [known.key.id, known.key.name, secret]) {
            expect(await selectKeys(keys, { keys: [word] }, ports)).toEqual([known]);
          }
        }
      },
    ),
  );
});

test("checkProvider says so where there is no provider at all", () => {
  expect(() => checkProvider("openai", configOf([]))).toThrow("There is no provider openai: none is configured");
});

test("selectKeys goes through the keys once, however many words name them", async () => {
  const secrets = Array.from({ length: 300 }, (_, index) => fakeSecret(`many-${index}`));
  const ports = portsOf(configOf([{ name: "openai", api_keys: secrets }]));
  let looks = 0;
  const keys = Array.from(eachKnownKey(ports), ({ key, ...rest }, index) => ({
    ...rest,
    key: {
      ...key,
      name: `key-${index}`,
      get id() {
        looks++;
        return key.id;
      },
    },
  }));
  for (const words of [keys.map(({ key }) => key.name), secrets, keys.map(({ key }) => key.id.slice(0, 8))]) {
    looks = 0;
    expect(await selectKeys(keys, { keys: words }, ports)).toHaveLength(300);
    expect(looks).toBeLessThanOrEqual(1_500);
  }
});
