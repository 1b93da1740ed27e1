// The effective configuration as it is shown: complete, valid YAML, with origins, without secrets.

import { expect, test } from "bun:test";
import { parse } from "yaml";
import { renderConfig } from "../../src/config/render-config.ts";
import { secretsOf } from "../../src/config/secrets-of.ts";
import { loadValid } from "./load.ts";

const YAML = `
server: { port: 81 }
auth:
  client_tokens: [sk-fake-client-0001, { name: ci, token: sk-fake-client-0002 }, { env: TOKEN }]
  admin_token: sk-fake-admin-00001
providers:
  - name: openai
    api_keys: [sk-fake-openai-0001, { key: sk-fake-openai-0002, name: b, models: ["gpt*"], headers: { X-Key-Header: sk-fake-header-01 } }]
    headers: { env: sk-fake-header-02, X-Team: search }
    model_request_key: sk-fake-openai-0001
  - { name: local, base_url: "http://localhost:1/sk-fake-openai-0001/v1", auth_header: none, enabled: false }
models: { fast: [openai/a, [openai/b]] }
`;
const WORLD = {
  yaml: YAML,
  env: { TOKEN: "sk-fake-client-0003", OPENAI_BALANCE_MAX_RETRIES: "9" },
  flags: { host: "localhost" },
};

test("renderConfig writes YAML that holds everything in effect", () => {
  const shown = parse(renderConfig(loadValid(WORLD)));
  expect(shown.server).toMatchObject({ host: "localhost", port: 81, max_body: "64MiB" });
  expect(shown.auth.client_tokens).toEqual(["sk-f...0001", { name: "ci", token: "sk-f...0002" }, { env: "TOKEN" }]);
  expect(shown.providers[0]).toMatchObject({
    base_url: "https://api.openai.com/v1",
    max_retries: 9,
    test_model: "gpt-4o-mini",
  });
  expect(shown.providers[0].api_keys[1]).toMatchObject({ name: "b", key: "sk-f...0002", models: ["gpt*"] });
  expect(shown.models).toEqual({ fast: ["openai/a", ["openai/b"]] });
});

test("with origins it is the same YAML", () => {
  const loaded = loadValid(WORLD);
  expect(parse(renderConfig(loaded, { origin: true }))).toEqual(parse(renderConfig(loaded)));
});

test.each([
  ["host: localhost", "--host"],
  ["port: 81", "config.yaml:2:11"],
  ["max_body: 64MiB", "default"],
  ["max_retries: 9", "OPENAI_BALANCE_MAX_RETRIES"],
  ["base_url: https://api.openai.com/v1", "preset openai"],
  ["- openai/a", "config.yaml:12:18"],
])("the origin of %s is %s", (line, origin) => {
  const lines = renderConfig(loadValid(WORLD), { origin: true }).split("\n");
  expect(lines.some((other) => other.includes(line) && other.endsWith(`# ${origin}`))).toBe(true);
});

test("every value has an origin", () => {
  const lines = renderConfig(loadValid(WORLD), { origin: true }).trimEnd().split("\n");
  for (const line of lines) expect(line).toMatch(/:$|- $| {2}# \S/);
});

test("no secret is shown, wherever it stands", () => {
  const loaded = loadValid(WORLD);
  for (const text of [renderConfig(loaded), renderConfig(loaded, { origin: true })]) {
    expect(text).not.toMatch(/sk-fake-(openai|client|admin|header)/);
    expect(text).not.toContain("search");
  }
});

test("secretsOf lists keys, tokens and headers that speak of credentials", () => {
  expect(secretsOf(loadValid(WORLD).config).toSorted()).toEqual([
    "sk-fake-admin-00001",
    "sk-fake-client-0001",
    "sk-fake-client-0002",
    "sk-fake-client-0003",
    "sk-fake-header-01",
    "sk-fake-openai-0001",
    "sk-fake-openai-0002",
  ]);
});
