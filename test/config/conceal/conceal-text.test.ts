// What of a config file a browser gets: everything but its secrets, wherever they stand.
import { describe, expect, test } from "bun:test";
import { parse } from "yaml";
import { concealText } from "../../../src/config/conceal/conceal-text.ts";
import { Redactor } from "../../../src/core/redaction.ts";
import { concealed, textAfter } from "./concealed.ts";

const HEX = "0f1e2d3c4b5a69788796a5b4c3d2e1f0";
const UUID = "8f2b8c1d-1234-4abc-9def-1234567890ab";

const SECRETS: readonly (readonly [string, string, readonly string[]])[] = [
  ["a key", "providers:\n  - name: main\n    api_keys: [fake-key-of-main-1]\n", ["fake-key-of-main-1"]],
  ["a key in quotes", "providers: [{ name: m, api_keys: ['fake''s key 1234'] }]\n", ["s key 1234"]],
  [
    "a key with settings",
    "providers: [{ name: m, api_keys: [{ key: fake-key-12345, weight: 2 }] }]\n",
    ["fake-key-12345"],
  ],
  [
    "a key on lines of its own",
    `providers:\n  - name: m\n    api_keys:\n      - |-\n        ${HEX}\n      - b\n`,
    [HEX],
  ],
  ["a number", "auth:\n  admin_token: 12345678901234\n", ["12345678901234"]],
  ["tokens", "auth: { client_tokens: [fake-token-aaaa, { token: fake-token-bbbb }] }\n", ["token-aaaa", "token-bbbb"]],
  ["a header", "providers: [{ name: m, headers: { X-Any: plain-value-1 } }]\n", ["plain-value-1"]],
  [
    "the user of a proxy",
    "proxies: { urls: ['http://someone:pass-word-1@proxy.example:1'] }\n",
    ["someone", "pass-word-1"],
  ],
  ["the path of a webhook", "webhooks: [{ name: a, url: https://hooks.example/T0/abcdefgh }]\n", ["abcdefgh"]],
  [
    "a webhook",
    "webhooks: [{ name: a, secret: whsec_abcdefgh1234, headers: { A: value-of-a-1 } }]\n",
    ["abcdefgh", "value-of"],
  ],
  [
    "a password in any URL",
    "providers: [{ name: m, base_url: 'https://u:pass-word-1@a.example/v1' }]\n",
    ["pass-word-1"],
  ],
  ["a comment with a key", "# was sk-fakefakefake1234567890\nserver: {}\n", ["fakefakefake"]],
  ["a comment with a key of no shape", `providers:\n  # - ${HEX}\n  - name: m # ${HEX}\n`, [HEX]],
  [
    "a field in a comment",
    "# admin_token: hunter2hunter\n#  - { name: a, token: 'other hunter' }\nauth: {}\n",
    ["hunter"],
  ],
  ["a copy elsewhere", "# fake-key-1234\nproviders: [{ name: m, api_keys: [fake-key-1234] }]\n", ["fake-key-1234"]],
  ["a default", `auth: { admin_token: '\${TOKEN:-fake-default-1}' }\n`, ["fake-default-1"]],
  ["an unknown field", "auth: { admin_tokn: fake-token-1 }\n", ["fake-token-1"]],
  ["a list that is none", "providers: [{ name: m, api_keys: fake-key-12345 }]\n", ["fake-key-12345"]],
  ["a name", `auth: { client_tokens: [{ ${HEX}: null }] }\n`, [HEX]],
  ["an anchor elsewhere", "server: { host: &a fake-key-1234 }\nauth: { admin_token: *a }\n", ["fake-key-1234"]],
  ["a reference that is none", `auth: { admin_token: { env: ${HEX} } }\n`, [HEX]],
  ["a short one", "auth: { admin_token: hunter }\n# hunter\n", ["hunter"]],
  ["a comment with a UUID", `# - ${UUID}\n# - '${UUID}:fx'\nserver: {}\n`, ["8f2b8c1d", "1234567890ab"]],
  ["a file that is nothing else", "fake-key-12345\n", ["fake-key-12345"]],
  ["a map that is none", "auth: fake-token-1\n", ["fake-token-1"]],
  ["a list of maps that is none", "providers: fake-key-12345\n", ["fake-key-12345"]],
  ["a key without its dash", "providers: [{ name: m, api_keys: { fake-key-12345: null } }]\n", ["fake-key-12345"]],
  ["an ordered map", "%YAML 1.1\n---\nproviders: !!omap\n  - api_key: fake-key-12345\n", ["fake-key-12345"]],
  ["pairs", "%YAML 1.1\n---\nauth: !!pairs [ admin_token: fake-token-1 ]\n", ["fake-token-1"]],
];

