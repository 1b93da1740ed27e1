// The hidden command behind completion: values from a daemon or the data folder, no secret, no error text, no hang.
import { describe, expect, test } from "bun:test";
import { createServer } from "node:net";
import { runCli } from "../../../src/cli/run-cli.ts";
import { keyRow } from "../../fixture/key-row.ts";
import { startProgram } from "../../fixture/program.ts";
import { fakeSecret, leakIn } from "../../fixture/secrets.ts";
import { listed } from "../daemon-answers.ts";
import { type Answers, Refusal } from "../fake-daemon.ts";
import { FakeTerminal, type FakeTerminalOptions } from "../fake-terminal.ts";
import { type Place, withDaemon } from "../with-daemon.ts";

const DATA = { OPENAI_BALANCE_DATA_DIR: "data" };

/** What the scripts of zsh and fish ask; the last word is the one under the cursor. */
function ask(terminal: FakeTerminal, words: readonly string[], options: FakeTerminalOptions = {}) {
  return terminal.run(["__complete", "zsh", "openai-balance", ...words], { env: DATA, ...options });
}

async function valuesOf(place: Place, ...words: readonly string[]): Promise<readonly string[]> {
  const { exitCode, out, err } = await ask(place.terminal, words);
  expect({ exitCode, err }).toEqual({ exitCode: 0, err: "" });
  return out
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => line.split("\t")[0] ?? "");
}

