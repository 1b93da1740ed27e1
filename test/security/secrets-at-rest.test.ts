// After a day of operation no secret stands in any file but those that are for it, nor in anything that was printed.
import { expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { silent } from "../fixture/behaviours.ts";
import { chat } from "../fixture/client.ts";
import type { Daemon } from "../fixture/daemon.ts";
import { type Home, newHome, type RunOptions } from "../fixture/home.ts";
import { openai } from "../fixture/openai-answers.ts";
import { commandLines, type Secrets, secretsBelow, secretsIn } from "../fixture/secret-hunt.ts";
import { TEST_DEADLINE_MS, until } from "../fixture/until.ts";
import { type Behaviour, startUpstream } from "../fixture/upstream.ts";

/** Obviously fake, with characters that URLs, JSON and Base64 write in another way. */
const fake = (name: string) => `fake/${name}+"1\\2"=~0123456789`;
const secretsOf = (...names: readonly string[]) => Object.fromEntries(names.map((name) => [name, fake(name)]));

const KEYS = secretsOf("good", "dead", "broke", "refused", "typed", "imported", "removed", "hanging", "unknown");
const TOKENS = secretsOf("admin", "stranger", "header");
const ALL: Secrets = { ...KEYS, ...TOKENS };

const quoting =
  (status: number, code: string): Behaviour =>
  ({ key = "" }) => {
    const quoted = [key, encodeURIComponent(key), Buffer.from(`me:${key}`).toString("base64")].join(" or ");
    const error = { message: `Bad key: ${quoted}`, type: "invalid_request_error", code, param: key };
    return Response.json({ error }, { status, headers: { "x-quoted": key } });
  };

const upstream = startUpstream({
  otherwise: openai,
  listing: quoting(500, "odd"),
  keys: {
    [fake("dead")]: quoting(401, "invalid_api_key"),
    [fake("broke")]: quoting(429, "insufficient_quota"),
    [fake("refused")]: quoting(401, "invalid_api_key"),
    [fake("removed")]: quoting(500, "server_error"),
    [fake("hanging")]: silent,
  },
});

test("the hunt finds a secret in each spelling, wherever it stands", () => {
  const secret = fake("good");
  for (const before of ["", "a", "ab", "abc"]) {
    const text = `${before}${secret}xyz`;
    const forms = [text, encodeURIComponent(text), JSON.stringify(text)];
    const encoded = ["base64", "base64url"].map((form) => Buffer.from(text).toString(form as BufferEncoding));
    for (const form of [...forms, ...encoded]) expect(secretsIn(`-${form}-`, { secret })).not.toEqual([]);
  }
  expect(secretsIn(fake("dead"), { secret })).toEqual([]);
});

test(
  "a day of operation",
  async () => {
    await using home = await newHome();
    const printed: string[] = [];
    const run = async (args: readonly string[], options?: RunOptions) => {
      const { exitCode, stdout, stderr } = await home.run(args, options);
      printed.push(stdout, stderr);
      return exitCode;
    };
    await run(["init"]);
    const written = tokensOf(home);
    const daemon = await configured(home, run);
    await addInEveryWay(home, run);
    await addWhileLookedAt(home);
    await callEverything(daemon);
    await lookAtEverything(home, run);
    await changeEverything(home, run);
    const secrets = { ...ALL, ...written };
    await daemon.stop();
    await run(["keys", "list", "--json"]);
    expect(secretsIn(printed.join("\n"), secrets)).toEqual([]);
    expect(secretsIn(daemon.logs(), secrets)).toEqual([]);
    expect(daemon.logs()).toContain("Bad key: ");
    expectOnlyOwnPlaces(home, written);
    await upstream[Symbol.asyncDispose]();
  },
  TEST_DEADLINE_MS,
);

type RunCommand = (args: readonly string[], options?: RunOptions) => Promise<number>;

/** A provider with a secret header, and the admin token of the other test data. */
async function configured(home: Home, run: RunCommand): Promise<Daemon> {
  const provider = JSON.stringify({ base_url: upstream.url, test_model: "m", max_retries: 0 });
  expect(await run(["config", "set", "providers.main"], { input: provider })).toBe(0);
  const daemon = await home.serve();
  expect(await run(["config", "set", "providers.main.headers.X-Private"], { input: fake("header") })).toBe(0);
  expect(await run(["config", "set", "auth.admin_token"], { input: fake("admin") })).toBe(0);
  expect(await run(["config", "set", "requests.record_bodies", "on_error"])).toBe(0);
  return daemon;
}

async function addInEveryWay(home: Home, run: RunCommand): Promise<void> {
  const add = ["keys", "add", "--provider", "main"];
  const three = ["good", "dead", "broke"].map(fake).join("\n");
  expect(await run([...add, "--name", "main"], { input: three })).toBe(0);
  expect(await run([...add, "--test"], { input: fake("refused") })).toBe(4);
  const list = JSON.stringify({ keys: ["imported", "removed"].map((name) => ({ key: fake(name), name })) });
  expect(await run(["keys", "import", "-", "--provider", "main"], { input: list })).toBe(0);
  const typing = home.startInTerminal(add);
  await until("the question", () => typing.text().includes("Key (it is not shown)"));
  typing.type(`${fake("typed")}\r`);
  expect(await typing.exited).toBe(0);
  expect(secretsIn(typing.text(), ALL)).toEqual([]);
}

/** What other users of the machine can see of a command that has a key: its line, where Linux shows it. */
async function addWhileLookedAt(home: Home): Promise<void> {
  if (process.platform !== "linux") return;
  const args = ["keys", "add", "--provider", "main", "--test"];
  const adding = home.start(args, { input: fake("hanging") });
  await until("the call that hangs", () => upstream.count(fake("hanging")) > 0);
  expect(commandLines()).toContain(args.join("\0"));
  expect(secretsIn(commandLines(), ALL)).toEqual([]);
  expect(secretsIn(readFileSync(`/proc/${adding.pid}/environ`, "latin1"), ALL)).toEqual([]);
  adding.kill("SIGINT");
  const { stdout, stderr } = await adding.ended;
  expect(secretsIn(stdout + stderr, ALL)).toEqual([]);
}

async function callEverything(daemon: Daemon): Promise<void> {
  const token = /oab-[\w-]+/.exec(readFileSync(join(daemon.folder, "config.yaml"), "utf8"))?.[0];
  const bearer = (value: string) => ({ authorization: `Bearer ${value}`, "content-type": "application/json" });
  for (let index = 0; index < 8; index += 1) {
    const asked = chat({ messages: [{ role: "user", content: `I was refused with ${fake("dead")}` }] });
    const answer = await daemon.ask("/main/v1/chat/completions", { ...asked, headers: bearer(token ?? "") });
    const head = JSON.stringify([...answer.headers]);
    expect(secretsIn(`${head}\n${answer.text}`, ALL)).toEqual([]);
  }
  expect(upstream.count(fake("dead"))).toBeGreaterThan(0);
  const metrics = await daemon.ask("/metrics", { headers: bearer(fake("admin")) });
  expect(metrics.text).toContain("openai_balance_");
  expect(secretsIn(metrics.text, ALL)).toEqual([]);
  const stranger = await daemon.ask("/v1/chat/completions", { ...chat(), headers: bearer(fake("stranger")) });
  expect(stranger.status).toBe(401);
}

async function lookAtEverything(home: Home, run: RunCommand): Promise<void> {
  const commands = [
    "keys list",
    "health",
    "providers",
    "models",
    "explain m",
    "status",
    "logs",
    "logs --daemon",
    "stats",
    "stats --by key",
    "stats --by model",
    "stats --by token",
    "stats attention",
    "keys test",
    "test",
  ];
  for (const command of commands) await run(command.split(" "));
  for (const command of commands) await run([...command.split(" "), "--json"]);
  const { records } = await home.control().call("logs.list", { errors: true });
  const details = await Promise.all(records.map(({ id }) => home.control().call("logs.get", { id })));
  expect(JSON.stringify(details)).toContain("I was refused with");
  expect(secretsIn(JSON.stringify(details), ALL)).toEqual([]);
  await run(["logs", "export"]);
  await run(["config", "show", "--origin"]);
  await run(["keys", "export"]);
  await run(["keys", "disable", fake("unknown")]);
  const status = await home.json<{ url: string }>(["status"]);
  await run(["profile", "add", "far", status.url], { input: fake("admin") });
  await run(["keys", "list", "--profile", "far"]);
  await run(["keys", "list", "--url", status.url], { env: { OPENAI_BALANCE_TOKEN: fake("stranger") } });
  await run(["profile", "list"]);
  for (const shell of ["bash", "zsh", "fish"]) await run(["completion", shell]);
  for (const words of [["keys", "disable"], ["health"], ["logs", "--key"], ["config", "set"], ["status", "--profile"]])
    await run(["__complete", "fish", "openai-balance", ...words, ""]);
}

async function changeEverything(home: Home, run: RunCommand): Promise<void> {
  await run(["keys", "remove", "removed", "--yes"]);
  await run(["keys", "disable", "imported"]);
  await run(["keys", "reset", "--status", "invalid"]);
  await run(["master", "rotate"]);
  const file = join(home.path, "config.yaml");
  const right = readFileSync(file, "utf8");
  writeFileSync(file, right.replace("max_retries: 0", `max_retries: ${JSON.stringify(fake("header"))}`));
  expect(await run(["reload"])).toBe(2);
  expect(await run(["config", "check"])).toBe(2);
  writeFileSync(file, right);
  expect(await run(["reload"])).toBe(0);
  expect(await run(["keys", "export", "--secrets", "backup.json"])).toBe(0);
}

/** The config holds what was set in it, the backup what is stored; nothing else holds anything. */
function expectOnlyOwnPlaces(home: Home, written: Secrets): void {
  const isConfig = (found: string) => /^config\.yaml(\.1)?: /.test(found);
  const isBackup = (found: string) => found.startsWith("backup.json: ");
  const keys = secretsBelow(home.path, KEYS);
  expect(keys.filter((found) => !isBackup(found))).toEqual([]);
  expect(keys.map((found) => found.replace(/^.*: (\w+) as .*$/, "$1"))).toEqual(
    expect.arrayContaining(["good", "dead", "broke", "typed", "imported"]),
  );
  expect(keys.some((found) => found.includes("removed"))).toBe(false);
  const tokens = secretsBelow(home.path, { ...TOKENS, ...written });
  expect(tokens.filter((found) => !isConfig(found))).toEqual([]);
  expect(tokens.some((found) => found.startsWith("config.yaml: admin"))).toBe(true);
  const profiles = readFileSync(join(home.settings, "profiles.json"), "utf8");
  expect(profiles).toContain('"far"');
  expect(readFileSync(join(home.data, "daemon.log"), "utf8")).toContain("Bad key: ");
}

function tokensOf(home: Home): Secrets {
  const text = readFileSync(join(home.path, "config.yaml"), "utf8");
  const [client = "", admin = ""] = [/oab-[\w-]+/, /admin-[0-9a-f]+/].map((form) => form.exec(text)?.[0] ?? "");
  expect([client, admin]).not.toContain("");
  return { "written client token": client, "written admin token": admin };
}