/** As long as a file may be. */
const LONG = 256 * 1024 - 32;

describe("concealText", () => {
  test.each(SECRETS)("hides %s, and gives it back as it was", (_what, text, secrets) => {
    const { text: shown } = concealed(text);
    for (const secret of secrets) expect(shown).not.toContain(secret);
    expect(shown).toContain("⟦secret:");
    expect(() => parse(shown)).not.toThrow();
    expect(textAfter(text, (same) => same)).toBe(text);
  });

  test.each([
    "auth: { admin_token: { env: ADMIN_TOKEN }, client_tokens: [{ file: tokens.txt }] }\n",
    `auth: { admin_token: '\${ADMIN_TOKEN}', client_tokens: ['\${A:-}'] }\n`,
    `providers: [{ name: m, headers: { Authorization: 'Bearer \${TOKEN}' }, proxies: direct }]\n`,
    "proxies: { urls: ['http://proxy.example:3128'] }\nwebhooks: [{ name: a, url: 'https://hooks.example/' }]\n",
    "# claude-sonnet-4-20250514, see https://docs.example/api\nmodels: { fast: [main/gpt-4o-mini-2024-07-18] }\n",
    "",
    "# only a comment\n",
  ])("leaves what is no secret: %j", (text) => {
    expect(concealed(text).text).toBe(text);
  });

  test.each([
    ["letters", `# ${"a".repeat(LONG)}`],
    ["words that speak of a key", `# ${"key".repeat(LONG / 3)}`],
    ["spaces before it begins", `#${" ".repeat(LONG)}x`],
    ["spaces behind a field", `# key:${" ".repeat(LONG)}x y`],
    ["quotes that never end", `# ${"key: 'a ".repeat(LONG / 8)}`],
  ])("goes once through a comment of nothing but %s", (_what, comment) => {
    const text = `${comment}\nserver: {}\n`;
    expect(concealed(text).text).toBe(text);
  });

  test("looks for no short header elsewhere, as it may be any word or number", () => {
    const { text } = concealed("providers: [{ name: m, headers: { X-Count: '3' }, max_retries: 3 }]\n");
    expect(text).toMatch(/X-Count: ⟦secret:\w+:\*{4}⟧ }, max_retries: 3 /);
  });

  test("shows the masked form, and of a webhook its host", () => {
    const { text } = concealed(
      "auth: { admin_token: fake-admin-token }\nwebhooks: [{ name: a, url: https://hooks.example/T0/abcdefgh }]\n",
    );
    expect(text).toMatch(/admin_token: ⟦secret:[0-9a-f]{10}:fake\.\.\.oken⟧ /);
    expect(text).toMatch(/url: ⟦secret:[0-9a-f]{10}:https:\/\/hooks\.example\/\*\*\*\*⟧ /);
  });

  test("gives the same secret the same name, whatever else stands in the file", () => {
    const name = (text: string) => concealed(text).text.match(/⟦secret:(\w+)/)?.[1];
    const first = name("auth: { admin_token: fake-admin-token }\n");
    expect(name("server: {}\nauth:\n  admin_token: 'fake-admin-token' # here\n")).toBe(first as string);
    expect(name("auth: { admin_token: fake-admin-other }\n")).not.toBe(first);
  });

  test("hides what is known from elsewhere", () => {
    expect(concealed("# not this: some words\n", ["some words"]).text).not.toContain("some");
  });

  test("hides what looks like a placeholder, so that nothing is taken for one", () => {
    const text = "# ⟦secret:0123456789:a⟧ and ⟧ and secret:0123456789:\nserver: {}\n";
    expect(textAfter(text, (shown) => `${shown}# end\n`)).toBe(`${text}# end\n`);
  });

  test("shows no mask that has a part of the secret", () => {
    expect(concealed("auth: { admin_token: abcd...d...efgh }\n").text).toContain(":****⟧");
  });

  test.each(["a: [", "a: *b\n---\nb: 1\n", "a: b: c\n", "\tx: 1\n"])("shows nothing of what is no YAML: %j", (text) => {
    expect(concealText(text, { redactor: new Redactor(), key: "k" })).toBeUndefined();
  });
});
