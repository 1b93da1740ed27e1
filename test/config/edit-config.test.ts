// One setting changes in the text of a file, and everything else stays as it was written.

import { describe, expect, test } from "bun:test";
import { parse } from "yaml";
import { EXAMPLE, edited, SECRET } from "./edited.ts";

/** `- old` and `+ new` lines of the one place in which two texts differ. */
function difference(before: string, after: string): readonly string[] {
  const [old, next] = [before.split("\n"), after.split("\n")];
  let start = 0;
  while (start < old.length && old[start] === next[start]) start++;
  let end = 0;
  while (end < Math.min(old.length, next.length) - start && old.at(-1 - end) === next.at(-1 - end)) end++;
  return [
    ...old.slice(start, old.length - end).map((line) => `-${line}`),
    ...next.slice(start, next.length - end).map((line) => `+${line}`),
  ];
}

/** The value at a path without quotes and positions. */
function valueAt(text: string, path: string): unknown {
  return path.split(".").reduce((value, name) => value[name], parse(text));
}

describe("set changes only the lines concerned", () => {
  test.each<[path: string, value: string, ...difference: string[]]>([
    ["server.port", "9000", "-  port: 8000 # as always", "+  port: 9000 # as always"],
    ["server.host", "::1", "-  host:   127.0.0.1   # only here", "+  host:   ::1   # only here"],
    ["server.max_body", "1MiB", "+  max_body: 1MiB"],
    ["server.max_body", "1000", "+  max_body: 1000"],
    [
      "auth.admin_token",
      "it's",
      "-  admin_token: 'sk-fake-admin-1' # for reads",
      "+  admin_token: 'it''s' # for reads",
    ],
    ["auth.client_tokens[0]", "x", `-    - \${CLIENT_TOKEN}`, "+    - x"],
    ["auth.client_tokens[2]", "x", "+    - x"],
    [
      "auth.client_tokens.ci.token",
      "x",
      "-    - { name: ci, token: { env: CI_TOKEN } }",
      "+    - { name: ci, token: x }",
    ],
    ["auth.client_tokens.ci", "x", "-    - { name: ci, token: { env: CI_TOKEN } }", "+    - { name: ci, token: x }"],
    [
      "auth.client_tokens.ci",
      "{ file: f }",
      "-    - { name: ci, token: { env: CI_TOKEN } }",
      "+    - { name: ci, token: { file: f } }",
    ],
    [
      "auth.client_tokens.ci",
      "{ token: x }",
      "-    - { name: ci, token: { env: CI_TOKEN } }",
      "+    - { name: ci, token: x }",
    ],
    ["auth.client_tokens.team", "x", "+    - name: team", "+      token: x"],
    ["auth.client_tokens.team", "{ env: X }", "+    - name: team", "+      token: { env: X }"],
    ["providers.deepseek.max_retries", "5", "-    max_retries: 3", "+    max_retries: 5"],
    ["providers[1].max_retries", "5", "-    max_retries: 3", "+    max_retries: 5"],
    ["providers.deepseek.api_keys[0]", `\${K}`, "+    api_keys:", `+      - \${K}`],
    ["providers.deepseek.headers.X-Team", "8000", "+    headers:", '+      X-Team: "8000"'],
    [
      "providers.openai.api_keys.b.weight",
      "2",
      `-    api_keys: ["\${OPENAI_API_KEY}",  {key: sk-fake-2, name: b}]`,
      `+    api_keys: ["\${OPENAI_API_KEY}",  {key: sk-fake-2, name: b, weight: 2}]`,
    ],
    ["providers.deepseek.api_keys", `["\${K}", 'a, b', c]`, `+    api_keys: ["\${K}", "a, b", c]`],
    ["providers.groq", "{}", "+  - name: groq", "+"],
    ["providers.lab", "{ path: l, headers: {A: b} }", "+  - name: lab", "+    path: l", "+    headers: { A: b }", "+"],
    ["models.fast", "[a/b, [c/d]]", "-  fast: [deepseek/chat,openai/gpt]", "+  fast: [a/b, [c/d]]"],
    ["models.fast", "a/b, c/d", "-  fast: [deepseek/chat,openai/gpt]", "+  fast: [a/b, c/d]"],
    ["models.fast[1]", "a/b", "-  fast: [deepseek/chat,openai/gpt]", "+  fast: [deepseek/chat,a/b]"],
    ["models.even[0][1]", "x/y", "-    - [openai/a, deepseek/b]", "+    - [openai/a, x/y]"],
    ["models.even[0]", "x/y", "-    - [openai/a, deepseek/b]", "+    - x/y"],
    ['models."gpt-4.1"', "- a/b\n- c/d", "+  gpt-4.1:", "+    - a/b", "+    - c/d"],
    ["default_provider", "8000", '-default_provider: "openai"', '+default_provider: "8000"'],
    ["logging.level", "debug", "+logging:", "+  level: debug", "+"],
    ["max_retries", "7", "+max_retries: 7"],
    ["timeouts.models.o*.connect", "1s", "+timeouts:", "+  models:", "+    o*:", "+      connect: 1s", "+"],
    ["providers.deepseek.enabled", "off", "+    enabled: false"],
    ["providers.deepseek.enabled", `\${ON}`, `+    enabled: \${ON}`],
  ])("%s %s", (path, value, ...lines) => {
    expect(difference(EXAMPLE, edited(EXAMPLE, path, value).text)).toEqual(lines);
  });
});