describe("values of a running daemon", () => {
  test.each([
    [
      ["keys", "list", "--provider", ""],
      ["openai", "deepseek", "azure"],
    ],
    [["health", "d"], ["deepseek"]],
    [
      ["test", ""],
      ["openai", "deepseek", "azure"],
    ],
    [
      ["keys", "remove", ""],
      ["team-a", "team-b", "sk-f...0003", "batch", "main"],
    ],
    [
      ["keys", "enable", "team-"],
      ["team-a", "team-b"],
    ],
    [
      ["keys", "disable", "team-a", ""],
      ["team-b", "sk-f...0003", "batch", "main"],
    ],
    [["keys", "reset", "d2"], ["d213f9976aa2"]],
    [["keys", "reset", "--model", ""], ["gpt-4o-mini"]],
    [["keys", "reset", "--mo"], ["--model"]],
    [
      ["providers", ""],
      ["list", "reset"],
    ],
    [["providers", "--js"], ["--json"]],
    [["providers", "reset", "d"], ["deepseek"]],
    [["providers", "reset", "deepseek", "--model", ""], ["deepseek-reasoner"]],
    [["providers", "reset", "--model", ""], []],
    [["keys", "test", "b"], ["batch"]],
    [["keys", "list", "m"], ["main"]],
    [
      ["keys", "list", "--sort", "u"],
      ["until", "used"],
    ],
    [["logs", "--key", "team-b"], ["team-b"]],
    [
      ["logs", ""],
      ["list", "export", "clear"],
    ],
    [["logs", "--token", "c"], ["ci"]],
    [
      ["logs", "list", "--operation", "chat/completions"],
      ["chat/completions", "chat/completions/{id}", "chat/completions/{id}/messages"],
    ],
    [["logs", "--id", "req_01jn8f"], ["req_01jn8failed"]],
    [["logs", "clear", "--provider", "deep"], ["deepseek"]],
    [["stats", "--period", "2"], ["24h"]],
    [["stats", "--by", "p"], ["provider"]],
    [["stats", "attention", "--provider", "o"], ["openai"]],
    [
      ["explain", ""],
      ["fast", "even", "gpt-4o-mini", "deepseek/deepseek-chat"],
    ],
    [["test", "--model", "gpt"], ["gpt-4o-mini"]],
    [["keys", "test", "--model=gpt"], ["--model=gpt-4o-mini"]],
    [["config", "set", "server.po"], ["server.port"]],
    [["config", "unset", "providers.openai.max_re"], ["providers.openai.max_retries"]],
    [["keys", "add", ""], []],
    [["keys", "list", "--status", "in"], ["invalid"]],
    [
      ["jobs", "run", ""],
      ["recheck", "proxy-checks", "model-lists", "clean-up"],
    ],
    [["jobs", "stop", "r"], ["recheck"]],
    [["webhooks", "test", "team", ""], ["pager"]],
    [["completion", "f"], ["fish"]],
  ])("%j: %j", async (words, expected) => {
    await using place = withDaemon();
    expect(await valuesOf(place, ...words)).toEqual([...expected]);
  });

  test("keys add offers providers that want nothing but a key too", async () => {
    await using place = withDaemon();
    const offered = await valuesOf(place, "keys", "add", "--provider", "");
    expect(offered.slice(0, 5)).toEqual(["openai", "deepseek", "azure", "anthropic", "gemini"]);
    expect(offered).not.toContain("ollama");
    expect(new Set(offered).size).toBe(offered.length);
  });

  test("keys reset offers the operations that rest, each once", async () => {
    const parts = [{ operation: "files", state: "blocked" } as const, { model: "m", state: "cooling" } as const];
    const keys = ["a", "b"].map((name) => keyRow({ id: name, name, parts }));
    await using place = withDaemon({ "keys.list": listed(keys) });
    expect(await valuesOf(place, "keys", "reset", "--operation", "")).toEqual(["files"]);
    expect((await ask(place.terminal, ["keys", "reset", "--model", ""])).out).toBe("m\trests at 2 keys\n");
  });

  test("only keys of the provider that the line names", async () => {
    await using place = withDaemon();
    await valuesOf(place, "keys", "reset", "--provider", "deepseek", "");
    expect(place.daemon.lastInput("keys.list")).toEqual({ provider: "deepseek" });
  });

  test("the daemon that the line names is asked", async () => {
    await using place = withDaemon();
    const { out } = await ask(place.terminal, ["keys", "reset", "--data-dir", "data", "ba"], { env: {} });
    expect(out).toBe("batch\topenai, disabled\n");
    expect((await ask(place.terminal, ["keys", "reset", "--data-dir", "elsewhere", "ba"], { env: {} })).out).toBe("");
  });

  test("descriptions stand behind a tab, and bash gets none", async () => {
    await using place = withDaemon();
    expect((await ask(place.terminal, ["keys", "remove", "team-b"])).out).toBe("team-b\topenai, invalid\n");
    expect((await ask(place.terminal, ["keys", "list", "--so"])).out).toBe("--sort\tin this order\n");
    const bash = await place.terminal.run(["__complete", "bash", "A=1 openai-balance keys remove te", "te"], {
      env: DATA,
    });
    expect(bash).toEqual({ exitCode: 0, out: "team-a\nteam-b\n", err: "" });
  });

  test("a name of two keys is replaced by their ids", async () => {
    const keys = [
      keyRow({ id: "aaaaaaaaaaaa", name: "same" }),
      keyRow({ id: "bbbbbbbbbbbb", name: "same", provider: "x" }),
    ];
    await using place = withDaemon({ "keys.list": listed(keys) });
    expect(await valuesOf(place, "keys", "reset", "")).toEqual(["aaaaaaaaaaaa", "bbbbbbbbbbbb"]);
  });

  test("client tokens: those that can be changed, or all where one is only asked about", async () => {
    await using place = withDaemon();
    expect((await ask(place.terminal, ["tokens", "revoke", ""])).out).toBe("ci\tactive\nold\texpired\n");
    expect(await valuesOf(place, "tokens", "revoke", "ci", "")).toEqual(["old"]);
    expect(await valuesOf(place, "explain", "gpt-4o", "--token", "")).toEqual(["team", "ci", "old"]);
  });

  test("a value that one line cannot hold is left out", async () => {
    const models = ["fine", "a\nb", "\x1b[2J", "c\u202ed"].map((id) => ({
      id,
      kind: "model" as const,
      route: [["p/\x1b[2J"]],
    }));
    await using place = withDaemon({ models: { models, unavailable: [] } });
    expect((await ask(place.terminal, ["explain", ""])).out).toBe("fine\tp/\\x1b[2J\n");
  });

  test("a name that one line cannot hold is replaced by its id, and descriptions drive no terminal", async () => {
    const keys = [
      keyRow({ id: "aaaaaaaaaaaa", name: "a\n\x1b[2Jb" }),
      keyRow({ id: "bbbbbbbbbbbb", name: "b\u202ec" }),
    ];
    await using place = withDaemon({ "keys.list": listed(keys) });
    const { out } = await ask(place.terminal, ["keys", "reset", ""]);
    expect(out).not.toMatch(/[^\P{Cc}\n\t]/u);
    expect(out.split("\n").map((line) => line.split("\t")[0])).toEqual(["aaaaaaaaaaaa", "bbbbbbbbbbbb", ""]);
  });
});

