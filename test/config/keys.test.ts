// Keys and tokens: the forms in which they are written, their names, and references to them.

import { expect, test } from "bun:test";
import { keyIdOf } from "../../src/core/ids.ts";
import { diagnose, loadValid, oneProvider, TOKENS } from "./load.ts";

/** A reference, without looking like a template. */
const ref = (inside: string) => ["$", "{", inside, "}"].join("");

const ENV = { ONE: "sk-fake-one-0001", LIST: "sk-fake-list-0001, sk-fake-list-0002\nsk-fake-list-0003,", EMPTY: "" };
const FILES = { "/work/one": "sk-fake-file-0001\n", "/work/list": "sk-fake-file-0001\nsk-fake-file-0002\n" };

function keysOf(fields: object) {
  return loadValid({ yaml: oneProvider(fields), env: ENV, files: FILES }).config.providers[0]?.keys ?? [];
}

test.each([
  ["a literal", ["sk-fake-a"], ["sk-fake-a"]],
  ["a variable", [ref("ONE")], ["sk-fake-one-0001"]],
  ["a variable with a default", [ref("NONE:-sk-fake-default")], ["sk-fake-default"]],
  [
    "a list in a variable",
    [ref("LIST"), "sk-fake-z"],
    ["sk-fake-list-0001", "sk-fake-list-0002", "sk-fake-list-0003", "sk-fake-z"],
  ],
  ["a variable for the whole list", ref("LIST"), ["sk-fake-list-0001", "sk-fake-list-0002", "sk-fake-list-0003"]],
  ["an empty variable", [ref("EMPTY:-"), "sk-fake-z"], ["sk-fake-z"]],
  ["a reference to a variable", [{ env: "ONE" }], ["sk-fake-one-0001"]],
  ["a reference to a file", [{ file: "one" }], ["sk-fake-file-0001"]],
  ["a file with several", [{ file: "list" }], ["sk-fake-file-0001", "sk-fake-file-0002"]],
  ["a map", [{ key: "sk-fake-a" }], ["sk-fake-a"]],
  ["a map with a reference", [{ key: { env: "ONE" } }], ["sk-fake-one-0001"]],
])("api_keys may be %s", (_, api_keys, expected) => {
  expect(keysOf({ api_keys }).map(({ secret }) => secret)).toEqual(expected);
});

test("a map gives a key its settings", () => {
  const settings = { name: "b", weight: 2.5, priority: -1, headers: { "X-Team": "b" }, models: ["gpt-4o*"] };
  const source = { kind: "file", file: "config.yaml", line: 1, column: 79 } as const;
  expect(keysOf({ api_keys: [{ key: "sk-fake-b", ...settings }] })).toEqual([
    { id: keyIdOf("main", "sk-fake-b"), secret: "sk-fake-b", ...settings, source },
  ]);
});

test("several keys in one variable share the settings and are numbered", () => {
  const keys = keysOf({ api_keys: [{ key: ref("LIST"), name: "team", weight: 2 }] });
  expect(keys.map(({ name, weight }) => [name, weight])).toEqual([
    ["team-1", 2],
    ["team-2", 2],
    ["team-3", 2],
  ]);
});

test("keys without a name get their masked form, which is always unique", () => {
  const names = keysOf({ api_keys: ["sk-fake-a-0001", "sk-fake-b-0001", "short", "tiny"] }).map(({ name }) => name);
  expect(names[0]).toBe("sk-f...0001");
  expect(names[1]).toBe(`sk-f...0001 #${keyIdOf("main", "sk-fake-b-0001").slice(0, 6)}`);
  expect(new Set(names).size).toBe(4);
  expect(names.join()).not.toMatch(/short|tiny/);
});

test("a key that is written twice is kept once, with one warning", () => {
  const fields = { api_keys: ["sk-fake-a", { key: "sk-fake-a", weight: 5 }, "sk-fake-b", "sk-fake-a"] };
  const yaml = JSON.stringify({ ...JSON.parse(oneProvider(fields)), ...TOKENS });
  expect(keysOf(fields).map(({ secret, weight }) => [secret, weight])).toEqual([
    ["sk-fake-a", 1],
    ["sk-fake-b", 1],
  ]);
  expect(diagnose({ yaml })).toEqual([
    "warning: config.yaml:1:67 providers[0].api_keys: 2 keys stand here more than once, one of each is kept",
  ]);
});

test.each([
  ["by name", "b"],
  ["by id", keyIdOf("main", "sk-fake-b")],
  ["by the secret", "sk-fake-b"],
])("model_request_key and stateful_key find a key %s", (_, wanted) => {
  const api_keys = ["sk-fake-a", { key: "sk-fake-b", name: "b" }];
  const yaml = oneProvider({ api_keys, model_request_key: wanted, stateful_key: wanted });
  const provider = loadValid({ yaml }).config.providers[0];
  const id = keyIdOf("main", "sk-fake-b");
  expect([provider?.modelRequestKey, provider?.statefulKey]).toEqual([id, id]);
});

test("a reference to a key that is not there is an error", () => {
  const lines = diagnose({ yaml: oneProvider({ model_request_key: "sk-fake-other", stateful_key: "c" }) });
  expect(lines.filter((line) => line.startsWith("error"))).toEqual([
    expect.stringContaining(
      "providers[0].model_request_key: expected the name or the id of one of the provider's keys",
    ),
    expect.stringContaining("providers[0].stateful_key: expected the name or the id of one of the provider's keys"),
  ]);
});

test("auth_header none makes one key without a secret", () => {
  expect(keysOf({ api_keys: undefined, auth_header: "none" })).toEqual([
    expect.objectContaining({ id: keyIdOf("main", ""), name: "anonymous", secret: "" }),
  ]);
});

test("a provider without keys is a warning, unless it is not enabled", () => {
  const yaml = (enabled: boolean) =>
    JSON.stringify({ ...JSON.parse(oneProvider({ api_keys: [], enabled })), ...TOKENS });
  expect(diagnose({ yaml: yaml(true) })).toEqual([
    expect.stringMatching(/^warning: .*providers\[0\]: has no key.*503/),
  ]);
  expect(diagnose({ yaml: yaml(false) })).not.toContainEqual(expect.stringContaining("has no key"));
});

test("client tokens take every form of a secret, and have names", () => {
  const client_tokens = ["sk-fake-token-0001", ref("LIST"), { env: "ONE" }, { name: "ci", token: { file: "one" } }];
  const { config } = loadValid({ yaml: JSON.stringify({ auth: { client_tokens } }), env: ENV, files: FILES });
  expect(config.auth.clientTokens.map(({ name, token }) => ({ name, token }))).toEqual([
    { name: "sk-f...0001", token: "sk-fake-token-0001" },
    { name: "sk-f...0001 #2", token: "sk-fake-list-0001" },
    { name: "sk-f...0002", token: "sk-fake-list-0002" },
    { name: "sk-f...0003", token: "sk-fake-list-0003" },
    { name: "sk-f...0001 #5", token: "sk-fake-one-0001" },
    { name: "ci", token: "sk-fake-file-0001" },
  ]);
});

test("a client token that is written twice is kept once, with a warning", () => {
  const world = { yaml: JSON.stringify({ auth: { client_tokens: ["sk-fake-token-0001", "sk-fake-token-0001"] } }) };
  expect(loadValid(world).config.auth.clientTokens).toHaveLength(1);
  expect(diagnose(world)).toContainEqual(expect.stringMatching(/^warning: .*1 token stand/));
});