describe("unset removes only the lines concerned", () => {
  test.each<[path: string, ...difference: string[]]>([
    ["server.port", "-  port: 8000 # as always"],
    ["auth.admin_token", "-  admin_token: 'sk-fake-admin-1' # for reads"],
    ["auth.client_tokens[0]", `-    - \${CLIENT_TOKEN}`],
    ["auth.client_tokens.ci", "-    - { name: ci, token: { env: CI_TOKEN } }"],
    [
      "auth.client_tokens.ci.name",
      "-    - { name: ci, token: { env: CI_TOKEN } }",
      "+    - { token: { env: CI_TOKEN } }",
    ],
    ["providers.deepseek", "-  - name: deepseek", "-    max_retries: 3"],
    ["providers.deepseek.name", "-  - name: deepseek", "-    max_retries: 3", "+  - max_retries: 3"],
    [
      "providers.openai.api_keys.b",
      `-    api_keys: ["\${OPENAI_API_KEY}",  {key: sk-fake-2, name: b}]`,
      `+    api_keys: ["\${OPENAI_API_KEY}"]`,
    ],
    [
      "providers.openai.models.exclude",
      '-    models: {include: ["*"], exclude: [ "*-preview" ]}',
      '+    models: {include: ["*"]}',
    ],
    ["models.fast", "-  fast: [deepseek/chat,openai/gpt]"],
    ["models.even[0]", "-    - [openai/a, deepseek/b]"],
    ["models.even", "-  even:", "-    - [openai/a, deepseek/b]", "-    - openai/c"],
    ["default_provider", '-default_provider: "openai"', "-"],
  ])("%s", (path, ...lines) => {
    expect(difference(EXAMPLE, edited(EXAMPLE, path).text)).toEqual(lines);
  });
});

describe("paths", () => {
  const DOTTED = `providers:
  - name: a.b
  - name: c
    timeouts:
      models: { gpt-4.1: { connect: 2s } }
`;

  test.each([
    ["providers.a.b.path", "x", "providers[0].path"],
    ['providers."a.b".path', "x", "providers[0].path"],
    ["providers.'a.b'.path", "x", "providers[0].path"],
    ["providers.c.timeouts.models.gpt-4.1.connect", "3s", "providers[1].timeouts.models.gpt-4.1.connect"],
    ['providers.c.timeouts.models."o3.5".connect', "3s", "providers[1].timeouts.models.o3.5.connect"],
    ["providers.c.headers.X.Y", "3", "providers[1].headers.X.Y"],
    ["models.gpt-4.1", "a.b/x", "models.gpt-4.1"],
    ["models.gpt-4.1[0]", "a.b/x", "models.gpt-4.1[0]"],
    ['models."a\\"b]"', "a.b/x", "models.<name of 4 characters>"],
    ["  server.port ", "1", "server.port"],
  ])("%s is the field %s", (path, value, field) => {
    const { changed, path: found } = edited(DOTTED, path, value);
    expect([changed, found]).toEqual([true, field]);
  });
});

describe("values", () => {
  test.each([
    ["server.port", "8000", 8000],
    ["server.port", "abc", "abc"],
    ["server.host", "8000", "8000"],
    ["server.host", "null", "null"],
    ["server.host", "", ""],
    ["server.host", "a: b # c", "a: b # c"],
    ["server.host", " a\nb ", " a\nb "],
    ["server.repair_paths", "no", false],
    ["server.repair_paths", "maybe", "maybe"],
    ["server.max_body", "64MiB", "64MiB"],
    ["server.max_body", "640", 640],
    ["retry.budget", "0.5", 0.5],
    ["server", "port: 1\nhost: '2'", { port: 1, host: "2" }],
    ["auth.client_tokens", "a,b", ["a", "b"]],
    ["auth.client_tokens", "", []],
    ["auth.client_tokens", "[a, { name: b, token: c }]", ["a", { name: "b", token: "c" }]],
    ["auth.client_tokens", "- a\n- b", ["a", "b"]],
    ["auth.admin_token", "{ file: a }", { file: "a" }],
    ["auth.admin_token", "true", "true"],
    ["models.a", "[x/y, [z/y]]", ["x/y", ["z/y"]]],
    ["timeouts.models", "{ '*': { connect: 1s } }", { "*": { connect: "1s" } }],
  ])("%s %j is %p", (path, text, value) => {
    for (const file of ["", '{ "auth": {} }', "# a\r\nserver: {}\r\nauth:\r\n\r\n"]) {
      expect(valueAt(edited(file, path, text).text, path)).toEqual(value);
    }
  });
});