describe("values without a daemon", () => {
  const KEY = fakeSecret("completed");

  test("come from the data folder, and hold no secret", async () => {
    using terminal = new FakeTerminal();
    await terminal.run(["keys", "add", "--name", "日本 $(x)"], { stdin: KEY, env: DATA });
    await terminal.run(["keys", "add"], { stdin: fakeSecret("nameless"), env: DATA });
    const { out } = await ask(terminal, ["keys", "remove", ""]);
    expect(out).toMatch(/^日本 \$\(x\)\topenai, ready\nfake\.\.\.\w{4}\topenai, ready\n$/);
    for (const words of [
      ["keys", "remove", ""],
      ["keys", "add", KEY.slice(0, 8)],
      ["keys", "remove", KEY.slice(0, 8)],
      ["explain", ""],
      ["test", ""],
    ])
      expect(leakIn((await ask(terminal, words)).out)).toBeUndefined();
  });

  test("of models are those that the configuration names: no provider is called", async () => {
    let called = 0;
    await using upstream = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => Response.json({ n: ++called }) });
    using terminal = new FakeTerminal();
    const provider = {
      name: "main",
      base_url: `http://127.0.0.1:${upstream.port}/v1`,
      api_keys: [KEY],
      test_model: "small",
    };
    terminal.write("config.yaml", JSON.stringify({ providers: [provider], models: { fast: ["main/small"] } }));
    expect((await ask(terminal, ["explain", ""])).out).toBe("fast\tname of your own\nsmall\tmain\n");
    expect(called).toBe(0);
  });

  test("of profiles are the saved ones, and this machine", async () => {
    using terminal = new FakeTerminal();
    await terminal.run(["profile", "add", "prod", "https://prod.example", "--token-env", "T"]);
    expect((await ask(terminal, ["status", "--profile", ""])).out).toBe(
      "prod\thttps://prod.example\nlocal\tthis machine\n",
    );
    expect((await ask(terminal, ["profile", "use", ""])).out).toContain("local");
    expect((await ask(terminal, ["profile", "remove", ""])).out).toBe("prod\thttps://prod.example\n");
  });

  test("nothing is created", async () => {
    using terminal = new FakeTerminal();
    await ask(terminal, ["keys", "remove", ""], { env: {} });
    expect(await Array.fromAsync(new Bun.Glob("**/*").scan({ cwd: terminal.folder, onlyFiles: false }))).toEqual([]);
  });
});

test.each([
  [["keys", "import", ""], "\tfiles\n"],
  [["keys", "import", "--file"], ""],
  [["status", "--config", ""], "\tfiles\n"],
  [["status", "--config=x"], "\tfiles\n"],
  [["keys", "add", "--file", ""], "\tfiles\n"],
  [["status", "--data-dir", ""], "\tfolders\n"],
])("%j leaves names of files to the shell: %j", async (words, out) => {
  using terminal = new FakeTerminal();
  expect(await ask(terminal, words)).toEqual({ exitCode: 0, out, err: "" });
});

