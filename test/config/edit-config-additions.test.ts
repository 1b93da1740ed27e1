// Many items or entries are added at once, as if one after the other.
import { describe, expect, test } from "bun:test";
import { parse } from "yaml";
import { type EditResult, editConfig } from "../../src/config/edit-config.ts";
import { EXAMPLE, edited } from "./edited.ts";

const TOKENS = ["x", { name: "a", token: "y", models: ["m*"] }, { token: "z: #" }];
const ROUTES = { quick: ["openai/a"], "gpt-4.1": [["openai/a", "deepseek/b"], "openai/c"], "7": ["openai/a"] };

const LAYOUTS: readonly (readonly [string, string])[] = [
  ["on lines of their own", EXAMPLE],
  ["in brackets", "auth: { client_tokens: [a, b] }\nmodels: { fast: [a/b] }\n"],
  [
    "in brackets over lines",
    "auth:\n  client_tokens: [\n    a, # first\n    b # last\n  ]\nmodels: {\n  fast: [a/b],\n}\n",
  ],
  ["as JSON", '{"auth": {"client_tokens": ["a"]}, "models": {"fast": ["a/b"]}}'],
  ["with the line ends of Windows", EXAMPLE.replaceAll("\n", "\r\n")],
  ["with blank lines between maps", "auth:\n  client_tokens:\n    - a\n\n    - token: b\n\nmodels:\n  fast: [a/b]\n"],
];

function added(text: string, path: string, add: readonly { readonly name?: string; readonly value: unknown }[]) {
  const result: EditResult = editConfig(text, { path, add });
  if (!result.ok) throw new Error(result.message);
  return result.text;
}

describe.each(LAYOUTS)("%s", (_layout, text) => {
  test("items of a list", () => {
    const from = parse(text).auth.client_tokens.length;
    const each = TOKENS.reduce<string>(
      (before, value, index) =>
        edited(before, `auth.client_tokens[${from + index}]`, typeof value === "string" ? value : JSON.stringify(value))
          .text,
      text,
    );
    expect(
      added(
        text,
        "auth.client_tokens",
        TOKENS.map((value) => ({ value })),
      ),
    ).toBe(each);
  });

  test("entries of a map", () => {
    const entries = Object.entries(ROUTES).map(([name, value]) => ({ name, value }));
    const each = entries.reduce<string>(
      (before, { name, value }) => edited(before, `models."${name}"`, JSON.stringify(value)).text,
      text,
    );
    expect(added(text, "models", entries)).toBe(each);
  });
});

test.each([
  ["a list that is empty", "auth: { client_tokens: [] }", "auth.client_tokens", undefined, "has nothing in it yet"],
  ["a list that is missing", "server: { port: 1 }", "auth.client_tokens", undefined, "has nothing in it yet"],
  ["an entry that is there", "models: { a: [b/c] }", "models", "a", "has an entry of one of these names"],
  ["a text in the place of a list", "auth: { client_tokens: a }", "auth.client_tokens", undefined, "is no list"],
  ["a list that is shared", "a: &x [b]\nauth: { client_tokens: *x }", "auth.client_tokens", undefined, "is shared"],
])("%s is refused", (_case, text, path, name, message) => {
  const add = [{ ...(name !== undefined && { name }), value: "x" }];
  expect(editConfig(text, { path, add })).toMatchObject({ ok: false, message: expect.stringContaining(message) });
});