describe("what is already there is not written", () => {
  test.each([
    ["server.port", "8000"],
    ["auth.client_tokens.ci", "{ token: { env: CI_TOKEN } }"],
    ["auth.client_tokens.ci", "{ env: CI_TOKEN }"],
    ["auth.client_tokens.ci.token", "{ env: CI_TOKEN }"],
    ["auth.admin_token", "sk-fake-admin-1"],
    ["models.fast", "deepseek/chat, openai/gpt"],
    ["models.even", "- [openai/a, deepseek/b]\n- openai/c"],
    ["providers.openai.models", "include: ['*']\nexclude: ['*-preview']"],
    ["server.max_body", undefined],
    ["logging.level", undefined],
    ["logging", undefined],
    ["models.other", undefined],
    ["providers.deepseek.timeouts.connect", undefined],
  ])("%s %s", (path, value) => {
    const { text, changed, hasEffectAtStart } = edited(EXAMPLE, path, value);
    expect([text, changed, hasEffectAtStart]).toEqual([EXAMPLE, false, false]);
  });

  test("an alias of the same value, a number in another notation, a provider that has only its name", () => {
    const text = "a: &a { connect: 1s }\ntimeouts: *a\nmax_retries: 0x3\nproviders: [{ name: b }]\n";
    expect(edited(text, "timeouts", "{ connect: 1s }").changed).toBe(false);
    expect(edited(text, "max_retries", "3").changed).toBe(false);
    expect(edited(text, "providers.b", "{}").changed).toBe(false);
  });

  test("another order or kind is a change", () => {
    const text = 'timeouts: { models: { a: {}, b: {} } }\nserver: { port: "1" }\n';
    expect(edited(text, "timeouts.models", "{ b: {}, a: {} }").changed).toBe(true);
    expect(edited(text, "server.port", "1").changed).toBe(true);
    expect(edited("a: &a [b/c]\nmodels: { d: *a }\n", "models", "{ d: null }").changed).toBe(true);
  });
});

describe("the result says", () => {
  test.each<[path: string, value: string | undefined, isSecret: boolean]>([
    ["server.port", "1", false],
    ["auth.admin_token", SECRET, true],
    ["auth.admin_token", "{ env: X }", false],
    ["auth.admin_token", undefined, true],
    ["auth.client_tokens", "a,b", true],
    ["auth.client_tokens", "[]", false],
    ["auth.client_tokens.ci", undefined, false],
    ["auth.client_tokens.ci.name", "x", false],
    ["auth.client_tokens.new", SECRET, true],
    ["auth", "{ allow_query_key: true }", false],
    ["auth", "{ admin_token: a }", true],
    ["providers.openai", undefined, true],
    ["providers.deepseek", undefined, false],
    ["providers.openai.api_keys.b.key", "{ file: x }", false],
    ["providers.openai.api_keys.b.weight", "2", false],
    ["providers.openai.api_keys.b.headers.X", "2", true],
    ["providers.openai.custom_headers.X", "2", true],
    ["providers.openai.auth_header", "X", false],
  ])("whether %s %s is secret: %p", (path, value, isSecret) => {
    expect(edited(EXAMPLE, path, value).isSecret).toBe(isSecret);
  });

  test("an alias in the place of a secret is one", () => {
    expect(edited("a: &a [x]\nauth: { admin_token: *a }\n", "auth.admin_token").isSecret).toBe(true);
  });

  test.each<[path: string, value: string | undefined, hasEffectAtStart: boolean]>([
    ["server.port", "1", true],
    ["server.host", undefined, true],
    ["server", undefined, true],
    ["server", "{ host: 127.0.0.1, port: 8000 }", false],
    ["server", "{ host: 127.0.0.1, port: 8001 }", true],
    ["server.max_body", "1MiB", false],
    ["auth.admin_token", "x", false],
  ])("whether %s %s waits for a start: %p", (path, value, hasEffectAtStart) => {
    expect(edited(EXAMPLE, path, value).hasEffectAtStart).toBe(hasEffectAtStart);
  });
});
