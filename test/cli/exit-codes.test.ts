// The exit code of every command, for what it may meet.
import { describe, expect, test } from "bun:test";
import { EXIT } from "../../src/core/exit-codes.ts";
import { COMMANDS, runCase } from "./command-cases.ts";
import { ANSWERS, listed } from "./daemon-answers.ts";
import { type Answers, Hang, Refusal } from "./fake-daemon.ts";
import { FakeTerminal } from "./fake-terminal.ts";

const REMOTE = Object.entries(COMMANDS).filter(([, { isRemote }]) => isRemote);

/** The name in `COMMANDS`, what the daemon answers in place of the usual, more arguments. */
type Row = readonly [name: string, answers: Answers, more: readonly string[]];

async function exitCodeOf([name, answers, more]: Row): Promise<number> {
  return (await runCase(name, { daemon: { ...ANSWERS, ...answers }, more })).exitCode;
}

const HEALTHY: Answers = { health: { healthy: true, providers: [], keys: [] } };
const TESTED = { provider: "openai", is_ok: true, outcome: "ok", latency_ms: 1, total: 1 };
const CHECKED = { id: "9f3d2c1b0a99", name: "x", masked: "****", provider: "openai" };

describe("0: done", () => {
  test.each<Row>([
    ["health", HEALTHY, []],
    ["test", { test: [TESTED] }, []],
    ["keys test", { test: [TESTED] }, []],
    ["keys test", { test: [] }, ["--status", "invalid"]],
    ["keys list", { "keys.list": listed([], 0) }, []],
    ["keys remove", { "keys.remove": { removed: [], refused: [] } }, []],
    ["providers", { providers: { providers: [] } }, []],
    ["models", { models: { models: [], unavailable: [] } }, []],
    ["logs list", { "logs.list": { records: [], recording: true } }, []],
    ["logs list", { "daemon.log": [] }, ["--daemon"]],
  ])("%s %j %j", async (name, answers, more) => {
    expect(await exitCodeOf([name, answers, more])).toBe(EXIT.ok);
  });
});

describe("1: failed", () => {
  test.each<Row>([["keys remove", {}, []]])("%s %j %j", async (name, answers, more) => {
    expect(await exitCodeOf([name, answers, more])).toBe(EXIT.failed);
  });

  test.each([
    [["config", "path"], {}],
    [["init", "--config", "there.yaml"], {}],
    [["keys", "export", "there.yaml"], {}],
    [["profile", "list"], { "home/.config/openai-balance/profiles.json": "no JSON" }],
  ])("%j", async (args, files) => {
    using terminal = new FakeTerminal();
    for (const [name, text] of Object.entries({ "there.yaml": "x", ...files })) terminal.write(name, text);
    expect((await terminal.run(args)).exitCode).toBe(EXIT.failed);
  });

  test.each(REMOTE)("%s: the daemon failed", async (name) => {
    const daemon = refusing("it failed", EXIT.failed);
    const { exitCode, out, err } = await runCase(name, { daemon });
    expect({ exitCode, out, err }).toEqual({ exitCode: EXIT.failed, out: "", err: "it failed\n" });
  });
});

