// Whose file is recognised, lists of keys, and that no secret stands in what is told.
import { expect, test } from "bun:test";
import { ImportFault, textSource } from "../../src/import/import-source.ts";
import { recognise } from "../../src/import/read-plan.ts";
import { fakeSecret } from "../fixture/secrets.ts";
import { json, planOf, tables } from "./source.ts";

const KEY = fakeSecret("recognised");

test.each([
  ["one key a line", textSource(`# mine\n${KEY}\n`), "keys"],
  ["a JSON list", json([KEY]), "keys"],
  ["what keys export writes", json({ keys: [{ key: KEY, provider: "openai" }] }), "keys"],
  ["variables", textSource(`# old\nexport API_KEYS=${KEY}`), "variables"],
  ["LiteLLM as JSON", json({ model_list: [] }), "litellm"],
  ["another map", json({ hello: 1 }), undefined],
  ["another database", tables({}), undefined],
])("%s", (_form, source, kind) => {
  expect(recognise(source)).toBe(kind as never);
});

test.each([
  [
    "new-api",
    { channels: [{ type: 1, key: KEY, status: 1, models: "m", tag: null }], tokens: [{ key: "fake-t", status: 1 }] },
  ],
  ["one-api", { channels: [{ type: 1, key: KEY, status: 1, models: "m" }] }],
  [
    "gpt-load",
    {
      groups: [{ id: 1, name: "a", channel_type: "openai", upstreams: [{ url: "https://a.example", weight: 1 }] }],
      api_keys: [{ group_id: 1, key_value: KEY, status: "active" }],
    },
  ],
])("tables of %s in JSON are read as its database is", (kind, rows) => {
  const plan = planOf(json(rows));
  expect(plan).toMatchObject({ kind, keys: [{ key: KEY }] });
  expect(plan.clientTokens.length).toBe(kind === "new-api" ? 1 : 0);
});

test("a file of nobody asks for --from", () => {
  expect(() => planOf(json({ hello: 1 }))).toThrow("say so with --from, one of variables");
});

test("broken JSON is said to be with its place, and not quoted", () => {
  const run = () => textSource(`[\n  "${KEY}",\n  "${KEY}\n]`);
  expect(run).toThrow(ImportFault);
  expect(run).toThrow(/none \(line \d+, column \d+\)/);
});

test("a list of keys goes to the provider that is named, and each key once", () => {
  const plan = planOf(`${KEY}\n${KEY}\n`, { provider: "deepseek" });
  expect(plan.keys).toEqual([{ key: KEY, provider: "deepseek" }]);
});

test("--provider is refused where the file names its own", () => {
  expect(() => planOf("model_list: []", { provider: "x" })).toThrow("leave --provider out");
});
