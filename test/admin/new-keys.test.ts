// Keys that an operator wants to add: every reason to refuse them, and what becomes of the stored ones.
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { checkNewKeys, type Present } from "../../src/admin/key-problems.ts";
import { mergeKeys, newKey } from "../../src/admin/new-keys.ts";
import { editConfig } from "../../src/config/edit-config.ts";
import type { StoredKey } from "../../src/config/stored-key.ts";
import { EXIT } from "../../src/core/exit-codes.ts";
import { UserError } from "../../src/core/user-error.ts";
import { load, loadValid } from "../config/load.ts";
import { fakeSecret, leakIn } from "../fixture/secrets.ts";

const FILE = "/work/config.yaml";
const WRITTEN = fakeSecret("written");
const STORED: StoredKey = {
  provider: "openai",
  secret: fakeSecret("stored"),
  name: "stored",
  added_at: "2026-01-01T00:00:00Z",
};

const { config } = loadValid({
  yaml: JSON.stringify({
    providers: [
      { name: "openai", api_keys: [{ name: "written", key: WRITTEN }] },
      { name: "groq", api_keys: [fakeSecret("groq")] },
      { name: "ollama" },
    ],
  }),
  stored: { keys: [STORED], isComplete: true },
});
const PRESENT: Present = { config, configFile: FILE, hasPlaceFor: () => true };
const NOTHING: Present = { config: loadValid({}).config, configFile: undefined, hasPlaceFor: () => true };

function key(secret: string, fields: Partial<StoredKey> = {}): StoredKey {
  return { provider: "openai", secret, added_at: "2026-02-02T00:00:00Z", ...fields };
}

/** Why they are refused; undefined if they are not. */
function refusal(keys: readonly StoredKey[], present = PRESENT): string | undefined {
  try {
    checkNewKeys(keys.map(newKey), present);
    return undefined;
  } catch (error: unknown) {
    if (!(error instanceof UserError) || error.exitCode !== EXIT.usage) throw error;
    return error.message;
  }
}

describe("checkNewKeys lets in", () => {
  test.each<[string, StoredKey, Present]>([
    ["a key of a provider of the config file", key("k"), PRESENT],
    ["a key with every sign that a header takes", key("!#$%&'*+-.^_`|~/=:;<>?@[]{}()\"\\"), PRESENT],
    ["a key that is known", key(WRITTEN), PRESENT],
    ["a known key under its own name", key(WRITTEN, { name: "written" }), PRESENT],
    ["a name that another provider's key has", key("k", { provider: "groq", name: "written" }), PRESENT],
    ["a key of a preset, where there is no config file", key("k", { provider: "deepseek" }), NOTHING],
  ])("%s", (_what, given, present) => {
    expect(refusal([given], present)).toBeUndefined();
  });

  test("one key twice, under one name", () => {
    expect(refusal([key("k", { name: "n" }), key("k", { name: "n" })])).toBeUndefined();
  });
});

