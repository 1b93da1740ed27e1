// Ctrl-C ends every command that lasts: at once, with 130, without a stack, and with what was found so far.
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { silent } from "../fixture/behaviours.ts";
import { chat } from "../fixture/client.ts";
import type { Daemon } from "../fixture/daemon.ts";
import { newHome } from "../fixture/home.ts";
import { openai } from "../fixture/openai-answers.ts";
import type { Program } from "../fixture/program.ts";
import { fakeSecret } from "../fixture/secrets.ts";
import { TEST_DEADLINE_MS, until } from "../fixture/until.ts";
import { startUpstream } from "../fixture/upstream.ts";

setDefaultTimeout(TEST_DEADLINE_MS);

const CTRL_C = "\x03";
const NO_STACK = /^ {4}at |This is a bug/m;
const [GOOD, SILENT, ADDED] = ["good", "silent", "added"].map((name) => fakeSecret(`ctrl_c_${name}`)) as [
  string,
  string,
  string,
];

const upstream = startUpstream({ otherwise: openai, keys: { [SILENT]: silent, [ADDED]: silent } });
const CONFIG = {
  server: { drain_timeout: "50s" },
  auth: { admin_token: fakeSecret("ctrl_c_admin") },
  providers: [
    { name: "main", base_url: upstream.url, test_model: "m", api_keys: [{ key: GOOD, name: "good" }] },
    { name: "hung", base_url: upstream.url, test_model: "m", api_keys: [{ key: SILENT, name: "silent" }] },
  ],
};
const home = await newHome();
let daemon: Daemon;

beforeAll(async () => {
  await home.configure(CONFIG);
  daemon = await home.serve();
  await daemon.ask("/v1/chat/completions", chat());
});

afterAll(async () => {
  await home[Symbol.asyncDispose]();
  await upstream[Symbol.asyncDispose]();
});

test.concurrent("logs --daemon -f", async () => {
  const run = home.start(["logs", "--daemon", "-f"]);
  await until("the log", () => run.stdout().includes("Request served"));
  await expectInterrupted(run);
});

test.concurrent("logs --daemon -f without a daemon", async () => {
  await using other = await newHome();
  await (await other.serve()).stop();
  const run = other.start(["logs", "--daemon", "-f"]);
  await until("the log", () => run.stdout().includes("Stopped"));
  await expectInterrupted(run);
});

test.concurrent("health --watch --json, a line each second", async () => {
  const run = home.start(["health", "--watch", "--json"]);
  await until("the second line", () => run.stdout().split("\n").length > 2);
  const { stdout } = await expectInterrupted(run);
  for (const line of stdout.trimEnd().split("\n")) expect(JSON.parse(line).providers).toHaveLength(2);
});

test.concurrent("health --watch in a terminal", async () => {
  const run = home.startInTerminal(["health", "--watch"]);
  await until("the table", () => run.text().includes("PROVIDER"));
  run.type(CTRL_C);
  expect(await run.exited).toBe(130);
  expect(run.text()).not.toMatch(NO_STACK);
});

test.concurrent("health --watch in a pipe says what it needs", async () => {
  const run = await home.run(["health", "--watch"]);
  expect(run).toMatchObject({ exitCode: 2, stdout: "" });
  expect(run.stderr).toContain("--watch needs a terminal");
});

test.concurrent.each([
  ["by the daemon of this machine", []],
  ["by its address", ["--url"]],
  ["by a profile", ["--profile"]],
])("test %s: what was answered is shown, the spinner is gone, the cursor is back", async (name, [flag]) => {
  await using other = await newHome();
  const user = flag === undefined ? home : other;
  const env = { OPENAI_BALANCE_TOKEN: CONFIG.auth.admin_token };
  if (flag === "--profile")
    await other.ok(["profile", "add", "far", daemon.url, "--token-env", "OPENAI_BALANCE_TOKEN"]);
  const target = flag === undefined ? [] : [flag, flag === "--url" ? daemon.url : "far"];
  const run = user.startInTerminal(["test", "--model", name, ...target], { env });
  await untilHung(name);
  await until("the spinner", () => run.text().includes("1 of 2 answered"));
  run.type(CTRL_C);
  expect(await run.exited).toBe(130);
  const shown = Bun.stripANSI(run.text());
  expect(shown).toMatch(/^main +good .* ok /m);
  expect(shown).not.toMatch(NO_STACK);
  expect(run.text().lastIndexOf("\x1b[?25h")).toBeGreaterThan(run.text().lastIndexOf("\x1b[?25l"));
});

test.concurrent("test without a daemon", async () => {
  await using other = await newHome();
  await other.configure(CONFIG);
  const run = other.start(["test", "--model", "asked offline"]);
  await untilHung("asked offline");
  await expectInterrupted(run);
});

test.concurrent("keys add --test adds nothing, and leaves nothing locked", async () => {
  await using other = await newHome();
  await other.configure(CONFIG);
  const run = other.start(["keys", "add", "--test"], { input: ADDED });
  await until("the call that hangs", () => upstream.count(ADDED) > 0);
  await expectInterrupted(run);
  expect(await other.states()).toEqual({ good: "ready", silent: "ready" });
  await other.addKeys([ADDED], "--name", "added");
  expect(await other.states()).toMatchObject({ added: "ready" });
});

test.concurrent("a question for a key", async () => {
  await using other = await newHome();
  const run = other.startInTerminal(["keys", "add"]);
  await until("the question", () => run.text().includes("Key (it is not shown)"));
  run.type(CTRL_C);
  expect(await run.exited).toBe(130);
  expect(run.text()).not.toMatch(NO_STACK);
  expect(await other.states()).toEqual({});
});

test.concurrent("stop: the daemon goes on stopping, and that is said", async () => {
  const gate = Promise.withResolvers<void>();
  upstream.byModel("slow", async (call) => {
    await gate.promise;
    return openai(call);
  });
  await using other = await newHome();
  await other.configure(CONFIG);
  const serving = await other.serve();
  const request = serving.ask("/hung/v1/chat/completions", chat({ model: "slow" }));
  await untilHung("slow");
  const run = other.start(["stop"]);
  await until("the drain", () => serving.logs().includes('"msg":"Stopping"'));
  const { stderr } = await expectInterrupted(run);
  expect(stderr).toBe("The daemon goes on stopping\n");
  gate.resolve();
  expect((await request).status).toBe(200);
  expect(await serving.exited).toBe(0);
});

/** Resolves once the provider has a call for this model, and no answer. */
async function untilHung(model: string): Promise<void> {
  await until("the call that hangs", () => upstream.calls.some((call) => call.model === model && call.key !== GOOD));
}

/** Ends a run by SIGINT, which is what a terminal sends. */
async function expectInterrupted(run: Program) {
  run.kill("SIGINT");
  const { exitCode, stdout, stderr } = await run.ended;
  expect(exitCode).toBe(130);
  expect(stdout + stderr).not.toMatch(NO_STACK);
  return { stdout, stderr };
}
