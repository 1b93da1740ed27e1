// One setting changes in the text of a file, and everything else stays as it was written.

import { describe, expect, test } from "bun:test";
import { parse } from "yaml";
import { edited, refusal } from "./edited.ts";

const SECRET = "sk-fake-secret-1";

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

const EXAMPLE = `# A file by hand.
server:
  host:   127.0.0.1   # only here
  port: 8000 # as always

auth:
  client_tokens:
    - \${CLIENT_TOKEN}
    - { name: ci, token: { env: CI_TOKEN } }
  admin_token: 'sk-fake-admin-1' # for reads

providers:
  - name: openai
    api_keys: ["\${OPENAI_API_KEY}",  {key: sk-fake-2, name: b}]
    models: {include: ["*"], exclude: [ "*-preview" ]}

  # The cheap one.
  - name: deepseek
    max_retries: 3

models:
  fast: [deepseek/chat,openai/gpt]
  # the rest
  even:
    - [openai/a, deepseek/b]
    - openai/c

default_provider: "openai"
`;

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
  test.each([
    ["server.prot", "server.prot: unknown field, did you mean port"],
    ["sever.port", "sever: unknown field, did you mean server"],
    [
      "providers.openai.max_retry",
      "providers[0].max_retry: unknown field, did you mean max_retries; a name with dots is written in quotes",
    ],
    ["providers[0].zzz.a", "providers[0].zzz: unknown field, known are name, path, "],
    ["server.port.x", "server.port.x: unknown field, server.port has none"],
    ["models.fast[0].x", "models.fast[0].x: a list, whose items are written models.fast[0][0]"],
    ['models."a".b', "models.a.b: a list, whose items are written models.a[0]"],
    ['models.a."b"', "models.a.b: a list, whose items are written models.a[0]"],
    ['providers."deepseek.x".path', "providers.deepseek.x: there is no provider of this name"],
    ["auth.client_tokens[0].zzz", "auth.client_tokens[0].zzz: unknown field, known are env, file, name, token"],
    ["server[0]", "server: is no list"],
    ["providers[3].path", "providers[3]: the list has 2 items"],
    ["providers[2].path", "providers[2]: the list has 2 items"],
    ["auth.client_tokens[9]", "auth.client_tokens[9]: the list has 2 items"],
    [
      "providers.groq.path",
      "providers.groq: there is no provider of this name; openai-balance config set providers.groq {} adds it",
    ],
    [
      "providers.deepsek.path",
      "providers.deepsek: there is no provider of this name, did you mean deepseek; openai-balance config set providers.deepsek {} adds it",
    ],
    [
      "providers.0.path",
      "providers.0: there is no provider of this name, by position it is providers[0]; openai-balance config set providers.0 {} adds it",
    ],
    [
      "auth.client_tokens.cd.name",
      "auth.client_tokens.cd: there is no item of this name, did you mean ci; openai-balance config set auth.client_tokens.cd SECRET adds it",
    ],
    [
      "providers.openai.api_keys.a.weight",
      "providers.openai.api_keys.a: there is no item of this name, did you mean b; openai-balance config set providers.openai.api_keys.a SECRET adds it",
    ],
    ["sk-fake-secret-1", "<name of 16 characters>: unknown field, known are server, auth"],
    ["providers.sk-fake-secret-1.path", "providers.<name of 16 characters>: there is no provider of this name"],
    ...[
      "",
      ".",
      "server.",
      ".server",
      "server..port",
      "[0]",
      "server port",
      'models."a',
      'models.""',
      "providers[x]",
      "providers[0]name",
    ].map((path) => [path, "expected a path such as server.port"] as const),
  ])("%j is refused", (path, message) => {
    for (const value of ["1", undefined]) expect(refusal(EXAMPLE, path, value)).toStartWith(message);
  });

  test.each([
    ["providers.grok", "providers.grok: there is no provider of this name"],
    ["providers[2]", "providers[2]: the list has 2 items"],
    ["auth.client_tokens[2]", "auth.client_tokens[2]: the list has 2 items"],
  ])("%s cannot be unset", (path, message) => {
    expect(refusal(EXAMPLE, path)).toStartWith(message);
  });

  const DOTTED = `providers:
  - name: a.b
  - name: c
    timeouts:
      models: { gpt-4.1: { connect: 2s } }
`;

  test("what stands after a quoted name is no part of it", () => {
    expect(refusal(DOTTED, 'providers."a".b.path', "x")).toStartWith("providers.a: there is no provider of this name");
  });

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

  test("a name that two items have is refused", () => {
    const text = "providers:\n  - name: a\n  - name: a\n";
    expect(refusal(text, "providers.a.path", "x")).toBe(
      "providers.a: two items have this name, write the position [0] in its place",
    );
  });
});

