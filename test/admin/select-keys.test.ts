// Which keys an operator means: by id, name, pattern, state or the secret itself, and what is said where it is unclear.
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { checkProvider, type KeySelection, selectKeys } from "../../src/admin/select-keys.ts";
import { EXIT } from "../../src/core/exit-codes.ts";
import { keyIdOf } from "../../src/core/ids.ts";
import { UserError } from "../../src/core/user-error.ts";
import { fakeSecret } from "../fixture/secrets.ts";
import { configOf, rowsOf } from "./key-lists.ts";

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
const ROWS = rowsOf(CONFIG, { "team-b": "invalid", spare: "disabled" });
const [A = "", B = "", , G = ""] = ROWS.map(({ id }) => id);

function select(selection: Partial<KeySelection>, rows = ROWS): readonly string[] {
  return selectKeys(rows, { keys: [], ...selection }, CONFIG).map(({ name, provider }) => `${provider}/${name}`);
}

function refusal(selection: Partial<KeySelection>, rows = ROWS): string {
  try {
    return `found ${select(selection, rows).join()}`;
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
    ["by the secret, at each provider", { keys: [SECRET.one] }, ["openai/team-a", `groq/${ROWS[4]?.name}`]],
    ["by the secret at one provider", { keys: [SECRET.one], provider: "openai" }, ["openai/team-a"]],
    ["by pattern", { keys: ["team-?"] }, ["openai/team-a", "openai/team-b"]],
    ["by pattern at all providers", { keys: ["sp*"] }, ["openai/spare", "groq/spare"]],
    ["by a name that is unclear, at one provider", { keys: ["spare"], provider: "groq" }, ["groq/spare"]],
    ["by state", { status: "invalid" }, ["openai/team-b"]],
    ["by state and name", { keys: ["team-a", "team-b"], status: "invalid" }, ["openai/team-b"]],
    ["by state at one provider", { provider: "groq", status: "disabled" }, ["groq/spare"]],
    ["none by a state that no key has", { status: "exhausted" }, []],
    ["none at a provider without keys", { provider: "deepseek" }, []],
    ["each once, in their order", { keys: ["team-b", "team-*", B, "team-a"] }, ["openai/team-a", "openai/team-b"]],
  ])("%s", (_how, selection, expected) => {
    expect(select(selection)).toEqual([...expected]);
  });

  test("all where nothing is said", () => {
    expect(select({})).toHaveLength(ROWS.length);
  });

  test("an id before a name, and a name before the beginning of an id", () => {
    const rows = ROWS.map((row) => (row.id === G ? { ...row, name: A } : row));
    expect(select({ keys: [A] }, rows)).toEqual(["openai/team-a"]);
    const named = ROWS.map((row) => (row.id === G ? { ...row, name: A.slice(0, 8) } : row));
    expect(select({ keys: [A.slice(0, 8)] }, named)).toEqual([`groq/${A.slice(0, 8)}`]);
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
      `2 keys are named spare: name the provider with --provider, or one of the ids ${ROWS[2]?.id}, ${G}`,
    ],
  ])("%s", (_what, selection, message) => {
    expect(refusal(selection)).toBe(message);
  });

  test("a beginning that two ids have", () => {
    const rows = ROWS.map((row, index) => ({ ...row, id: `abcdef12345${index}` }));
    expect(refusal({ keys: ["abcdef"] }, rows)).toBe("2 ids begin with abcdef: write more of it".replace("2", "5"));
  });

  test("a secret that is no key, without quoting it", () => {
    const secret = fakeSecret("mistyped", true);
    expect(refusal({ keys: [secret] })).toBe(
      `There is no key <name of ${secret.length} characters>: openai-balance keys list shows all`,
    );
    expect(refusal({ provider: secret })).not.toContain(secret);
  });
});

test("selectKeys finds every key by its id, its name or its secret, whatever its name is", () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.string({ minLength: 1, maxLength: 8 }), { minLength: 1, maxLength: 5 }), (names) => {
      const plain = names.filter((name) => !/[*?]/.test(name));
      const secrets = plain.map((_name, index) => `sk-fake-${index}`);
      const config = configOf([{ name: "openai", api_keys: secrets }]);
      const rows = rowsOf(config).map((row, index) => ({ ...row, name: plain[index] ?? "" }));
      for (const row of rows) {
        const secret = secrets.find((known) => keyIdOf("openai", known) === row.id) ?? "";
        for (const word of [row.id, row.name, secret]) {
          expect(selectKeys(rows, { keys: [word] }, config)).toEqual([row]);
        }
      }
    }),
  );
});

test("checkProvider says so where there is no provider at all", () => {
  expect(() => checkProvider("openai", configOf([]))).toThrow("There is no provider openai: none is configured");
});
