// A changed config takes effect without a restart: health and running streams stay, a wrong one changes nothing.

import { expect, setDefaultTimeout, test } from "bun:test";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { events, serverError, unauthorized, wantsStream } from "../fixture/behaviours.ts";
import { chat } from "../fixture/client.ts";
import { type Daemon, startDaemon } from "../fixture/daemon.ts";
import { chatEvents, openai } from "../fixture/openai-answers.ts";
import { openConnection, requestText } from "../fixture/raw-client.ts";
import { fakeSecret } from "../fixture/secrets.ts";
import { TEST_DEADLINE_MS, until } from "../fixture/until.ts";
import { startUpstream } from "../fixture/upstream.ts";

setDefaultTimeout(TEST_DEADLINE_MS);

const [DEAD, GOOD, ADDED] = ["dead", "good", "added"].map((name) => fakeSecret(`reload_${name}`)) as [
  string,
  string,
  string,
];

test("a changed file is taken up, and the health of every key that stays is kept", async () => {
  await using upstream = startUpstream({ otherwise: openai, listing: openai, keys: { [DEAD]: unauthorized } });
  await using daemon = await startDaemon(configOf(upstream.url, [DEAD, GOOD]));
  for (let index = 0; index < 4; index += 1) await daemon.ask("/v1/chat/completions", chat());
  expect(upstream.count(DEAD)).toBe(1);
  await daemon.writeConfig(configOf(upstream.url, [DEAD, GOOD, ADDED]));
  await until("a call with the new key", () => askUntil(daemon, () => upstream.count(ADDED) > 0));
  for (let index = 0; index < 6; index += 1) await daemon.ask("/v1/chat/completions", chat());
  expect(upstream.count(DEAD)).toBe(1);
  await daemon.writeConfig(configOf(upstream.url, [DEAD, ADDED]));
  await until("no call with the removed key", async () => {
    const before = upstream.count(GOOD);
    for (let index = 0; index < 3; index += 1) await daemon.ask("/v1/chat/completions", chat());
    return upstream.count(GOOD) === before;
  });
  expect(upstream.count(DEAD)).toBe(1);
});

test("SIGHUP reads everything again, also what the file only names", async () => {
  await using upstream = startUpstream({ otherwise: openai });
  const config = JSON.stringify({ providers: [{ name: "main", base_url: upstream.url, keys_file: "main.keys" }] });
  await using daemon = await startDaemon({ config, files: { "main.keys": `# one\n${GOOD}\n` } });
  await daemon.ask("/v1/chat/completions", chat());
  expect(upstream.count(GOOD)).toBe(1);
  await writeFile(join(daemon.folder, "main.keys"), `${ADDED}\n`);
  daemon.signal("SIGHUP");
  await until("a call with the new key", () => askUntil(daemon, () => upstream.count(ADDED) > 0));
});

test("a wrong file changes nothing and is reported with its place", async () => {
  await using upstream = startUpstream({ otherwise: openai });
  await using daemon = await startDaemon(configOf(upstream.url, [GOOD]));
  await daemon.writeConfig(`providers:\n  - name: main\n    base_url: ${ADDED}\n    api_keys: [${ADDED}]\n`);
  daemon.signal("SIGHUP");
  await until("the report", () => daemon.logs().includes("openai-balance.yaml:3:5"));
  for (let index = 0; index < 3; index += 1) {
    expect((await daemon.ask("/v1/chat/completions", chat())).status).toBe(200);
  }
  expect(upstream.count(GOOD)).toBe(3);
  await daemon.writeConfig(configOf(upstream.url, [ADDED]));
  await until("the corrected file", () => askUntil(daemon, () => upstream.count(ADDED) > 0));
});

test("a running stream goes on with what it began with", async () => {
  const gate = Promise.withResolvers<void>();
  const held = async function* () {
    const all = chatEvents();
    yield all.slice(0, 2).join("");
    await gate.promise;
    yield all.slice(2).join("");
  };
  await using old = startUpstream({ otherwise: (call) => (wantsStream(call) ? events(held()) : openai(call)) });
  await using fresh = startUpstream({ otherwise: openai });
  await using daemon = await startDaemon(configOf(old.url, [GOOD]));
  using client = await openConnection(daemon.url);
  client.send(
    requestText("POST /v1/chat/completions", ["Content-Type: application/json"], '{"model":"m","stream":true}'),
  );
  await client.untilReceived("Hello");
  await daemon.writeConfig(configOf(fresh.url, [GOOD]));
  daemon.signal("SIGHUP");
  await until("a call to the new upstream", () => askUntil(daemon, () => fresh.count() > 0));
  gate.resolve();
  expect(await client.untilReceived("[DONE]")).not.toContain('"error"');
});

test("a request whose body still arrives ends at the upstream that it began with", async () => {
  await using old = startUpstream({ otherwise: openai });
  await using fresh = startUpstream({ otherwise: openai });
  await using daemon = await startDaemon(configOf(old.url, [GOOD]));
  using client = await openConnection(daemon.url);
  const text = requestText("POST /v1/chat/completions", ["Content-Type: application/json"], '{"model":"m"}');
  client.send(text.slice(0, -5));
  await until("the request", async () => (await daemon.ask("/health")).json<{ in_flight: number }>().in_flight === 1);
  await daemon.writeConfig(configOf(fresh.url, [GOOD]));
  daemon.signal("SIGHUP");
  await until("a call to the new upstream", () => askUntil(daemon, () => fresh.count() > 0));
  const before = old.count();
  client.send(text.slice(-5));
  expect(await client.untilReceived("chat.completion")).toStartWith("HTTP/1.1 200");
  expect(old.count()).toBe(before + 1);
});

test("the model list of another base URL does not stay", async () => {
  await using old = startUpstream({ otherwise: openai, listing: openai });
  await using fresh = startUpstream({ otherwise: openai, listing: serverError });
  await using daemon = await startDaemon(configOf(old.url, [GOOD]));
  const models = async () => (await daemon.ask("/v1/models")).json<{ data: readonly object[] }>().data.length;
  await until("the list", async () => (await models()) > 0);
  await daemon.writeConfig(configOf(fresh.url, [GOOD]));
  daemon.signal("SIGHUP");
  await until("a call to the new upstream", () => askUntil(daemon, () => fresh.count() > 0));
  expect(await models()).toBe(0);
});

test("server settings are taken up too", async () => {
  await using upstream = startUpstream({ otherwise: openai });
  await using daemon = await startDaemon({ config: configOf(upstream.url, [GOOD]) });
  const changed = JSON.parse(configOf(upstream.url, [ADDED]));
  await daemon.writeConfig(JSON.stringify({ ...changed, server: { debug_headers: true } }));
  await until("a call with the new key", () => askUntil(daemon, () => upstream.count(ADDED) > 0));
  const answer = await daemon.ask("/v1/chat/completions", chat());
  expect(answer.headers.get("x-openai-balance-provider")).toBe("main");
  expect(answer.headers.get("x-openai-balance-attempts")).toBe("1");
});

function configOf(url: string, keys: readonly string[]): string {
  return JSON.stringify({ providers: [{ name: "main", base_url: url, api_keys: keys }] });
}

async function askUntil(daemon: Daemon, done: () => boolean): Promise<boolean> {
  expect((await daemon.ask("/v1/chat/completions", chat())).status).toBe(200);
  return done();
}
