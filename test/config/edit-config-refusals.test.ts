// Edits that are refused, what is said about them, and that no value is quoted.

import { describe, expect, test } from "bun:test";
import { EXAMPLE, edited, refusal, SECRET } from "./edited.ts";

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

  test("a name that two items have is refused", () => {
    const text = "providers:\n  - name: a\n  - name: a\n";
    expect(refusal(text, "providers.a.path", "x")).toBe(
      "providers.a: two items have this name, write the position [0] in its place",
    );
  });

  test("what stands after a quoted name is no part of it", () => {
    expect(refusal("providers:\n  - name: a.b\n", 'providers."a".b.path', "x")).toStartWith(
      "providers.a: there is no provider of this name",
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
