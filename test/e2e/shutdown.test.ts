// Stopping: what is in flight ends whole, nothing new is let in, and the exit code is 0.
import { expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { SAME_SIGNAL_MS } from "../../src/core/same-signal.ts";
import { events, silent } from "../fixture/behaviours.ts";
import { startDaemon } from "../fixture/daemon.ts";
import { newHome } from "../fixture/home.ts";
import { chatEvents } from "../fixture/openai-answers.ts";
import { openConnection, requestText } from "../fixture/raw-client.ts";
import { refusesConnections } from "../fixture/refuses-connections.ts";
import { fakeSecret } from "../fixture/secrets.ts";
import { TEST_DEADLINE_MS, until } from "../fixture/until.ts";
import { startUpstream } from "../fixture/upstream.ts";

setDefaultTimeout(TEST_DEADLINE_MS);

const REQUEST = requestText(
  "POST /v1/chat/completions",
  ["Content-Type: application/json"],
  '{"model":"m","stream":true}',
);
const providers = (url: string) => [{ name: "main", base_url: url, api_keys: [fakeSecret("shutdown")] }];

test.each(["SIGTERM", "SIGINT"] as const)(
  "%s lets a running stream end, takes no new connection, exits 0",
  async (signal) => {
    const gate = Promise.withResolvers<void>();
    const held = async function* () {
      const all = chatEvents();
      yield all.slice(0, 2).join("");
      await gate.promise;
      yield all.slice(2).join("");
    };
    await using upstream = startUpstream({ otherwise: () => events(held()) });
    await using daemon = await startDaemon(JSON.stringify({ providers: providers(upstream.url) }));
    using client = await openConnection(daemon.url);
    using idle = await openConnection(daemon.url);
    idle.send(requestText("GET /ready"));
    await idle.untilReceived("HTTP/1.1 200");
    client.send(REQUEST);
    await client.untilReceived("Hello");
    daemon.signal(signal);
    await until("the end of listening", () => refusesConnections(daemon.url));
    gate.resolve();
    expect(await client.untilReceived("[DONE]")).not.toContain('"error"');
    expect(await daemon.exited).toBe(0);
  },
);

test("what it answers while it stops says that the connection ends", async () => {
  const gate = Promise.withResolvers<void>();
  await using upstream = startUpstream({
    otherwise: async () => {
      await gate.promise;
      return Response.json({ id: "answer" });
    },
  });
  await using daemon = await startDaemon(JSON.stringify({ providers: providers(upstream.url) }));
  using client = await openConnection(daemon.url);
  client.send(REQUEST);
  await until("the upstream call", () => upstream.count() === 1);
  daemon.signal("SIGTERM");
  await until("its word that it stops", () => daemon.logs().includes("Stopping"));
  gate.resolve();
  expect(await client.untilReceived("answer")).toMatch(/^connection: close\r$/im);
  expect(await daemon.exited).toBe(0);
});

test("an idle daemon stops at once", async () => {
  await using daemon = await startDaemon(JSON.stringify({ providers: providers("http://127.0.0.1:9/v1") }));
  using idle = await openConnection(daemon.url);
  idle.send(requestText("GET /health"));
  await idle.untilReceived("HTTP/1.1 200");
  daemon.signal("SIGTERM");
  expect(await daemon.exited).toBe(0);
  await idle.closed;
});

test.each([
  ["test", ["test"]],
  ["models", ["models"]],
  ["keys add --test", ["keys", "add", "--test"]],
])("%s of a provider that is silent holds nothing up", async (_name, args) => {
  await using upstream = startUpstream({ otherwise: silent });
  await using home = await newHome();
  const [provider] = providers(upstream.url);
  await home.configure({ server: { drain_timeout: "50ms" }, providers: [{ ...provider, test_model: "m" }] });
  const daemon = await home.serve();
  const asked = () => upstream.count() + upstream.listings.length;
  const atStart = 1;
  await until("the list that the daemon fetches", () => asked() === atStart);
  const running = home.start(args, { input: fakeSecret("tested") });
  await until("the call", () => asked() > atStart);
  const stoppedAt = performance.now();
  daemon.signal("SIGTERM");
  expect(await daemon.exited).toBe(0);
  expect(performance.now() - stoppedAt).toBeLessThan(5_000);
  const { exitCode, stdout } = await running.ended;
  expect([exitCode > 0, stdout]).toEqual([true, ""]);
});

test("stop ends no stream, however often it is asked", async () => {
  const gate = Promise.withResolvers<void>();
  const held = async function* () {
    const all = chatEvents();
    yield all[0] ?? "";
    await gate.promise;
    yield all.slice(1).join("");
  };
  await using upstream = startUpstream({ otherwise: () => events(held()) });
  await using home = await newHome();
  await home.configure({ providers: providers(upstream.url) });
  const daemon = await home.serve();
  using client = await openConnection(daemon.url);
  client.send(REQUEST);
  await client.untilReceived("data:");
  await home.control().call("stop", {});
  await until("the end of listening", () => refusesConnections(daemon.url));
  // Signals that are closer than this count as one.
  await sleep(2 * SAME_SIGNAL_MS);
  expect(await home.control().call("stop", {})).toMatchObject({ pid: daemon.pid, in_flight: 1 });
  await sleep(2 * SAME_SIGNAL_MS);
  gate.resolve();
  expect(await client.untilReceived("[DONE]")).not.toContain('"error"');
  expect(await daemon.exited).toBe(0);
});

test("an error stream that nobody reads holds nothing up", async () => {
  await using home = await newHome();
  await home.configure({ providers: [] });
  // The daemon itself holds the other end of the pipe, and never reads it.
  const wrapper = ["sh", "-c", 'mkfifo unread && exec 3<>unread && exec "$@" 2>unread', "sh"];
  const daemon = await home.serve({ wrapper });
  const log = join(home.data, "daemon.log");
  const records = () => (existsSync(log) ? readFileSync(log, "utf8").split("\n").length : 0);
  // More than a pipe holds, in more batches than one.
  for (const count of [200, 400, 600]) {
    await until("the records in the file", async () => {
      await Promise.all(Array.from({ length: 50 }, () => fetch(`${daemon.url}/v1/${"x".repeat(200)}`)));
      return records() > count;
    });
  }
  const stoppedAt = performance.now();
  daemon.signal("SIGTERM");
  expect(await daemon.exited).toBe(0);
  expect(performance.now() - stoppedAt).toBeLessThan(5_000);
});

test("a reload while it drains holds nothing up", async () => {
  const gate = Promise.withResolvers<void>();
  const held = async function* () {
    yield chatEvents()[0] ?? "";
    await gate.promise;
  };
  await using upstream = startUpstream({ otherwise: () => events(held()), listing: silent });
  await using home = await newHome();
  await home.configure({ providers: providers(upstream.url) });
  const daemon = await home.serve();
  using client = await openConnection(daemon.url);
  client.send(REQUEST);
  await client.untilReceived("data:");
  daemon.signal("SIGTERM");
  await until("the end of listening", () => refusesConnections(daemon.url));
  expect(await home.control().call("reload", {})).toMatchObject({ ok: true });
  const stoppedAt = performance.now();
  gate.resolve();
  expect(await daemon.exited).toBe(0);
  expect(performance.now() - stoppedAt).toBeLessThan(5_000);
});

test("what does not end within the drain time is ended, and its client is not said to have left", async () => {
  await using upstream = startUpstream({ otherwise: silent });
  const config = { server: { drain_timeout: "200ms" }, providers: providers(upstream.url) };
  await using daemon = await startDaemon(JSON.stringify(config));
  using client = await openConnection(daemon.url);
  client.send(REQUEST);
  await until("the upstream call", () => upstream.count() === 1);
  daemon.signal("SIGTERM");
  expect(await daemon.exited).toBe(0);
  await client.closed;
  const record = daemon.logs().match(/^.*"route":"\/v1\/chat\/completions".*$/m)?.[0] ?? "{}";
  expect(JSON.parse(record)).toMatchObject({ msg: "Answer interrupted", error: "shutting_down" });
  expect(record).not.toContain("client_gone");
});

test("further signals end it at once", async () => {
  await using upstream = startUpstream({ otherwise: silent });
  await using daemon = await startDaemon(JSON.stringify({ providers: providers(upstream.url) }));
  using client = await openConnection(daemon.url);
  client.send(REQUEST);
  await until("the upstream call", () => upstream.count() === 1);
  let hasExited = false;
  const exited = daemon.exited.then(() => {
    hasExited = true;
  });
  // Signals that come close together count as one, as a terminal and a parent process send them.
  await until("the exit", () => {
    if (!hasExited) daemon.signal("SIGTERM");
    return hasExited;
  });
  await exited;
  await client.closed;
});
