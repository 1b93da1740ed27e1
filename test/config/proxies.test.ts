// Outbound proxies in the configuration: who goes through which, and what is wrong with them.
import { expect, test } from "bun:test";
import type { OutboundConfig } from "../../src/config/outbound-proxy.ts";
import { renderConfig } from "../../src/config/render-config.ts";
import { secretsOf } from "../../src/config/secrets-of.ts";
import { diagnose, load, loadValid } from "./load.ts";

const QUIET = "auth: { client_tokens: [sk-fake-client-token] }\n";
const KEYS = "name: main, base_url: https://main.example/v1";

function yamlOf(provider: string, top = ""): string {
  return `${QUIET}providers: [{ ${KEYS}, ${provider} }]\n${top}`;
}

const hosts = (config: OutboundConfig | undefined) => config?.proxies.map(({ hostname }) => hostname);

test("a provider inherits from the top level, a key from its provider, each may have its own or none", () => {
  const keys =
    "[sk-fake-1, { key: sk-fake-2, proxies: [http://c.example] }, { key: sk-fake-3, proxies: direct }, sk-fake-4]";
  const top = "proxies: { urls: [http://a.example, socks5://b.example] }";
  const [inheriting] = loadValid({ yaml: yamlOf(`api_keys: ${keys}`, top) }).config.providers;
  expect(hosts(inheriting?.outbound)).toEqual(["a.example", "b.example"]);
  expect(inheriting?.keys.map(({ outbound }) => hosts(outbound))).toEqual([undefined, ["c.example"], [], undefined]);
  const [own] = loadValid({ yaml: yamlOf(`api_keys: ${keys}, proxies: [http://d.example]`, top) }).config.providers;
  expect(hosts(own?.outbound)).toEqual(["d.example"]);
  const [direct] = loadValid({ yaml: yamlOf(`api_keys: ${keys}, proxies: direct`, top) }).config.providers;
  expect(direct?.outbound).toBeUndefined();
});

test("bind holds everywhere", () => {
  const keys = "[{ key: sk-fake-1, proxies: [http://c.example, http://d.example] }]";
  const yaml = yamlOf(`api_keys: ${keys}`, "proxies: { bind: random }");
  expect(loadValid({ yaml }).config.providers[0]?.keys[0]?.outbound?.bind).toBe("random");
});

test("URLs stand in place, in variables that may hold several, and in files", () => {
  const yaml = yamlOf(
    "api_keys: [sk-fake-1]",
    'proxies: { urls: ["http://a.example", "\x24{ONE}", { env: MORE }, { file: proxies.txt }] }',
  );
  const env = { ONE: "http://b.example", MORE: "http://c.example,socks5h://d.example" };
  const files = { "/work/proxies.txt": "# mine\nhttp://e.example\nhttp://f.example # spare\n" };
  const [provider] = loadValid({ yaml, env, files }).config.providers;
  expect(hosts(provider?.outbound)).toEqual([
    "a.example",
    "b.example",
    "c.example",
    "d.example",
    "e.example",
    "f.example",
  ]);
});

test("equal lists are the same object, so that a request knows what it tried already", () => {
  const keys = "[{ key: sk-fake-1, proxies: [http://c.example] }, { key: sk-fake-2, proxies: [http://c.example] }]";
  const [provider] = loadValid({ yaml: yamlOf(`api_keys: ${keys}`) }).config.providers;
  expect(provider?.keys[0]?.outbound).toBe(provider?.keys[1]?.outbound as OutboundConfig);
});

test.each([
  ["proxies: { urls: [ftp://h] }", "proxies.urls[0]: expected an http, https, socks5 or socks5h URL"],
  ["proxies: { urls: [5] }", "proxies.urls[0]: expected the URL of a proxy: a string, { env: NAME } or { file: PATH }"],
  ["proxies: { urls: http://h }", "proxies.urls: expected a list of URLs of proxies, got a string of 8 characters"],
  ["proxies: [http://h]", "proxies: expected a map with urls, bind and check, got a list"],
  ["proxies: { urls: [{ env: NO_SUCH }] }", "proxies.urls[0]: "],
  ["proxies: { bind: random }", "proxies.bind: has no effect: there is no proxy"],
  ["proxies: { check: { url: https://c.example } }", "proxies.check.url: has no effect: there is no proxy"],
  ["proxies: { urls: [http://h], check: { url: ftp://c } }", "proxies.check.url: expected an http or https URL"],
  [
    "proxies: { urls: [http://h], check: { interval: 5m } }",
    "proxies.check.interval: has no effect: nothing is asked for without proxies.check.url",
  ],
  [
    "proxies: { urls: ['http://me:one@h:1', 'http://me:two@h:1'] }",
    "proxies.urls[1]: stands elsewhere with another password",
  ],
])("%s is an error", (top, message) => {
  const errors = diagnose({ yaml: yamlOf("api_keys: [sk-fake-1]", top) }).filter((line) => line.startsWith("error: "));
  expect(errors).toHaveLength(1);
  expect(errors[0]).toContain(message);
});

