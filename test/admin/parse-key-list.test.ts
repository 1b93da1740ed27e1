// Lists of keys that people bring: what is understood, and that no fault quotes them.
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { parseKeyList } from "../../src/admin/parse-key-list.ts";
import { fakeSecret, leakIn } from "../fixture/secrets.ts";

const [A, B] = [fakeSecret("a"), fakeSecret("b", true)];
const FULL = { key: A, provider: "groq", name: "team a", weight: 2.5, priority: -1, models: ["gpt-4o*"] };

describe("parseKeyList takes", () => {
  test.each<[string, string, readonly object[]]>([
    ["one key a line", `${A}\n${B}\n`, [{ key: A }, { key: B }]],
    ["other line ends, and spaces around", `  ${A}\r\n\t${B} \r\n`, [{ key: A }, { key: B }]],
    ["comments and empty lines", `# all of them\n\n${A} # team a\n  # none\n${B}\t#b`, [{ key: A }, { key: B }]],
    ["a = inside a key", `${A}=\nab_c==\nab=cd`, [{ key: `${A}=` }, { key: "ab_c==" }, { key: "ab=cd" }]],
    ["a # inside a key", `${A}#1`, [{ key: `${A}#1` }]],
    ["a mark of its order of bytes", `\uFEFF${A}\n`, [{ key: A }]],
    ["nothing", " \n# nothing\n", []],
    ["a JSON list", JSON.stringify([A, { key: B, provider: "groq" }]), [{ key: A }, { key: B, provider: "groq" }]],
    ["what `keys export` writes", JSON.stringify({ version: 1, keys: [FULL] }), [FULL]],
    ["JSON behind spaces and a mark", `\uFEFF \n${JSON.stringify({ keys: [A] })}\n`, [{ key: A }]],
    ["an empty JSON list", "[]", []],
  ])("%s", (_what, text, keys) => {
    expect(parseKeyList(text)).toEqual({ ok: true, keys } as never);
  });
});

describe("parseKeyList refuses", () => {
  test.each([
    ["two keys in a line", `${A}\n${B} ${A}`, "line 2 has a space, expected one key a line"],
    ["a file of variables", `A_B=${A}\n`, "line 1 sets a variable, expected one key a line"],
    ["a file of a shell", `# keys\nexport OPENAI_API_KEY="${A}"`, "line 2 sets a variable, expected one key a line"],
    ["a key in quotes", `"${A}"`, "line 1 is in quotes, expected one key a line"],
    ["broken JSON", `["${A}`, "it begins as JSON, but is none"],
    ["a section of another kind of file", `[${A}]\n`, "it begins as JSON, but is none"],
    [
      "JSON of another form",
      JSON.stringify({ key: A }),
      "expected a list of keys, or of maps with a field key (entry 0)",
    ],
    [
      "a map without a key",
      JSON.stringify([A, { secret: B }]),
      "expected a list of keys, or of maps with a field key (entry 1)",
    ],
    [
      "a field that nobody knows",
      JSON.stringify([{ key: A, [B]: 1 }]),
      "expected a list of keys, or of maps with a field key (entry 0)",
    ],
    ["an empty key", JSON.stringify([A, ""]), "expected a list of keys, or of maps with a field key (entry 1)"],
    [
      "a weight of nothing",
      JSON.stringify({ keys: [{ key: A, weight: 0 }] }),
      "expected a list of keys, or of maps with a field key (entry 0.weight)",
    ],
    ["a key that is none", JSON.stringify([A, 5]), "expected a list of keys, or of maps with a field key (entry 1)"],
  ])("%s", (_what, text, fault) => {
    expect(parseKeyList(text)).toEqual({ ok: false, fault });
  });

  test("whatever else is given, without quoting it", () => {
    const piece = fc.constantFrom(
      A,
      B,
      '"',
      "[",
      "{",
      "}",
      "]",
      ":",
      ",",
      " ",
      "\n",
      "#",
      "keys",
      "key",
      "\\",
      "1",
      "null",
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const list = parseKeyList(pieces.join(""));
        if (!list.ok) expect(leakIn(list.fault)).toBeUndefined();
        else for (const { key } of list.keys) expect(key).not.toBe("");
      }),
    );
  });
});

test("parseKeyList reads back any list that it could be given", () => {
  const text = fc.string({ minLength: 1, maxLength: 20, unit: "binary" });
  const key = fc.record(
    {
      key: text,
      provider: text,
      name: text,
      weight: fc.double({ min: 0.001, max: 1_000, noNaN: true }),
      priority: fc.integer({ min: -9, max: 9 }),
      models: fc.array(text, { minLength: 1, maxLength: 3 }),
    },
    { requiredKeys: ["key"], noNullPrototype: true },
  );
  fc.assert(
    fc.property(fc.array(key), (keys) => {
      expect(parseKeyList(JSON.stringify({ keys }))).toEqual({ ok: true, keys });
      expect(parseKeyList(JSON.stringify(keys))).toEqual({ ok: true, keys });
    }),
  );
});
