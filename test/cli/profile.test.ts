// `profile`: where tokens are kept, that they are shown nowhere, and which daemon commands then act on.
import { describe, expect, test } from "bun:test";
import { existsSync, readFileSync, statSync } from "node:fs";
import { Interrupted } from "../../src/cli/cli-context.ts";
import { fakeSecret, leakIn } from "../fixture/secrets.ts";
import { ANSWERS } from "./daemon-answers.ts";
import { FakeTerminal } from "./fake-terminal.ts";

const TOKEN = fakeSecret("admin");
const FILE = "home/.config/openai-balance/profiles.json";

/** A daemon behind HTTP that answers `status` to whoever shows the token. */
function gateway(token = TOKEN) {
  const asked: string[] = [];
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: (request) => {
      asked.push(new URL(request.url).pathname);
      if (request.headers.get("authorization") === `Bearer ${token}`) return Response.json(ANSWERS.status);
      return Response.json({ error: { message: "Wrong token" } }, { status: 401 });
    },
  });
  const stop = () => server.stop(true);
  return { url: `http://127.0.0.1:${server.port}`, asked, [Symbol.asyncDispose]: stop };
}

describe("profile add", () => {
  test("asks for the token without echo, and keeps it encrypted, for its owner only", async () => {
    await using daemon = gateway();
    using terminal = new FakeTerminal();
    const add = ["profile", "add", "prod", `${daemon.url}/`];
    const added = await terminal.run(add, { isTerminal: true, columns: 80, answers: [TOKEN] });
    expect(terminal.questions).toEqual(["Admin token (it is not shown):"]);
    expect(added).toMatchObject({ exitCode: 0, err: "" });
    expect(added.out).toBe(
      "Added prod. To ask it once, or from now on:\n  openai-balance health --profile prod\n  openai-balance profile use prod\n",
    );
    expect(statSync(terminal.path(FILE)).mode & 0o777).toBe(0o600);
    expect(leakIn(added.out + readFileSync(terminal.path(FILE), "utf8"))).toBeUndefined();
    expect(await terminal.run(["status", "--profile", "prod"])).toMatchObject({ exitCode: 0, err: "" });
  });

  test.each([
    ["standard input", [], `${TOKEN}\n`, {}],
    ["a variable", ["--token-env", "PROD_TOKEN"], undefined, { PROD_TOKEN: TOKEN }],
    ["a file", ["--token-file", "token"], undefined, {}],
  ])("takes the token from %s", async (_case, more, stdin, env) => {
    await using daemon = gateway();
    using terminal = new FakeTerminal();
    terminal.write("token", `${TOKEN}\n`);
    const added = await terminal.run(["profile", "add", "prod", daemon.url, ...more], { ...(stdin && { stdin }) });
    expect(added).toMatchObject({ exitCode: 0, err: "" });
    expect(leakIn(terminal.read(FILE))).toBeUndefined();
    expect(await terminal.run(["status", "--profile", "prod"], { env })).toMatchObject({ exitCode: 0 });
  });

  test("says that it replaced one of the same name", async () => {
    using terminal = new FakeTerminal();
    const add = (url: string) => terminal.run(["profile", "add", "prod", url, "--token-env", "T"]);
    expect((await add("https://one.example")).out).toStartWith("Added prod.");
    expect((await add("https://two.example")).out).toStartWith("Replaced prod.");
    expect(JSON.parse((await terminal.run(["profile", "list", "--json"])).out).profiles).toEqual([
      { name: "prod", url: "https://two.example", token: "in $T", current: false },
    ]);
  });

  test("Ctrl-C at the question ends with 130, and saves nothing", async () => {
    using terminal = new FakeTerminal();
    const answers = [new Interrupted("Ctrl-C")];
    const add = ["profile", "add", "prod", "https://gateway.example"];
    expect(await terminal.run(add, { isTerminal: true, answers })).toEqual({ exitCode: 130, out: "", err: "" });
    expect((await terminal.run(["profile", "list"])).err).toStartWith("There is no profile.");
  });

  test.each(["__proto__", "local", ".", "-x", "a b", "x".repeat(65), ""])("takes no name like %p", async (name) => {
    using terminal = new FakeTerminal();
    const add = ["profile", "add", "--token-env", "T", "--", name, "https://gateway.example"];
    const { exitCode, err } = await terminal.run(add);
    expect([exitCode, err]).toEqual([2, expect.stringContaining("Cannot use the name")]);
  });

  test("says why the token cannot be saved", async () => {
    using terminal = new FakeTerminal();
    terminal.write("home/.local", "a file");
    const add = ["profile", "add", "prod", "https://gateway.example"];
    const { exitCode, err } = await terminal.run(add, { stdin: TOKEN });
    expect(exitCode).toBe(1);
    expect(err).toStartWith("Cannot save the token: it is encrypted with the master key in ");
    expect(leakIn(err)).toBeUndefined();
  });
});

