// What a reload says it changed.

import { expect, test } from "bun:test";
import { describeChanges } from "../../src/config/describe-changes.ts";
import { loadValid } from "./load.ts";

const BASE = {
  auth: { client_tokens: ["sk-fake-client-1"] },
  providers: [{ name: "a", base_url: "https://a.example/v1", api_keys: ["sk-fake-1", "sk-fake-2"] }],
};
const A = BASE.providers[0];
const RULE = JSON.parse('{ "body_matches": "quota", "then": "client" }');
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
  ["the queue", { queue: { max_wait: "1s" } }, ["queue.max_wait: changed"]],
  [
    "records of requests",
    { requests: { record_bodies: "on_error", retention: { requests: "60d" } } },
    ["requests.record_bodies: changed", "requests.retention: changed"],
  ],
  ["the strategy", { strategy: "random" }, ["strategy: changed", "provider a: strategy changed"]],
  ["limits of all", { limits: { rpm: 5 } }, ["provider a: limits changed"]],
  ["limits of a provider", { providers: [{ ...A, limits: { rpm: 5 } }] }, ["provider a: limits changed"]],
  [
    "limits of a key",
    { providers: [{ ...A, api_keys: ["sk-fake-1", { key: "sk-fake-2", limits: { rpm: 5 } }] }] },
    ["provider a: keys (0 added, 0 removed, 1 with other settings) changed"],
  ],
  ["outbound proxies of all", { proxies: { urls: ["http://me:fake@h.example"] } }, ["provider a: proxies changed"]],
  [
    "outbound proxies of a key, and their check",
    {
      providers: [{ ...A, api_keys: ["sk-fake-1", { key: "sk-fake-2", proxies: ["http://h.example"] }] }],
      proxies: { check: { max_failures: 5 } },
    },
    ["proxies.check: changed", "provider a: keys (0 added, 0 removed, 1 with other settings) changed"],
  ],
  ["rules", { rules: [RULE] }, ["provider a: rules changed"]],
  ["affinity", { affinity: "auto" }, ["provider a: affinity changed"]],
  [
    "keys",
    { providers: [{ ...A, api_keys: ["sk-fake-1", "sk-fake-3", "sk-fake-4"] }] },
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

test("another order of keys is told as such", () => {
  const keys = ["x", "y"].map((name) => ({ key: `sk-fake-${name}`, name }));
  const [one, other] = [keys, keys.toReversed()].map((api_keys) => configOf({ providers: [{ ...A, api_keys }] }));
  expect(one && other && describeChanges(one, other)).toEqual(["provider a: order of keys changed"]);
});

test("a rule that looks for another text is a change, and the same one is none", () => {
  const other = { ...RULE, body_matches: "quotas" };
  expect(describeChanges(configOf({ rules: [RULE] }), configOf({ rules: [other] }))).toEqual([
    "provider a: rules changed",
  ]);
  expect(describeChanges(configOf({ rules: [RULE] }), configOf({ rules: [RULE] }))).toEqual([]);
});

test("a rule before it, of another provider, is none", () => {
  // biome-ignore lint/suspicious/noThenProperty: its value is a word, which nothing can call.
  const other = { status: 418, provider: "b", then: "client" };
  const providers = [A, { ...A, name: "b" }];
  const [before, after] = [[RULE], [other, RULE]].map((rules) => configOf({ providers, rules }));
  expect(before && after && describeChanges(before, after)).toEqual(["provider b: rules changed"]);
});

test("limits are a change of the provider also where its keys are of the store", () => {
  const stored = { provider: "a", secret: "sk-fake-9", added_at: "2026-01-01T00:00:00.000Z" };
  const withLimit = (rpm: number) =>
    loadValid({
      yaml: JSON.stringify({ ...BASE, limits: { rpm, models: { "*": { rpm } } } }),
      stored: { keys: [stored], isComplete: true },
    }).config;
  expect(describeChanges(withLimit(5), withLimit(6))).toEqual(["provider a: limits changed"]);
});
