// A daemon that is far away: over HTTP with the admin token, by address or by a saved profile.
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { chat } from "../fixture/client.ts";
import type { Daemon } from "../fixture/daemon.ts";
import { newHome } from "../fixture/home.ts";
import { openai } from "../fixture/openai-answers.ts";
import { fakeSecret } from "../fixture/secrets.ts";
import { TEST_DEADLINE_MS, until } from "../fixture/until.ts";
import { startUpstream } from "../fixture/upstream.ts";

setDefaultTimeout(TEST_DEADLINE_MS);

const [ADMIN, CLIENT, WRONG, KEY, ADDED] = ["admin", "client", "wrong", "key", "added"].map((name) =>
  fakeSecret(`remote_${name}`),
) as [string, string, string, string, string];

const upstream = startUpstream({ otherwise: openai });
/** The machine with the daemon; the commands run in other homes. */
const far = await newHome();
let daemon: Daemon;

beforeAll(async () => {
  await far.configure({
    auth: { admin_token: ADMIN, client_tokens: [CLIENT] },
    providers: [{ name: "main", base_url: upstream.url, api_keys: [{ key: KEY, name: "written" }] }],
  });
  daemon = await far.serve();
});

afterAll(async () => {
  await far[Symbol.asyncDispose]();
  await upstream[Symbol.asyncDispose]();
});

const withToken = (token: string) => ({ env: { OPENAI_BALANCE_TOKEN: token } });

test.concurrent("--url with the token in OPENAI_BALANCE_TOKEN reads and changes", async () => {
  await using near = await newHome();
  const url = ["--url", daemon.url];
  const admin = withToken(ADMIN);
  expect(await near.json<object>(["status", ...url], admin)).toMatchObject({ pid: daemon.pid, data_folder: far.data });
  const added = await near.ok(["keys", "add", "--name", "by-url", ...url], { ...admin, input: ADDED });
  expect(added).toEndWith("\nIt is in use now\n");
  expect(await near.ok(["keys", "disable", "by-url", ...url], admin)).toBe("Disabled by-url of main\n");
  expect(await far.states()).toMatchObject({ "by-url": "disabled" });
  expect(await near.ok(["keys", "remove", "by-url", "--yes", ...url], admin)).toBe("Removed by-url of main\n");
  expect(await far.states()).not.toHaveProperty("by-url");
  // Nothing of it is kept where it was typed.
  expect(readdirSync(near.path)).toEqual([]);
});

test.concurrent("a proxy that the environment names is told nothing of a daemon on this machine", async () => {
  await using near = await newHome();
  await using proxy = startUpstream({ otherwise: openai });
  const env = { OPENAI_BALANCE_TOKEN: ADMIN, HTTP_PROXY: proxy.url, http_proxy: proxy.url };
  expect(await near.ok(["keys", "list", "--url", daemon.url], { env })).toContain("written");
  expect(proxy.count()).toBe(0);
});

test.concurrent("--token-file, and variables in place of flags", async () => {
  await using near = await newHome();
  const file = join(near.path, "token");
  writeFileSync(file, `${ADMIN}\n`);
  expect(await near.ok(["keys", "list", "--url", daemon.url, "--token-file", file])).toContain("written");
  const env = { OPENAI_BALANCE_URL: daemon.url, OPENAI_BALANCE_TOKEN: ADMIN };
  expect(await near.ok(["keys", "list"], { env })).toContain("written");
});

test.concurrent.each([
  ["a wrong token", withToken(WRONG), 1, "refuses the admin token"],
  ["a client's token", withToken(CLIENT), 1, "refuses the admin token"],
  ["no token", {}, 2, "set OPENAI_BALANCE_TOKEN, or name a file with --token-file"],
])("%s is refused, and nothing is changed", async (_name, options, exitCode, word) => {
  await using near = await newHome();
  const run = await near.run(["keys", "disable", "written", "--url", daemon.url], options);
  expect(run).toMatchObject({ exitCode, stdout: "" });
  expect(run.stderr).toContain(word);
  expect(await far.states()).toMatchObject({ written: "ready" });
});

test.concurrent.each([
  ["http to another machine", "http://192.0.2.1:8000", 2, "over http the admin token could be read on the way"],
  ["a user in the address", "http://me:you@127.0.0.1:8000", 2, "expected none with a user or password"],
  ["no address", "gateway", 2, "expected https://HOST"],
  ["nobody there", "http://127.0.0.1:9", 3, "Cannot reach http://127.0.0.1:9"],
  ["somebody else", upstream.url, 3, "not as an openai-balance does"],
])("%s: %s", async (_name, url, exitCode, word) => {
  await using near = await newHome();
  const run = await near.run(["status", "--url", url], withToken(ADMIN));
  expect(run).toMatchObject({ exitCode, stdout: "" });
  expect(run.stderr).toContain(word);
});