test.each([
  ["proxies: nowhere", "proxies: expected direct, or a list of URLs of proxies, got a string of 7 characters"],
  ["proxies: []", "proxies: expected a list of URLs of proxies"],
  ["proxies: [http://h/path]", "proxies[0]: expected the URL of a proxy without path and query"],
])("of a provider %s is an error", (provider, message) => {
  const errors = diagnose({ yaml: yamlOf(`api_keys: [sk-fake-1], ${provider}`) });
  expect(errors.filter((line) => line.startsWith("error: "))).toHaveLength(1);
  expect(errors.join("\n")).toContain(`providers[0].${message}`);
});

test.each([
  ["api_keys: [sk-fake-1]", "proxies: { urls: [{ env: EMPTY }, '\x24{EMPTY}'] }", "proxies.urls"],
  ["api_keys: [sk-fake-1], proxies: [{ env: BLANK }]", "", "providers[0].proxies"],
  ["api_keys: [{ key: sk-fake-1, proxies: [{ file: none.txt }] }]", "", "providers[0].api_keys[0].proxies"],
])(
  "proxies of %s %s that turn out to be none are an error: nothing goes out directly by accident",
  (provider, top, path) => {
    const env = { EMPTY: "", BLANK: " , " };
    const files = { "/work/none.txt": "# http://a.example\n" };
    const errors = diagnose({ yaml: yamlOf(provider, top), env, files }).filter((line) => line.startsWith("error: "));
    expect(errors).toEqual([expect.stringContaining(`${path}: expected at least one URL of a proxy`)]);
  },
);

test.each([
  ['proxies: { urls: "\x24{LIST}" }', { LIST: "" }],
  ["proxies: { urls: [http://a.example] }", { OPENAI_BALANCE_PROXIES__URLS: "," }],
])("%s that %p makes empty is warned of, while [] is what was meant", (top, env) => {
  const yaml = yamlOf("api_keys: [sk-fake-1]", top);
  expect(diagnose({ yaml, env })).toEqual([
    expect.stringMatching(/^warning: .*proxies\.urls: is empty: calls go out directly/),
  ]);
  expect(diagnose({ yaml: yamlOf("api_keys: [sk-fake-1]", "proxies: { urls: [] }") })).toEqual([]);
});

test("one of several references may be empty", () => {
  const yaml = yamlOf("api_keys: [sk-fake-1]", "proxies: { urls: [http://a.example, { env: EMPTY }] }");
  const [provider] = loadValid({ yaml, env: { EMPTY: "" } }).config.providers;
  expect(hosts(provider?.outbound)).toEqual(["a.example"]);
});

test("a URL that stands twice is warned of, and kept once", () => {
  const yaml = yamlOf("api_keys: [sk-fake-1]", "proxies: { urls: [http://h:3128, http://h:3128/] }");
  expect(diagnose({ yaml }).join("\n")).toContain("proxies.urls: 1 proxy stand here more than once");
  expect(hosts(loadValid({ yaml }).config.providers[0]?.outbound)).toEqual(["h"]);
});

test("user and password are secrets, and are masked where the configuration is shown", () => {
  const url = "http://fake-user:fake-proxy-password@h.example:3128";
  const yaml = yamlOf(
    "api_keys: [{ key: sk-fake-1, proxies: [socks5://fake-token@k.example] }]",
    `proxies: { urls: ['${url}'] }`,
  );
  const loaded = load({ yaml });
  if (!loaded.ok) throw new Error("expected a valid configuration");
  expect(secretsOf(loaded.config)).toEqual(
    expect.arrayContaining([url, "fake-user:fake-proxy-password", "fake-proxy-password", "fake-token"]),
  );
  const shown = renderConfig(loaded);
  expect(shown).toContain("http://****@h.example:3128");
  expect(shown).toContain("socks5://****@k.example:1080");
  expect(shown).not.toMatch(/fake-proxy-password|fake-user|fake-token/);
});
