// The way of a new user: one variable, then a file with two providers and an alias, then a key that breaks.
import { expect, setDefaultTimeout, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { unauthorized } from "../fixture/behaviours.ts";
import { chat } from "../fixture/client.ts";
import { runProgram, startDaemon } from "../fixture/daemon.ts";
import { openai } from "../fixture/openai-answers.ts";
import { fakeSecret, leakIn } from "../fixture/secrets.ts";
import { TEST_DEADLINE_MS, until } from "../fixture/until.ts";
import { startUpstream } from "../fixture/upstream.ts";

setDefaultTimeout(TEST_DEADLINE_MS);

const CONFIG = ["--config", "{config}"];

test("the first screen says where it listens, what it serves and how to ask", async () => {
  await using upstream = startUpstream({ otherwise: openai });
  await using daemon = await startDaemon({ env: { API_KEYS: fakeSecret("new_user"), BASE_URL: upstream.url } });
  const [first = "", ...rest] = daemon.logs().split("\n");
  expect(first).toMatch(/^openai-balance \d+\.\d+\.\d+ listening on http:\/\/127\.0\.0\.1:\d+$/);
  expect(rest.join("\n")).toMatch(/\b1 key\b/);
  const curl = await until("the curl line", () => /^curl .*$/m.exec(daemon.logs())?.[0]);
  if (Bun.which("curl") === null) return;
  const asked = Bun.spawn(["sh", "-c", `${curl} -sS`], { stdout: "pipe", stderr: "pipe" });
  expect(await asked.stdout.text()).toContain('"choices"');
});

test("init writes a file that serves, and never overwrites one", async () => {
  const folder = await mkdtemp(join(tmpdir(), "openai-balance-init-"));
  const path = join(folder, "made.yaml");
  const made = await runProgram(["init", "--config", path]);
  expect({ exitCode: made.exitCode, stderr: made.stderr }).toMatchObject({ exitCode: 0 });
  const again = await runProgram(["init", "--config", path]);
  expect(again.exitCode).not.toBe(0);
  expect(again.stderr).toContain("made.yaml");
  const checked = await runProgram(["config", "check", "--config", path], {
    env: { OPENAI_API_KEY: fakeSecret("init") },
  });
  await rm(folder, { recursive: true });
  expect({ exitCode: checked.exitCode, stderr: checked.stderr }).toMatchObject({ exitCode: 0 });
});

test("two providers and an alias, then a key that breaks: the answer is the same and the log says what happened", async () => {
  const [dead, alive, other] = ["dead", "alive", "other"].map((name) => fakeSecret(`user_${name}`));
  await using first = startUpstream({ otherwise: openai });
  await using second = startUpstream({ otherwise: openai });
  await using daemon = await startDaemon(`
server:
  debug_headers: true
providers:
  - name: near
    base_url: ${first.url}
    api_keys:
      - { key: "${dead}", name: team-a }
      - { key: "${alive}", name: team-b }
  - name: far
    base_url: ${second.url}
    api_keys: ["${other}"]
models:
  fast: [near/gpt-4o-mini, far/gpt-4o]
`);
  const ask = () => daemon.ask("/v1/chat/completions", chat({ model: "fast" }));
  expect((await ask()).headers.get("x-openai-balance-provider")).toBe("near");
  first.byKey(dead ?? "", unauthorized);
  for (let index = 0; index < 4; index += 1) expect((await ask()).status).toBe(200);
  await until("the warning", () => /"level":(40|"warn").*team-a|WARN.*team-a/i.test(daemon.logs()));
  first.otherwise(unauthorized);
  first.byKey(alive ?? "", unauthorized);
  const answer = await ask();
  expect(answer.status).toBe(200);
  expect(answer.headers.get("x-openai-balance-provider")).toBe("far");
  expect(second.calls[0]?.model).toBe("gpt-4o");
  expect(leakIn(daemon.logs())).toBeUndefined();
});

test.each([
  [["--help"], "serve"],
  [["serve", "--help"], "--port"],
  [["--version"], "."],
  [["config", "schema"], "base_url"],
])("%j prints to stdout and ends with 0", async (args, word) => {
  const run = await runProgram(args);
  expect(run).toMatchObject({ exitCode: 0, stderr: "" });
  expect(run.stdout).toContain(word);
});

test("config show tells what counts and where it came from", async () => {
  const config = "server:\n  port: 1234\n";
  const env = { OPENAI_BALANCE_SERVER__HOST: "127.0.0.2" };
  const run = await runProgram(["config", "show", "--origin", ...CONFIG], { config, env });
  expect(run.exitCode).toBe(0);
  expect(run.stdout).toContain("1234");
  expect(run.stdout).toContain("OPENAI_BALANCE_SERVER__HOST");
  expect(run.stdout).toContain("openai-balance.yaml");
});