describe("which daemon a command acts on", () => {
  test("the profile in use, until another is named", async () => {
    await using prod = gateway();
    await using stage = gateway();
    using terminal = new FakeTerminal();
    const env = { T: TOKEN };
    for (const [name, { url }] of Object.entries({ prod, stage }))
      await terminal.run(["profile", "add", name, url, "--token-env", "T"]);
    const used = await terminal.run(["profile", "use", "prod"]);
    expect(used.out).toBe(`Commands act on prod, ${prod.url}, unless --profile local is given\n`);
    await terminal.run(["status"], { env });
    await terminal.run(["status", "--profile", "stage"], { env });
    await terminal.run(["status"], { env: { ...env, OPENAI_BALANCE_PROFILE: "stage" } });
    expect([prod.asked.length, stage.asked.length]).toEqual([1, 2]);
    for (const more of [
      ["--profile", "local"],
      ["--data-dir", "data"],
    ])
      expect(await terminal.run(["status", ...more], { env })).toMatchObject({ exitCode: 3 });
    const elsewhere = { ...env, OPENAI_BALANCE_DATA_DIR: "data" };
    expect(await terminal.run(["status"], { env: elsewhere })).toMatchObject({ exitCode: 3 });
    expect((await terminal.run(["profile", "list"])).out).toMatch(/^prod .* in use$/m);
    expect((await terminal.run(["profile", "remove", "prod"])).out).toBe(
      "Removed prod, commands act on this machine again\n",
    );
    expect(await terminal.run(["status"], { env })).toMatchObject({ exitCode: 3 });
    expect([prod.asked.length, stage.asked.length]).toEqual([1, 2]);
  });

  test("profile use local goes back to this machine", async () => {
    using terminal = new FakeTerminal();
    await terminal.run(["profile", "add", "prod", "https://prod.example", "--token-env", "T"]);
    await terminal.run(["profile", "use", "prod"]);
    expect((await terminal.run(["profile", "use", "local"])).out).toBe("Commands act on this machine\n");
    expect(await terminal.run(["status"])).toMatchObject({ exitCode: 3 });
  });

  test("--url goes before every variable and profile", async () => {
    await using prod = gateway();
    using terminal = new FakeTerminal();
    const env = {
      OPENAI_BALANCE_TOKEN: TOKEN,
      OPENAI_BALANCE_URL: "https://nowhere.example",
      OPENAI_BALANCE_PROFILE: "x",
    };
    expect(await terminal.run(["status", "--url", prod.url], { env })).toMatchObject({ exitCode: 0 });
    expect(await terminal.run(["status"], { env: { ...env, OPENAI_BALANCE_URL: prod.url } })).toMatchObject({
      exitCode: 0,
    });
  });
});