test.concurrent.each([
  [["keys", "export", "--secrets", "keys.json"], "keys.export"],
  [["config", "set", "server.debug_headers", "true"], "config.set"],
  [["master", "rotate"], "master.rotate"],
])("%j is for the daemon's own machine", async (args, operation) => {
  await using near = await newHome();
  const before = readFileSync(join(far.path, "config.yaml"), "utf8");
  const run = await near.run([...args, "--url", daemon.url], withToken(ADMIN));
  expect(run).toEqual({
    exitCode: 1,
    stdout: "",
    stderr: `${operation} is possible on the daemon's own machine only\n`,
  });
  expect(readdirSync(near.path)).toEqual([]);
  expect(readFileSync(join(far.path, "config.yaml"), "utf8")).toBe(before);
});

test.concurrent("a profile with an encrypted token, used by name and then always", async () => {
  await using near = await newHome();
  await near.ok(["profile", "add", "prod", daemon.url], { input: ADMIN });
  const file = join(near.settings, "profiles.json");
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(readFileSync(file, "utf8")).not.toContain(ADMIN);
  const pidOf = async (...args: readonly string[]) => (await near.json<{ pid: number }>(["status", ...args])).pid;
  expect(await pidOf("--profile", "prod")).toBe(daemon.pid);
  expect((await near.run(["status"])).exitCode).toBe(3);
  expect(await near.ok(["profile", "use", "prod"])).toStartWith(`Commands act on prod, ${daemon.url}`);
  expect(await pidOf()).toBe(daemon.pid);
  expect((await near.run(["status", "--profile", "local"])).exitCode).toBe(3);
  const [saved] = (await near.json<{ profiles: readonly object[] }>(["profile", "list"])).profiles;
  expect(saved).toEqual({ name: "prod", url: daemon.url, token: "saved, encrypted", current: true });
  expect(await near.ok(["profile", "use", "local"])).toStartWith("Commands act on this machine");
  expect((await near.run(["status"])).exitCode).toBe(3);
});

test.concurrent("a profile does not open its token for another address, nor without its master key", async () => {
  await using near = await newHome();
  await near.ok(["profile", "add", "prod", daemon.url], { input: ADMIN });
  const file = join(near.settings, "profiles.json");
  const saved = readFileSync(file, "utf8");
  writeFileSync(file, saved.replace(daemon.url, upstream.url.replace("/v1", "")));
  const moved = await near.run(["status", "--profile", "prod"]);
  expect(moved).toMatchObject({ exitCode: 2, stdout: "" });
  expect(moved.stderr).toContain("Cannot open the token of profile prod");
  writeFileSync(file, saved);
  await near.ok(["master", "rotate"]);
  expect((await near.run(["status", "--profile", "prod"])).exitCode).toBe(0);
  writeFileSync(join(near.data, "master.key"), `${Buffer.alloc(32, 5).toString("base64")}\n`);
  expect((await near.run(["status", "--profile", "prod"])).exitCode).toBe(2);
});

test.concurrent("a profile whose token stands in a variable", async () => {
  await using near = await newHome();
  await near.ok(["profile", "add", "prod", daemon.url, "--token-env", "PROD_TOKEN"]);
  const unset = await near.run(["status", "--profile", "prod"]);
  expect(unset).toMatchObject({ exitCode: 2, stdout: "" });
  expect(unset.stderr).toContain("its token is in PROD_TOKEN, which is not set");
  expect((await near.run(["status", "--profile", "prod"], { env: { PROD_TOKEN: ADMIN } })).exitCode).toBe(0);
});

test.concurrent("logs --daemon -f over HTTP shows what happens now, until Ctrl-C", async () => {
  await using near = await newHome();
  const args = ["logs", "--daemon", "-f", "-n", "0", "--model", "seen-from-afar", "--url", daemon.url];
  const following = near.start(args, { ...withToken(ADMIN) });
  const headers = { authorization: `Bearer ${CLIENT}`, "content-type": "application/json" };
  await until("a followed record", async () => {
    await daemon.ask("/v1/chat/completions", { ...chat({ model: "seen-from-afar" }), headers });
    return following.stdout().includes("Request served");
  });
  following.kill("SIGINT");
  const { exitCode, stdout, stderr } = await following.ended;
  expect({ exitCode, stderr }).toEqual({ exitCode: 130, stderr: "" });
  for (const line of stdout.trimEnd().split("\n")) expect(line).toContain("model=seen-from-afar");
});