describe("checkNewKeys refuses", () => {
  const spaces = "expected a key without spaces";
  const ascii = "expected a key of printable ASCII characters";
  const provider = "expected a key, got the name of a provider, which --provider takes";
  const inFile = `there is no provider deepseek in ${FILE}: openai-balance config set providers.deepseek {} adds it`;
  const known =
    "known are openai, groq, ollama, anthropic, gemini, deepseek, openrouter, mistral, xai, together, fireworks, siliconflow, moonshot, dashscope";

  test.each<[string, StoredKey, Present, string]>([
    ["a space", key("sk fake"), PRESENT, spaces],
    ["a space at the end", key("k "), PRESENT, spaces],
    ["a line end", key("k\n"), PRESENT, spaces],
    ["a space that is not ASCII", key("k\u00a0"), PRESENT, spaces],
    ["a letter that is not ASCII", key("k\u00e9y"), PRESENT, ascii],
    ["a zero-width space, as pages have them", key("k\u200b"), PRESENT, ascii],
    ["a control character", key("k\u0007"), PRESENT, ascii],
    ["the name of a provider of the file", key("groq"), PRESENT, provider],
    ["the name of a preset", key("deepseek"), PRESENT, provider],
    ["a name of two lines", key("k", { name: "a\nb" }), PRESENT, "expected a name without control characters"],
    [
      "a name that moves the cursor",
      key("k", { name: "\u009b2J" }),
      PRESENT,
      "expected a name without control characters",
    ],
    ["a comma", key("a,b"), PRESENT, "expected one key, got a comma"],
    ["a provider that wants none", key("k", { provider: "ollama" }), PRESENT, "the provider ollama wants no key"],
    [
      "a preset that wants none, without a file",
      key("k", { provider: "ollama" }),
      NOTHING,
      "the provider ollama wants no key",
    ],
    ["a preset that is not in the file", key("k", { provider: "deepseek" }), PRESENT, inFile],
    [
      "a provider that is near one",
      key("k", { provider: "opnai" }),
      PRESENT,
      "there is no provider opnai: did you mean openai",
    ],
    [
      "a provider that is near a preset",
      key("k", { provider: "mistal" }),
      PRESENT,
      "there is no provider mistal: did you mean mistral",
    ],
    [
      "an unknown provider",
      key("k", { provider: "in-house" }),
      PRESENT,
      `there is no provider in-house: ${known}; any other must stand in a config file, with its base_url`,
    ],
    [
      "a template, which needs the operator's own host",
      key("k", { provider: "azure" }),
      NOTHING,
      `there is no provider azure: ${known.replace("groq, ollama, ", "").replace("deepseek, ", "deepseek, groq, ")}; any other must stand in a config file, with its base_url`,
    ],
    [
      "a preset beside the variables that say which providers there are",
      key("k", { provider: "groq" }),
      { ...NOTHING, hasPlaceFor: () => false },
      "there is no provider groq, and API_KEYS or PROVIDERS_CONFIG says which there are: add it there",
    ],
    [
      "a name that a written key has",
      key("k", { name: "written" }),
      PRESENT,
      "written is already the name of another key of openai",
    ],
    [
      "a name that a stored key has",
      key("k", { name: "stored" }),
      PRESENT,
      "stored is already the name of another key of openai",
    ],
  ])("%s", (_what, given, present, problem) => {
    expect(refusal([given], present)).toBe(`Cannot add the key: ${problem}`);
  });

  test.each<[string, readonly StoredKey[]]>([
    ["itself", [key("sk-fake-0123456789", { name: "sk-fake-0123456789" })]],
    ["itself and more", [key("sk-fake-0123456789", { name: "team sk-fake-0123456789" })]],
    ["itself, however short", [key("k", { name: "k" })]],
    ["another one of the list", [key("k", { name: "second" }), key("l", { name: "k" })]],
    ["a configured one", [key("k", { name: fakeSecret("written") })]],
  ])("a name that is a secret: %s", (_what, keys) => {
    const message = refusal(keys) ?? "";
    expect(message).toContain("expected a name that holds no key");
    expect([message.includes("sk-fake"), leakIn(message)]).toEqual([false, undefined]);
  });

  test("all where one is wrong, and says which ones, by their places", () => {
    const keys = [key("fine"), key("a b"), key("c", { name: "n" }), key("d", { name: "n" }), key("e,f")];
    expect(refusal(keys)?.split("\n")).toEqual([
      "Cannot add 5 keys, none was added: key 2: expected a key without spaces",
      "  key 4: n is already the name of another key of openai",
      "  key 5: expected one key, got a comma",
    ]);
  });

  test("a provider that is wrong once, however many of its keys there are", () => {
    const keys = [key("a", { provider: "opnai" }), key("b", { provider: "opnai" }), key("c d")];
    expect(refusal(keys)?.split("\n")).toEqual([
      "Cannot add 3 keys, none was added: key 1: there is no provider opnai: did you mean openai",
      "  key 3: expected a key without spaces",
    ]);
  });

  test("many, and names ten of them", () => {
    const lines = refusal(Array.from({ length: 25 }, () => key("a b")))?.split("\n") ?? [];
    expect([lines.length, lines.at(-1)]).toEqual([11, "  and 15 more"]);
  });

  test("without quoting a key, a name or a provider that could be one", () => {
    const secret = fakeSecret("wrong place", true);
    const wrong = [
      key(`${secret} `),
      key(`${secret},${secret}`),
      key("k", { provider: secret }),
      key("k", { name: secret }),
      key("l", { name: secret }),
    ];
    expect(leakIn(refusal(wrong) ?? "")).toBeUndefined();
    expect(refusal(wrong)).toContain("key 5:");
  });

  test("asks once for each provider whether there is a place", () => {
    const asked: string[] = [];
    const hasPlaceFor = ({ provider }: StoredKey) => asked.push(provider) > 0;
    const keys = Array.from({ length: 50 }, (_, i) => key(`k${i}`, { provider: i % 2 === 0 ? "groq" : "xai" }));
    expect(refusal(keys, { ...NOTHING, hasPlaceFor })).toBeUndefined();
    expect(asked).toEqual(["groq", "xai"]);
  });
});