describe("2: wrong arguments, or a wrong configuration", () => {
  test.each(REMOTE)("%s: the daemon takes them for wrong", async (name) => {
    const { exitCode, out } = await runCase(name, { daemon: refusing("such a thing is unknown", EXIT.usage) });
    expect({ exitCode, out }).toEqual({ exitCode: EXIT.usage, out: "" });
  });

  test.each<Row>([
    ["reload", { reload: { ok: false, changes: [], diagnostics: ["config.yaml:1:1 wrong"] } }, []],
    ["logs list", {}, ["--status", "never"]],
    ["logs list", {}, ["--limit", "-1"]],
    ["logs list", {}, ["--limit", "many"]],
    ["logs list", {}, ["--since", "yesteryear"]],
    ["logs clear", {}, ["--all"]],
    ["stats show", {}, ["--period", "5m"]],
    ["stats show", {}, ["--by", "colour"]],
    ["stats attention", {}, ["--status", "never"]],
    ["test", {}, ["--concurrency", "0"]],
    ["test", {}, ["--concurrency", "1.5"]],
    ["keys test", {}, ["--concurrency", "65"]],
    ["keys add", {}, ["--weight", "heavy"]],
    ["keys add", {}, ["--priority", " "]],
    ["keys list", {}, ["--status", "sleepy"]],
    ["keys list", {}, ["--sort", "size"]],
    ["keys import", {}, ["--file", "x"]],
    ["health", {}, ["--watch"]],
    ["keys export", {}, ["--secrets"]],
    ["completion", {}, ["fish"]],
  ])("%s %j %j", async (name, answers, more) => {
    expect(await exitCodeOf([name, answers, more])).toBe(EXIT.usage);
  });

  test.each([
    [["keys", "enable"]],
    [["keys", "disable", "--provider", "openai"]],
    [["keys", "reset"]],
    [["keys", "remove"]],
    [["keys", "add", "sk-fake-1", "--file", "good.txt"]],
    [["keys", "import", "missing.txt"]],
    [["keys", "import", "empty.txt"]],
    [["keys", "add"]],
    [["config", "check", "--config", "wrong.yaml"]],
    [["config", "show", "--config", "wrong.yaml"]],
    [["keys", "list", "--config", "wrong.yaml"]],
    [["serve", "--config", "wrong.yaml", "--data-dir", "data"]],
    [["status", "--url", "ftp://gateway.example"]],
    [["status", "--url", "http://gateway.example"]],
    [["status", "--url", "https://user:secret@gateway.example"]],
    [["status", "--url", "https://gateway.example"]],
    [["status", "--profile", "nobody"]],
    [["profile", "add", "local", "https://gateway.example", "--token-env", "T"]],
    [["profile", "add", "a b", "https://gateway.example", "--token-env", "T"]],
    [["profile", "add", "a", "https://gateway.example", "--token-env", "T", "--token-file", "f"]],
    [["profile", "add", "a", "https://gateway.example"]],
    [["profile", "remove", "nobody"]],
    [["profile", "use", "nobody"]],
    [["completion", "tcsh"]],
  ])("%j", async (args) => {
    using terminal = new FakeTerminal();
    terminal.write("wrong.yaml", "server: { prot: 1 }");
    terminal.write("empty.txt", "# nothing\n");
    terminal.write("good.txt", "sk-fake-2\n");
    const { exitCode, out } = await terminal.run(args);
    expect({ exitCode, out }).toEqual({ exitCode: EXIT.usage, out: "" });
  });
});

describe("3: no daemon answers", () => {
  test.each([[["status"]], [["reload"]], [["stop"]], [["health", "--watch", "--json"]]])("%j", async (args) => {
    using terminal = new FakeTerminal();
    const { exitCode, out, err } = await terminal.run(args);
    expect({ exitCode, out }).toEqual({ exitCode: EXIT.unreachable, out: "" });
    expect(err).toStartWith(`No daemon runs on the data folder ${terminal.path("home")}`);
  });

  test("a socket that a dead daemon left behind is none", async () => {
    using terminal = new FakeTerminal();
    terminal.write("data/daemon.sock", "");
    expect((await terminal.run(["status", "--data-dir", "data"])).exitCode).toBe(EXIT.unreachable);
  });

  test("something else listens at the URL", async () => {
    await using other = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => new Response("hello") });
    using terminal = new FakeTerminal();
    const env = { OPENAI_BALANCE_TOKEN: "fake-admin-token-0001" };
    const { exitCode } = await terminal.run(["status", "--url", `http://127.0.0.1:${other.port}`], { env });
    expect(exitCode).toBe(EXIT.unreachable);
  });

  test.each(REMOTE)("%s: nobody listens at the URL", async (name) => {
    const free = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => new Response() });
    const url = `http://127.0.0.1:${free.port}`;
    await free.stop(true);
    using terminal = new FakeTerminal();
    terminal.write("keys.txt", "sk-fake-0123456789abcdef\n");
    const { args = [], stdin } = COMMANDS[name] ?? {};
    const env = { OPENAI_BALANCE_TOKEN: "fake-admin-token-0001" };
    const line = [...name.split(" "), ...args, "--url", url];
    const { exitCode, out, err } = await terminal.run(line, { env, ...(stdin !== undefined && { stdin }) });
    expect({ exitCode, out }).toEqual({ exitCode: EXIT.unreachable, out: "" });
    expect(err).toStartWith(`Cannot reach ${url}: `);
  });
});