describe("values", () => {
  const MAP = "expected a map such as { name: value }, got";
  const LIST = "expected a list such as [first, second], got";
  const NO_YAML = "text that is no plain YAML; special characters need quotes";

  test.each([
    ["server", `{ host: ${SECRET}`, `server: ${MAP} ${NO_YAML}`],
    ["server", SECRET, `server: ${MAP} a string of 16 characters`],
    ["server", "", `server: ${MAP} nothing`],
    ["server", `[${SECRET}]`, `server: ${MAP} a list of 1 item`],
    ["server", `port: 1\nport: ${SECRET}`, `server: ${MAP} ${NO_YAML}`],
    ["server", `{ __proto__: ${SECRET} }`, `server: ${MAP} ${NO_YAML}`],
    ["server", `{ [${SECRET}]: 1 }`, `server: ${MAP} ${NO_YAML}`],
    ["server", `!${SECRET} { port: 1 }`, `server: ${MAP} ${NO_YAML}`],
    ["models", `{ a: &x [${SECRET}], b: *x }`, `models: ${MAP} ${NO_YAML}`],
    ["models.fast", `[${SECRET}`, `models.fast: ${LIST} ${NO_YAML}`],
    ["models.fast", `[*${SECRET}]`, `models.fast: ${LIST} ${NO_YAML}`],
    ["models.fast", `{ a: ${SECRET} }`, `models.fast: ${LIST} a string of 23 characters`],
    ["providers", SECRET, `providers: ${LIST} a string of 16 characters`],
    ["auth.admin_token", `{${SECRET}`, `auth.admin_token: ${MAP} ${NO_YAML}`],
    ["providers.deepseek", SECRET, `providers[1]: ${MAP} a string of 16 characters`],
    [
      "providers.new",
      `{ name: ${SECRET} }`,
      "providers[2]: expected a map whose name is the one of the path, or has none",
    ],
    ["providers.deepseek", "{}", "providers[1]: is there already and has settings, unset it to start anew"],
  ])("%s cannot be %j, and the message does not quote it", (path, value, message) => {
    expect(refusal(EXAMPLE, path, value)).toBe(message);
  });

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

describe("what cannot be changed in one place is refused", () => {
  const SHARED = "is shared by an alias, what changes here would change there; edit the file itself";
  const TEXT = `timeouts: &t { connect: &c 1s }
health: { max_cooldown: *c }
providers:
  - &p
    name: a
    timeouts: *t
  - name: b
    timeouts: { <<: *t, connect: 2s }
  - *p
`;

  test.each([
    ["timeouts.connect", `timeouts: ${SHARED}`],
    ["timeouts", `timeouts: ${SHARED}`],
    ["providers[0].timeouts.connect", `providers[0]: ${SHARED}`],
    ["providers[0].path", `providers[0]: ${SHARED}`],
    ["providers[2].path", `providers[2]: ${SHARED}`],
    ["providers", `providers: ${SHARED}`],
    [
      "providers.b.timeouts.connect",
      "providers[1].timeouts: has a merge key (<<), which a configuration does not know; edit the file itself",
    ],
  ])("%s", (path, message) => {
    const value = path === "timeouts" ? "{}" : path === "providers" ? "[]" : "9s";
    expect(refusal(TEXT, path, value)).toBe(message);
    expect(refusal(TEXT, path)).toBe(message);
  });

  test.each([
    ["x: &x [{ name: a }]\nproviders: *x\n", "providers.a.path", `providers: ${SHARED}`],
    ["x: &x { name: a }\nproviders: [*x]\n", "providers.a.path", `providers[0]: ${SHARED}`],
  ])("%j, where %s is found by its name", (text, path, message) => {
    expect(refusal(text, path, "b")).toBe(message);
  });

  test("an alias itself can be replaced, and what no alias refers to can be changed", () => {
    expect(edited(TEXT, "health.max_cooldown", "2h").text).toBe(TEXT.replace("*c }", "2h }"));
    expect(edited(TEXT, "providers.b.path", "c").text).toBe(
      TEXT.replace("connect: 2s }\n", "connect: 2s }\n    path: c\n"),
    );
  });

  test.each([
    "a: [",
    "a: 1\na: 2\n",
    "server: { port: 1, port: 2 }\n",
    "a: 1\n---\nb: 1\n",
    "server:\n\tport: 1\n",
    "a: 'x\n",
    "a: !unknown x\n",
  ])("the file %j", (text) => {
    const message = "the file cannot be parsed; run openai-balance config check";
    expect([refusal(text, "server.port", "1"), refusal(text, "server.port")]).toEqual([message, message]);
  });

  test.each(["- a\n", "a\n", "5\n"])("the file %j that is no map", (text) => {
    expect(refusal(text, "server.port", "1")).toBe("the file is no plain map of settings; edit the file itself");
  });

  test.each([
    ["server: 5\n", "server: is no map in the file, set it as a whole"],
    ["server: [1]\n", "server: is no map in the file, set it as a whole"],
  ])("a setting inside of %j", (text, message) => {
    expect(refusal(text, "server.port", "1")).toBe(message);
  });

  test("an item of a list that is none, and a field of a secret", () => {
    expect(refusal("providers: { a: 1 }\n", "providers[0]", "{}")).toBe(
      "providers: is no list in the file, set it as a whole",
    );
    expect(refusal(EXAMPLE, "auth.admin_token.env", "X")).toBe(
      "auth.admin_token: is no map in the file, set it as a whole",
    );
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
