// A reload after which keys stand elsewhere in the file: that changes nothing.
import { expect, test } from "bun:test";
import { describeChanges } from "../../src/config/describe-changes.ts";
import { loadValid, TOKENS } from "./load.ts";

const KEYS = ["sk-fake-1", "sk-fake-2"];
const PROVIDER = { name: "a", base_url: "https://a.example/v1", api_keys: KEYS };

function configOf(provider: object, layout: { readonly indent?: number; readonly before?: string } = {}) {
  const { indent, before = "" } = layout;
  const yaml = `${before}${JSON.stringify({ ...TOKENS, providers: [{ ...provider, ...PROVIDER, ...provider }] }, null, indent)}`;
  const files = { "/work/more.keys": KEYS.join("\n"), "/work/other.keys": KEYS.join("\n") };
  const env = { ONE: KEYS[0] ?? "", TWO: KEYS[1] ?? "" };
  return loadValid({ yaml, files, env }).config;
}

test.each([
  ["lower, behind a comment", configOf({}, { before: "# a comment\n\n" })],
  ["on lines of their own", configOf({}, { indent: 2 })],
  ["behind another field", configOf({ headers: {} })],
  ["as maps", configOf({ api_keys: KEYS.map((key) => ({ key })) })],
  ["in variables", configOf({ api_keys: [{ env: "ONE" }, { env: "TWO" }] })],
  ["in a file of keys", configOf({ api_keys: undefined, keys_file: "more.keys" })],
])("keys that stand %s are the same", (_where, next) => {
  expect(describeChanges(configOf({}), next)).toEqual([]);
});

test("a file of keys that has another name has the same keys", () => {
  const [one, other] = ["more.keys", "other.keys"].map((keys_file) => configOf({ api_keys: undefined, keys_file }));
  expect(one && other && describeChanges(one, other)).toEqual([]);
});

test.each<[string, object, string]>([
  ["another key", { api_keys: ["sk-fake-1", "sk-fake-3"] }, "provider a: keys (1 added, 1 removed) changed"],
  [
    "the other order, which numbers their names",
    { api_keys: KEYS.toReversed() },
    "provider a: keys (0 added, 0 removed, 2 with other settings) changed",
  ],
  [
    "a weight",
    { api_keys: ["sk-fake-1", { key: "sk-fake-2", weight: 2 }] },
    "provider a: keys (0 added, 0 removed, 1 with other settings) changed",
  ],
])("keys that stand elsewhere and with them %s are a change", (_what, provider, line) => {
  expect(describeChanges(configOf({}), configOf(provider, { before: "# a comment\n" }))).toEqual([line]);
});
