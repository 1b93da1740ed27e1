// Starting, or saying clearly why not: exit codes and messages.
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { createServer } from "node:net";
import { chat } from "../fixture/client.ts";
import { runProgram, startDaemon } from "../fixture/daemon.ts";
import { openai } from "../fixture/openai-answers.ts";
import { fakeSecret } from "../fixture/secrets.ts";
import { TEST_DEADLINE_MS } from "../fixture/until.ts";
import { startUpstream } from "../fixture/upstream.ts";

setDefaultTimeout(TEST_DEADLINE_MS);

const SERVE = ["serve", "--port", "0", "--config", "{config}"];
const KEY = fakeSecret("startup");
const GOOD = JSON.stringify({ providers: [{ name: "a", base_url: "http://127.0.0.1:9/v1", api_keys: [KEY] }] });

describe("a wrong config ends with 2 and names the place", () => {
  test.each([
    [
      "a base_url that is none",
      "providers:\n  - name: a\n    base_url: nonsense\n    api_keys: [k]\n",
      ":3:5",
      "base_url",
    ],
    ["an unknown field", "servr:\n  port: 1\n", ":1:1", "server"],
    ["a duplicate YAML key", "server: {}\nserver: {}\n", ":2:1", "server"],
    ["broken YAML", "server: [\n", ":2:1", ""],
    ["a target that does not exist", "models:\n  fast: [nobody/m]\n", ":2:10", "models.fast[0]"],
    [
      "an unset variable",
      "providers:\n  - { name: a, base_url: 'http://x.test/v1', api_keys: ['$" + "{NOT_SET}'] }\n",
      ":2:",
      "NOT_SET",
    ],
    [
      "a reserved name",
      "providers:\n  - { name: admin, base_url: 'http://x.test/v1', api_keys: [k] }\n",
      ":2:7",
      "reserved",
    ],
  ])("%s", async (_name, config, place, word) => {
    const run = await runProgram(SERVE, { config });
    expect(run.exitCode).toBe(2);
    expect(run.stdout).not.toContain("listening");
    expect(run.stderr).toContain(`openai-balance.yaml${place}`);
    expect(run.stderr).toContain(word);
    expect(run.stderr).not.toContain("    at ");
  });

  test("all problems at once", async () => {
    const config = "server:\n  max_body: much\nauth:\n  allow_query_key: 7\nlogging:\n  format: loud\n";
    const run = await runProgram(SERVE, { config });
    expect(run.exitCode).toBe(2);
    for (const place of [":2:3", ":4:3", ":6:3"]) expect(run.stderr).toContain(`openai-balance.yaml${place}`);
  });
});

test.concurrent.each([
  ["a file that does not exist", ["serve", "--port", "0", "--config", "{folder}/missing.yaml"], 2, "missing.yaml"],
  ["a folder instead of a file", ["serve", "--port", "0", "--config", "{folder}"], 2, "openai-balance-e2e-"],
  ["an unknown option", ["serve", "--prt", "0"], 2, "--port"],
  ["an unknown command", ["srve"], 2, "serve"],
  ["a port that is no number", ["serve", "--port", "http", "--config", "{config}"], 2, "port"],
])("%s ends with a clear message", async (_name, args, exitCode, word) => {
  const run = await runProgram(args, { config: GOOD });
  expect(run.exitCode).toBe(exitCode);
  expect(run.stderr).toContain(word);
  expect(run.stderr).not.toContain("    at ");
  expect(run.stdout).toBe("");
});

test("an unknown variable of ours ends with 2 and names it", async () => {
  const run = await runProgram(SERVE, { config: GOOD, env: { OPENAI_BALANCE_SERVER__PROT: "1" } });
  expect(run.exitCode).toBe(2);
  expect(run.stderr).toContain("OPENAI_BALANCE_SERVER__PROT");
});

test("a port in use ends with 1 and names it", async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
  const address = server.address();
  const port = String(typeof address === "object" ? address?.port : "");
  const run = await runProgram(["serve", "--port", port, "--config", "{config}"], { config: GOOD });
  server.close();
  expect(run.exitCode).toBe(1);
  expect(run.stderr).toContain(port);
  expect(run.stderr).toContain("in use");
  expect(run.stderr).not.toContain("    at ");
});

test("a public host without client tokens refuses to start and names the way out", async () => {
  const run = await runProgram([...SERVE, "--host", "0.0.0.0"], { config: GOOD });
  expect(run.exitCode).toBe(2);
  expect(run.stderr).toContain("init");
});

test("environment only: the seed's variables make a provider", async () => {
  await using upstream = startUpstream({ otherwise: openai });
  const env = { API_KEYS: `["${KEY}"]`, BASE_URL: upstream.url };
  await using daemon = await startDaemon({ env });
  expect((await daemon.ask("/v1/chat/completions", chat())).status).toBe(200);
  expect(upstream.calls[0]?.key).toBe(KEY);
});

test("a .env in the working folder is read only where --env-file names it", async () => {
  const files = { ".env": `OPENAI_API_KEY=${KEY}\nOPENAI_BALANCE_SERVER__PORT=4567\n` };
  const unnamed = await runProgram(["config", "show", "--json"], { files });
  expect(JSON.parse(unnamed.stdout)).toMatchObject({ server: { port: 8000 }, providers: [] });
  const named = await runProgram(["config", "show", "--json", "--env-file", ".env"], { files });
  expect(JSON.parse(named.stdout)).toMatchObject({ server: { port: 4567 }, providers: [{ name: "openai" }] });
});

test("with nothing at all it starts, answers 503 and says how to add a key", async () => {
  await using daemon = await startDaemon({});
  const answer = await daemon.ask("/v1/chat/completions", chat());
  expect(answer.status).toBe(503);
  expect(answer.json().error.code).toBe("no_usable_key");
  expect((await daemon.ask("/ready")).status).toBe(503);
  expect(daemon.logs()).toContain("openai-balance keys add --provider openai\n");
});

test("a provider without keys starts with a warning and answers 503", async () => {
  const config = JSON.stringify({ providers: [{ name: "empty", base_url: "http://127.0.0.1:9/v1", api_keys: [] }] });
  await using daemon = await startDaemon(config);
  const answer = await daemon.ask("/empty/v1/chat/completions", chat());
  expect(answer.status).toBe(503);
  expect(answer.json().error.code).toBe("no_usable_key");
  expect(daemon.logs()).toContain("empty");
});

test("the demo works at once, and its dead key is not noticed", async () => {
  await using daemon = await startDaemon({ args: ["--demo"] });
  expect(daemon.logs()).toMatch(/^curl .*\/v1\/chat\/completions/m);
  const models = (await daemon.ask("/v1/models")).json<{ data: { id: string }[] }>().data;
  const model = models[0]?.id ?? "";
  const requests = [false, true, false, true, false].map(async (stream) => {
    const answer = await daemon.ask("/v1/chat/completions", chat({ model, ...(stream && { stream }) }));
    expect(answer.status).toBe(200);
    if (stream) expect(answer.text).toEndWith("data: [DONE]\n\n");
  });
  await Promise.all(requests);
});
