// `config check`, `show`, `path` and `schema`, and what `--env-file` and `--demo` read.
import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { FakeTerminal } from "./fake-terminal.ts";

const KEY = "sk-fake-0123456789abcdef";
const TOKEN = "fake-client-token-0001";
const HEADER = "fake-header-value-0001";
const CONFIG = `auth:
  client_tokens: [${TOKEN}]
providers:
  - name: openai
    api_keys: ["\${KEY}"]
    headers: { X-Team: ${HEADER} }
`;
const WRONG = "server: { prot: 1 }\nproviders:\n  - { name: x, base_url: sk-fake-wrong-place }\n";

describe("config check", () => {
  test("says that a good file is valid, and what is in it", async () => {
    using terminal = new FakeTerminal();
    terminal.write("config.yaml", CONFIG);
    const { exitCode, out, err } = await terminal.run(["config", "check"], { env: { KEY } });
    expect({ exitCode, err }).toEqual({ exitCode: 0, err: "" });
    expect(out).toEndWith("config.yaml is valid (providers: 1, keys: 1, model names: 0)\n");
  });

  test("prints all problems at once, without a value, and ends with 2", async () => {
    using terminal = new FakeTerminal();
    terminal.write("wrong.yaml", WRONG);
    const { exitCode, out, err } = await terminal.run(["config", "check", "-c", "wrong.yaml"]);
    expect({ exitCode, out }).toEqual({ exitCode: 2, out: "" });
    expect(err).toContain("error wrong.yaml:1:11 server.prot: unknown field, did you mean port\n");
    expect(err).toContain("error wrong.yaml:3:16 providers[0].base_url: ");
    expect(err).toEndWith("Cannot use the configuration: 2 errors\n");
    expect(err).not.toContain("wrong-place");
  });

  test("prints JSON for programs", async () => {
    using terminal = new FakeTerminal();
    terminal.write("config.yaml", WRONG);
    const { exitCode, out } = await terminal.run(["config", "check", "--json"]);
    expect(exitCode).toBe(2);
    expect(JSON.parse(out).ok).toBe(false);
    expect(JSON.parse(out).diagnostics).toContainEqual({
      severity: "error",
      source: "config.yaml:1:11",
      path: "server.prot",
      message: "unknown field, did you mean port",
    });
  });

  test.each([
    [["--no-color"], {}, false],
    [[], { NO_COLOR: "1" }, false],
    [[], { TERM: "dumb" }, false],
    [[], {}, true],
  ])("colours a terminal: %p %p", async (flags, env, isColored) => {
    using terminal = new FakeTerminal();
    terminal.write("config.yaml", WRONG);
    const { err } = await terminal.run(["config", "check", ...flags], { env, isTerminal: true });
    expect(err.includes("\u001b[")).toBe(isColored);
  });
});

test("config check paints errors red and warnings yellow", async () => {
  using terminal = new FakeTerminal();
  terminal.write("config.yaml", "providers: [{ name: groq }]");
  terminal.write("wrong.yaml", WRONG);
  const warned = await terminal.run(["config", "check"], { isTerminal: true });
  expect(warned.err).toContain("\x1b[33mwarning\x1b[39m config.yaml:1:13 providers[0]: ");
  const refused = await terminal.run(["config", "check", "-c", "wrong.yaml"], { isTerminal: true });
  expect(refused.err).toContain("\x1b[31merror\x1b[39m wrong.yaml:1:11 server.prot: ");
});

describe("config show", () => {
  test.each([[["--origin"]], [["--json"]], [["--json", "--origin"]], [[]]])("masks every secret: %p", async (flags) => {
    using terminal = new FakeTerminal();
    terminal.write("config.yaml", CONFIG);
    const { exitCode, out } = await terminal.run(["config", "show", ...flags], { env: { KEY } });
    expect(exitCode).toBe(0);
    expect(out).toContain("sk-f...cdef");
    for (const secret of [KEY, TOKEN, HEADER]) expect(out).not.toContain(secret);
  });

  test("names the origin of each value", async () => {
    using terminal = new FakeTerminal();
    terminal.write("config.yaml", CONFIG);
    const env = { KEY, OPENAI_BALANCE_SERVER__PORT: "9000" };
    const { out } = await terminal.run(["config", "show", "--origin"], { env });
    expect(out).toMatch(/^ {2}port: 9000 +# OPENAI_BALANCE_SERVER__PORT$/m);
    expect(out).toMatch(/^ {2}- name: openai +# config.yaml:4:5$/m);
    expect(out).toMatch(/^ {4}base_url: https:.* +# preset openai$/m);
    const json = JSON.parse((await terminal.run(["config", "show", "--origin", "--json"], { env })).out);
    expect(json.values.server.port).toBe(9000);
    expect(json.origins["server.port"]).toBe("OPENAI_BALANCE_SERVER__PORT");
  });

  test("shows nothing of a wrong configuration", async () => {
    using terminal = new FakeTerminal();
    terminal.write("config.yaml", WRONG);
    const { exitCode, out, err } = await terminal.run(["config", "show"]);
    expect({ exitCode, out }).toEqual({ exitCode: 2, out: "" });
    expect(err).toContain("server.prot");
  });
});

test("config path prints the file that is read, and ends with 1 when there is none", async () => {
  using terminal = new FakeTerminal();
  expect((await terminal.run(["config", "path"])).exitCode).toBe(1);
  terminal.write("config.yaml", CONFIG);
  expect((await terminal.run(["config", "path"])).out).toBe(`${join(terminal.folder, "config.yaml")}\n`);
  expect((await terminal.run(["config", "path", "-c", "x.yaml"])).out).toBe(`${join(terminal.folder, "x.yaml")}\n`);
});

test("config schema prints a JSON Schema of what may be written", async () => {
  using terminal = new FakeTerminal();
  const { exitCode, out } = await terminal.run(["config", "schema"]);
  expect(exitCode).toBe(0);
  expect(JSON.parse(out)).toMatchObject({ type: "object", properties: { server: { type: "object" } } });
  expect(JSON.parse(out).required ?? []).toEqual([]);
});

test("--env-file adds variables; those of the environment win", async () => {
  using terminal = new FakeTerminal();
  terminal.write(".env", "OPENAI_BALANCE_SERVER__PORT=9000\nOPENAI_BALANCE_LOGGING__LEVEL=debug\n");
  const show = ["config", "show", "--json"];
  const env = { OPENAI_BALANCE_SERVER__PORT: "9001" };
  const { out } = await terminal.run([...show, "--env-file", ".env"], { env });
  expect(JSON.parse(out)).toMatchObject({ server: { port: 9001 }, logging: { level: "debug" } });
  expect(JSON.parse((await terminal.run(show)).out)).toMatchObject({ server: { port: 8000 } });
});
