// References to variables in strings.

import { expect, test } from "bun:test";
import { DiagnosticList } from "../../src/config/diagnostic.ts";
import { interpolate } from "../../src/config/interpolate.ts";
import { loadValid, oneProvider } from "./load.ts";

const ENV = { NAME: "value", EMPTY: "", DOLLAR: "$\x7bNAME}" };

/** `@{` stands for a dollar and a brace, so that nothing looks like a template. */
const written = (text: string) => text.replaceAll("@{", "$\x7b");

test.each([
  ["plain", "plain"],
  ["@{NAME}", "value"],
  ["a-@{NAME}-b-@{NAME}", "a-value-b-value"],
  ["@{NONE:-other}", "other"],
  ["@{EMPTY:-other}", "other"],
  ["@{NAME:-other}", "value"],
  ["@{NONE:-}", ""],
  ["@{EMPTY}", ""],
  ["@{DOLLAR}", "@{NAME}"],
  ["$@{NAME}", "@{NAME}"],
  ["$NAME costs $5", "$NAME costs $5"],
])("%s becomes %s", (text, expected) => {
  const list = new DiagnosticList();
  expect(interpolate({ a: [written(text)] }, ENV, list).value).toEqual({ a: [written(expected)] });
  expect(list.sorted()).toEqual([]);
});

test.each([
  ["@{NONE}", "the variable NONE is not set"],
  ["@{NONE", "expected @{NAME} or @{NAME:-default}; a plain @{ is written $@{"],
  ["@{}", "expected @{NAME} or @{NAME:-default}; a plain @{ is written $@{"],
  ["@{sk-fake-1}", "expected @{NAME} or @{NAME:-default}; a plain @{ is written $@{"],
  ["@{a1b2c3d4e5f6g7h8i9}", "the variable <name of 18 characters> is not set"],
])("%s is an error", (text, message) => {
  const list = new DiagnosticList();
  interpolate({ a: written(text) }, ENV, list);
  expect(list.sorted().map((diagnostic) => diagnostic.message)).toEqual([written(message)]);
});

test("a replaced string takes the kind of its field, a literal one does not", () => {
  const yaml = written(`
server: { port: "@{PORT}", repair_paths: "@{REPAIR}", max_body: "@{SIZE}" }
providers: [{ name: a, base_url: "https://@{HOST}/v1", api_keys: "@{KEYS}", weight: 1 }]
`).replace(", weight: 1", "");
  const env = { PORT: "81", REPAIR: "off", SIZE: "2048", HOST: "a.example", KEYS: "sk-fake-1,sk-fake-2" };
  const { config } = loadValid({ yaml, env });
  expect([config.server.port, config.server.repairPaths, config.server.maxBodyBytes]).toEqual([81, false, 2048]);
  expect(config.providers[0]?.keys).toHaveLength(2);
  expect(() => loadValid({ yaml: 'server: { port: "81" }' })).toThrow("server.port: expected a whole number");
});

test("variables hold values, not YAML", () => {
  const yaml = oneProvider({ headers: { "X-A": written("@{TRICK}") } });
  const { config } = loadValid({ yaml, env: { TRICK: '", "api_keys": ["x"]' } });
  expect(config.providers[0]?.headers).toEqual({ "X-A": '", "api_keys": ["x"]' });
});
