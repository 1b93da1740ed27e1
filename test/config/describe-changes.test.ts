// What a reload says it changed.

import { expect, test } from "bun:test";
import { describeChanges } from "../../src/config/describe-changes.ts";
import { loadValid } from "./load.ts";

const BASE = {
  auth: { client_tokens: ["sk-fake-client-1"] },
  providers: [{ name: "a", base_url: "https://a.example/v1", api_keys: ["sk-fake-1", "sk-fake-2"] }],
};
const A = BASE.providers[0];
const configOf = (fields: object) => loadValid({ yaml: JSON.stringify({ ...BASE, ...fields }) }).config;

test.each<[string, object, readonly string[]]>([
  ["nothing", {}, []],
  ["a default written out", { server: { port: 8000 } }, []],
  [
    "a setting",
    { server: { max_body: "1MiB" }, logging: { level: "debug" } },
    ["server.max_body: changed", "logging.level: changed"],
  ],
  ["the port", { server: { port: 81 } }, ["server.port: changed (in effect after a restart)"]],
  ["a token", { auth: { client_tokens: ["sk-fake-client-2"] } }, ["auth.client_tokens: changed"]],
  [
    "keys",
    { providers: [{ ...A, api_keys: ["sk-fake-2", "sk-fake-3", "sk-fake-4"] }] },
    ["provider a: keys (2 added, 1 removed) changed"],
  ],
  [
    "fields of a provider",
    { providers: [{ ...A, headers: { "X-A": "b" }, max_retries: 0 }] },
    ["provider a: headers, max_retries changed"],
  ],
  [
    "providers",
    { providers: [{ name: "b", base_url: "https://b.example/v1", api_keys: ["sk-fake-9"] }] },
    ["default provider: changed", "provider a: removed", "provider b: added with 1 key"],
  ],
  ["models", { models: { fast: ["a/x"] } }, ["models: changed"]],
])("%s", (_, fields, lines) => {
  expect(describeChanges(configOf({}), configOf(fields))).toEqual(lines);
});