describe("what goes wrong is not told", () => {
  const BROKEN: readonly (readonly [string, Answers])[] = [
    ["a daemon that refuses", { "keys.list": new Refusal("no", 1) }],
    ["a daemon that fails", { "keys.list": new Refusal("no", 1, 500) }],
    ["a daemon that answers something else", { "keys.list": { nonsense: true } as never }],
  ];

  test.each(BROKEN)("%s", async (_case, answers) => {
    await using place = withDaemon(answers);
    expect(await ask(place.terminal, ["keys", "reset", ""])).toEqual({ exitCode: 0, out: "", err: "" });
  });

  test.each([
    ["a wrong configuration", { "config.yaml": "server: { prot: 1 }" }, ["keys", "reset", ""]],
    ["a store that is torn", { "data/keys.json": "torn" }, ["keys", "reset", ""]],
    ["profiles that are torn", { "home/.config/openai-balance/profiles.json": "torn" }, ["profile", "use", ""]],
    ["a file in place of the data folder", { data: "a file" }, ["keys", "reset", ""]],
    ["an unknown profile", {}, ["keys", "reset", "--profile", "nobody", ""]],
    ["an unknown shell", {}, undefined],
    ["no words at all", {}, []],
  ])("%s", async (_case, files, words) => {
    using terminal = new FakeTerminal();
    for (const [name, text] of Object.entries(files)) terminal.write(name, text);
    const args = words === undefined ? ["__complete", "tcsh", "x"] : ["__complete", "fish", "openai-balance", ...words];
    const { exitCode, err } = await terminal.run(args, { env: DATA });
    expect({ exitCode, err }).toEqual({ exitCode: 0, err: "" });
  });
});

describe("a daemon that hangs is given up", () => {
  /** Takes connections, and never says anything. */
  async function silent(path: string) {
    const sockets = new Set<{ destroy(): void }>();
    const server = createServer((socket) => void sockets.add(socket));
    await new Promise<void>((resolve) => server.listen(path, resolve));
    const connections = sockets;
    return {
      connections,
      [Symbol.asyncDispose]: async () => {
        for (const socket of sockets) socket.destroy();
        await new Promise((resolve) => server.close(resolve));
      },
    };
  }

  test.each(
    [
      ["keys", "reset", ""],
      ["explain", ""],
      ["health", ""],
    ].map((words) => [words]),
  )("%j", async (words) => {
    using terminal = new FakeTerminal();
    terminal.write("data/.keep", "");
    await using daemon = await silent(terminal.path("data/daemon.sock"));
    const context = terminal.context({ env: DATA });
    const code = await runCli(["__complete", "fish", "openai-balance", ...words], context);
    expect(code).toBe(0);
    expect(daemon.connections.size).toBeGreaterThan(0);
  });

  test("the process ends too", async () => {
    using terminal = new FakeTerminal();
    terminal.write("data/.keep", "");
    await using _daemon = await silent(terminal.path("data/daemon.sock"));
    const args = ["__complete", "fish", "openai-balance", "keys", "reset", ""];
    const program = startProgram(args, { folder: terminal.folder, env: DATA });
    expect(await program.ended).toEqual({ exitCode: 0, stdout: "", stderr: "" });
  });

  test("a gateway that hangs is given up too", async () => {
    await using gateway = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      idleTimeout: 0,
      fetch: () => new Promise(() => {}),
    });
    using terminal = new FakeTerminal();
    const env = { OPENAI_BALANCE_URL: `http://127.0.0.1:${gateway.port}`, OPENAI_BALANCE_TOKEN: fakeSecret("admin") };
    const args = ["__complete", "fish", "openai-balance", "explain", ""];
    const program = startProgram(args, { folder: terminal.folder, env });
    expect(await program.ended).toEqual({ exitCode: 0, stdout: "", stderr: "" });
    await gateway.stop(true);
  });
});
