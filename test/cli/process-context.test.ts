// The real process: a secret is not echoed, Ctrl-C is clean, and whoever reads a pipe may leave.
import { afterAll, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, writeFileSync } from "node:fs";
import { commandOf, environmentOf } from "../fixture/program.ts";
import { fakeSecret } from "../fixture/secrets.ts";
import { startInTerminal } from "../fixture/terminal.ts";
import { TEST_DEADLINE_MS, until } from "../fixture/until.ts";
import { KEYS, listed } from "./daemon-answers.ts";
import { withDaemon } from "./with-daemon.ts";

setDefaultTimeout(TEST_DEADLINE_MS);

const SECRET = fakeSecret("typed");
const HIDDEN_CURSOR = "\x1b[?25l";
const SHOWN_CURSOR = "\x1b[?25h";
/** More than a pipe holds. */
const MANY = Array.from({ length: 1_000 }, () => KEYS).flat();
const place = withDaemon({
  "keys.list": (input) => listed(input.search === "many" ? MANY : KEYS, KEYS.length),
});
afterAll(() => place[Symbol.asyncDispose]());
const options = { folder: place.terminal.folder, env: { OPENAI_BALANCE_DATA_DIR: "data" } };

test("a key that is typed is not shown, and reaches the daemon", async () => {
  const run = startInTerminal(["keys", "add"], options);
  await until("the question", () => run.text().includes("Key (it is not shown):"));
  run.type(`${SECRET}\r`);
  expect(await run.exited).toBe(0);
  expect(run.text()).toContain("Added team-c");
  expect(run.text()).not.toContain(SECRET);
  expect(run.text()).not.toContain("*");
  expect(place.daemon.lastInput("keys.add")).toMatchObject({ keys: [{ key: SECRET }] });
});

test.each([
  [["keys", "add"], "Key (it is not shown):"],
  [["keys", "remove", "team-a"], "Remove team-a of openai"],
  [["config", "set", "auth.admin_token"], "Value (it is not shown):"],
])("Ctrl-C at the question of %j ends with 130, without a stack", async (args, question) => {
  const before = place.daemon.calls.filter(({ name }) => name !== "keys.list").length;
  const run = startInTerminal(args, options);
  await until("the question", () => run.text().includes(question));
  run.type("\x03");
  expect(await run.exited).toBe(130);
  expect(run.text()).not.toMatch(/^ {4}at |bug/m);
  expect(place.daemon.calls.filter(({ name }) => name !== "keys.list")).toHaveLength(before);
});

test.each([
  [["keys", "add"], "Key (it is not shown):"],
  [["keys", "remove", "team-a"], "Remove team-a of openai"],
])("Ctrl-D at the question of %j ends it as Ctrl-C does, and the cursor is back", async (args, question) => {
  const run = startInTerminal(args, options);
  await until("the question", () => run.text().includes(question));
  run.type("\x04");
  expect(await run.exited).toBe(130);
  expect(run.text()).not.toMatch(/^ {4}at |bug/m);
  expect(run.text().lastIndexOf(SHOWN_CURSOR)).toBeGreaterThan(run.text().lastIndexOf(HIDDEN_CURSOR));
});

test("a question is answered with no by Enter alone", async () => {
  const run = startInTerminal(["keys", "remove", "team-a"], options);
  await until("the question", () => run.text().includes("Remove team-a of openai"));
  run.type("\r");
  expect(await run.exited).toBe(0);
  expect(run.text()).toContain("Nothing was removed");
  expect(place.daemon.lastInput("keys.remove")).toBeUndefined();
});

test("Ctrl-C ends watching with 130", async () => {
  const run = startInTerminal(["health", "--watch"], options);
  await until("the first picture", () => run.text().includes("deepseek"));
  run.type("\x03");
  expect(await run.exited).toBe(130);
  expect(run.text()).not.toMatch(/^ {4}at |bug/m);
});

test("whoever reads a pipe may leave before its end", async () => {
  const words = commandOf(["keys", "list", "--json", "--search", "many"]).map((word) => `'${word}'`);
  const script = `{ ${words.join(" ")}; echo "$?" > code; } | head -c 1 > /dev/null`;
  const child = Bun.spawn(["sh", "-c", script], { cwd: options.folder, env: environmentOf(options), stderr: "pipe" });
  expect(await child.stderr.text()).toBe("");
  expect(await child.exited).toBe(0);
  expect(place.terminal.read("code")).toBe("0\n");
});

test
  .skipIf(!existsSync("/dev/full"))
  .each([[["keys", "list"]], [["keys", "list", "--json", "--search", "many"]], [["--help"]]])(
  "what %j cannot write fails with a reason, without a stack",
  async (args) => {
    const words = commandOf(args).map((word) => `'${word}'`);
    const script = `${words.join(" ")} > /dev/full`;
    const child = Bun.spawn(["sh", "-c", script], { cwd: options.folder, env: environmentOf(options), stderr: "pipe" });
    expect(await child.stderr.text()).toBe("Cannot write to standard output: no space left on the disk\n");
    expect(await child.exited).toBe(1);
  },
);

test.skipIf(!existsSync("/dev/full"))("a daemon serves also where its first words cannot be written", async () => {
  const words = commandOf(["serve", "--port", "0", "--data-dir", "served"]).map((word) => `'${word}'`);
  const env = { ...environmentOf(options), OPENAI_API_KEY: fakeSecret("served") };
  const child = Bun.spawn(["sh", "-c", `exec ${words.join(" ")} > /dev/full 2>&1`], { cwd: options.folder, env });
  const socket = place.terminal.path("served", "daemon.sock");
  await until("it answers, or has ended", () => existsSync(socket) || child.exitCode !== null);
  expect((await fetch("http://daemon/", { unix: socket })).status).toBe(404);
  child.kill("SIGTERM");
  expect(await child.exited).toBe(0);
});

test("a terminal that does not know its width has 80 columns", async () => {
  const words = commandOf(["keys", "list"]).map((word) => `'${word}'`);
  let shown = "";
  const child = Bun.spawn(["sh", "-c", `stty cols 0; ${words.join(" ")}`], {
    cwd: options.folder,
    env: { TERM: "xterm", NO_COLOR: "1", ...environmentOf(options) },
    terminal: {
      cols: 80,
      rows: 24,
      data: (_terminal, bytes) => {
        shown += new TextDecoder().decode(bytes);
      },
    },
  });
  expect(await child.exited).toBe(0);
  child.terminal?.close();
  expect(shown).toStartWith("NAME         PROVIDER  STATUS       24H   OK  BACK IN  WHY");
});

test("questions stand on the error stream: what is printed as data stays clean", async () => {
  writeFileSync(place.terminal.path("out"), "");
  const words = commandOf(["keys", "add", "--json"]).map((word) => `'${word}'`);
  let shown = "";
  const child = Bun.spawn(["sh", "-c", `${words.join(" ")} > out`], {
    cwd: options.folder,
    env: { TERM: "xterm", ...environmentOf(options) },
    terminal: {
      cols: 80,
      rows: 24,
      data: (_terminal, bytes) => {
        shown += new TextDecoder().decode(bytes);
      },
    },
  });
  await until("the question", () => shown.includes("Key (it is not shown):"));
  child.terminal?.write(`${SECRET}\r`);
  expect(await child.exited).toBe(0);
  child.terminal?.close();
  expect(JSON.parse(place.terminal.read("out"))).toHaveProperty("keys");
  expect(shown).not.toContain(SECRET);
});