test("the hint for a preset that is not in the file works", () => {
  const yaml = "providers:\n  - name: openai # the first\n    api_keys: [k]\n";
  const hint = refusal([key("k", { provider: "deepseek" })]) ?? "";
  const [, path = "", value = ""] = /config set (\S+) (\S+) adds it/.exec(hint) ?? [];
  const edited = editConfig(yaml, { path, value });
  expect(edited.ok).toBe(true);
  const loaded = load({ yaml: edited.ok ? edited.text : "" });
  expect(loaded.ok && loaded.config.providers.map(({ name }) => name)).toEqual(["openai", "deepseek"]);
});

describe("mergeKeys", () => {
  const merge = (wanted: readonly StoredKey[], stored: readonly StoredKey[] = [STORED]) =>
    mergeKeys(stored, wanted.map(newKey), config);

  test("adds behind what is there, and says so", () => {
    const added = key("new", { name: "n" });
    const { keys, outcomes } = merge([added]);
    expect(keys).toEqual([STORED, added]);
    expect(outcomes).toEqual([
      { id: newKey(added).id, name: "n", masked: "****", provider: "openai", outcome: "added" },
    ]);
  });

  test("gives a stored key the settings that are named, and keeps the others", () => {
    const { keys, outcomes } = merge([key(STORED.secret, { weight: 3, models: ["gpt-*"] })]);
    expect(keys).toEqual([{ ...STORED, weight: 3, models: ["gpt-*"] }]);
    expect(outcomes[0]).toMatchObject({ outcome: "updated", name: "stored" });
    expect(outcomes[0]).not.toHaveProperty("source");
  });

  test("leaves the list as it is where nothing is new", () => {
    const stored = [STORED];
    const { keys, outcomes } = merge([key(STORED.secret), key(STORED.secret, { name: "stored" })], stored);
    expect(keys).toBe(stored);
    expect(outcomes.map(({ outcome, source }) => [outcome, source])).toEqual([
      ["known", "key store"],
      ["duplicate", undefined],
    ]);
  });

  test("stores no key that is written elsewhere, and says where", () => {
    const { keys, outcomes } = merge([key(WRITTEN, { weight: 5 })]);
    expect(keys).toEqual([STORED]);
    expect(outcomes[0]).toMatchObject({ outcome: "known", name: "written", source: "config.yaml:1:44" });
  });

  test("changes no stored key that is written elsewhere too: that one counts", () => {
    const both = [key(WRITTEN)];
    const { keys, outcomes } = merge([key(WRITTEN, { weight: 5 })], both);
    expect(keys).toBe(both);
    expect(outcomes[0]).toMatchObject({ outcome: "known", source: "config.yaml:1:44" });
  });

  test("adds a key that stands twice in the list once", () => {
    const { keys, outcomes } = merge([key("new"), key("new"), key("new", { name: "named" })]);
    expect(keys).toEqual([STORED, key("new", { name: "named" })]);
    expect(outcomes.map(({ outcome }) => outcome)).toEqual(["added", "duplicate", "updated"]);
  });

  test("keeps the same secret at two providers apart", () => {
    const { keys } = merge([key("new"), key("new", { provider: "groq" })]);
    expect(keys).toHaveLength(3);
  });

  test("has each key once, keeps every stored one, and changes nothing when it is repeated", () => {
    const some = fc.record({
      secret: fc.constantFrom("a", "b", "c", STORED.secret, WRITTEN),
      provider: fc.constantFrom("openai", "groq"),
      name: fc.option(fc.constantFrom("x", "y"), { nil: undefined }),
      weight: fc.option(fc.constantFrom(1, 2), { nil: undefined }),
    });
    const list = fc.array(
      some.map((fields) => key(fields.secret, fields)),
      { maxLength: 8 },
    );
    fc.assert(
      fc.property(list, list, (before, wanted) => {
        const stored = merge(before, []).keys;
        const { keys, outcomes } = merge(wanted, stored);
        const ids = keys.map((found) => newKey(found).id);
        expect(new Set(ids).size).toBe(ids.length);
        expect(ids.slice(0, stored.length)).toEqual(stored.map((found) => newKey(found).id));
        expect(outcomes.map(({ id }) => id)).toEqual(wanted.map((found) => newKey(found).id));
        const counts = outcomes.filter(({ outcome }) => outcome === "added").length;
        expect(keys.length).toBe(stored.length + counts);
        // Only the last settings of each key: what stands twice may say two things.
        const last = [...new Map(wanted.map((found) => [newKey(found).id, found])).values()];
        expect(merge(last, keys).keys).toBe(keys);
      }),
    );
  });
});