describe("a token that cannot be used is told, never shown", () => {
  test.each([
    ["a variable that is not set", ["--token-env", "T"], /its token is in T, which is not set/],
    ["a file that is not there", ["--token-file", "gone"], /Cannot read the token in .*gone: it does not exist/],
    ["an empty file", ["--token-file", "empty"], /the file is empty/],
  ])("%s", async (_case, more, message) => {
    using terminal = new FakeTerminal();
    terminal.write("empty", "\n");
    await terminal.run(["profile", "add", "prod", "https://prod.example", ...more]);
    const { exitCode, err } = await terminal.run(["status", "--profile", "prod"]);
    expect(exitCode).toBe(2);
    expect(err).toMatch(message);
  });

  test.each(["two\nlines", "\u043a\u043b\u044e\u0447"])("one that no header can carry: %j", async (token) => {
    using terminal = new FakeTerminal();
    const err = "Cannot use the admin token: expected one line of printable ASCII characters\n";
    const added = await terminal.run(["profile", "add", "prod", "https://prod.example"], { stdin: token });
    expect(added).toEqual({ exitCode: 2, out: "", err });
    expect(existsSync(terminal.path(FILE))).toBe(false);
    const env = { OPENAI_BALANCE_TOKEN: token };
    const asked = await terminal.run(["status", "--url", "https://prod.example"], { env });
    expect(asked).toEqual({ exitCode: 2, out: "", err });
  });

  test("one in the place of its variable's name is not saved", async () => {
    using terminal = new FakeTerminal();
    const add = ["profile", "add", "prod", "https://prod.example", "--token-env", "admin-0123456789abcdef"];
    expect(await terminal.run(add)).toEqual({
      exitCode: 2,
      out: "",
      err: "Cannot use --token-env: expected the name of a variable, not the token itself\n",
    });
    expect(existsSync(terminal.path(FILE))).toBe(false);
  });

  test("one that was encrypted with another master key", async () => {
    using terminal = new FakeTerminal();
    await terminal.run(["profile", "add", "prod", "https://prod.example"], { stdin: TOKEN });
    const env = { OPENAI_BALANCE_MASTER_KEY: Buffer.alloc(32, 7).toString("base64") };
    const { exitCode, err } = await terminal.run(["status", "--profile", "prod"], { env });
    expect(exitCode).toBe(2);
    expect(err).toStartWith("Cannot open the token of profile prod: it was encrypted with another master key; ");
  });

  test("one that was moved to another address does not open there", async () => {
    await using thief = gateway();
    using terminal = new FakeTerminal();
    await terminal.run(["profile", "add", "prod", "https://prod.example"], { stdin: TOKEN });
    terminal.write(FILE, terminal.read(FILE).replace("https://prod.example", thief.url));
    expect(await terminal.run(["status", "--profile", "prod"])).toMatchObject({ exitCode: 2, out: "" });
    expect(thief.asked).toEqual([]);
  });

  test("one that the daemon refuses", async () => {
    await using daemon = gateway(fakeSecret("another"));
    using terminal = new FakeTerminal();
    const env = { OPENAI_BALANCE_TOKEN: TOKEN };
    const { exitCode, err } = await terminal.run(["status", "--url", daemon.url], { env });
    expect({ exitCode, err }).toEqual({ exitCode: 1, err: `${daemon.url} refuses the admin token\n` });
  });

  test("a redirect is not followed: it would take the token elsewhere", async () => {
    await using elsewhere = gateway();
    await using server = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      fetch: () => Response.redirect(elsewhere.url, 307),
    });
    using terminal = new FakeTerminal();
    const env = { OPENAI_BALANCE_TOKEN: TOKEN };
    expect(await terminal.run(["status", "--url", `http://127.0.0.1:${server.port}`], { env })).toMatchObject({
      exitCode: 3,
    });
    expect(elsewhere.asked).toEqual([]);
  });
});

test.each([
  ["no JSON", "torn", 1, /Cannot read the profiles in .*profiles\.json: it is no JSON/],
  ["another form", '{"profiles":{"a":{"url":1}}}', 2, /Cannot use the profiles in .*profiles\.json: profiles\.a/],
])("a file of profiles with %s is told, and left as it is", async (_case, text, exitCode, message) => {
  using terminal = new FakeTerminal();
  terminal.write(FILE, text);
  const printed = await terminal.run(["profile", "add", "b", "https://b.example", "--token-env", "T"]);
  expect(printed.exitCode).toBe(exitCode);
  expect(printed.err).toMatch(message);
  expect(terminal.read(FILE)).toBe(text);
});

test("an unknown profile has a suggestion", async () => {
  using terminal = new FakeTerminal();
  await terminal.run(["profile", "add", "production", "https://prod.example", "--token-env", "T"]);
  for (const args of [
    ["status", "--profile", "prodcution"],
    ["profile", "use", "prodcution"],
    ["profile", "remove", "prodcution"],
  ])
    expect(await terminal.run(args)).toEqual({
      exitCode: 2,
      out: "",
      err: "There is no profile prodcution: did you mean production\n",
    });
});