describe("4: something that was looked at is unhealthy", () => {
  test.each<Row>([
    ["health", {}, []],
    ["test", {}, []],
    ["test", { test: [] }, []],
    ["keys test", {}, []],
    [
      "keys add",
      { "keys.add": { keys: [{ ...CHECKED, outcome: "refused", line: 1 }], unfit: [], unused: [] } },
      ["--test"],
    ],
    [
      "keys import",
      { "keys.add": { keys: [{ ...CHECKED, outcome: "refused", line: 1 }], unfit: [], unused: [] } },
      ["--test"],
    ],
    ["explain", { explain: refusedRequest() }, []],
    ["status", { status: faulty({ save_fault: "no space left on the disk" }) }, []],
    ["status", { status: faulty({ store_fault: "another master key" }) }, []],
    ["status", { status: faulty({ folder_fault: "permission denied" }) }, []],
  ])("%s %j %j", async (name, answers, more) => {
    expect(await exitCodeOf([name, answers, more])).toBe(EXIT.unhealthy);
    expect(await exitCodeOf([name, answers, [...more, "--json"]])).toBe(EXIT.unhealthy);
  });

  function faulty(fault: object) {
    return { ...(ANSWERS.status as object), ...fault } as NonNullable<Answers["status"]>;
  }

  function refusedRequest() {
    const { picked: _picked, ...explained } = ANSWERS.explain as { readonly picked: object };
    const refusal = { status: 503, code: "no_usable_key", message: "No key is usable" };
    return { ...explained, refusal } as unknown as NonNullable<Answers["explain"]>;
  }
});

describe("130: Ctrl-C", () => {
  test.each<Row>([
    ["logs list", { "logs.follow": new Hang() }, ["--follow"]],
    ["logs list", { "daemon.log": new Hang([{ line: "{}" }]) }, ["--daemon", "--follow"]],
    ["logs export", { "logs.export": new Hang() }, []],
    ["test", { test: new Hang([TESTED]) }, []],
    ["keys test", { test: new Hang([TESTED]) }, []],
    ["logs clear", { "logs.delete": new Hang() }, []],
    ["jobs run", { "jobs.run": new Hang() }, []],
    ["keys add", { "keys.add": new Hang() }, ["--test"]],
    ["keys import", { "keys.add": new Hang() }, ["--test"]],
    ["health", HEALTHY, ["--watch", "--json"]],
  ])("%s %j %j", async (name, answers, more) => {
    const pressed = new AbortController();
    const daemon = { ...ANSWERS, ...pressing(answers, pressed) };
    const { exitCode } = await runCase(name, { daemon, more, signal: pressed.signal });
    expect(exitCode).toBe(EXIT.interrupted);
  });

  /** Ctrl-C is pressed once the daemon was asked. */
  function pressing(answers: Answers, pressed: AbortController): Answers {
    const entries = Object.entries(answers).map(([name, answer]) => {
      const asked = () => {
        pressed.abort();
        return answer;
      };
      return [name, asked] as const;
    });
    return Object.fromEntries(entries) as Answers;
  }
});

/** Answers every operation with an error. */
function refusing(message: string, exitCode: number): Answers {
  return Object.fromEntries(Object.keys(ANSWERS).map((name) => [name, new Refusal(message, exitCode)])) as Answers;
}
