// Providers and keys that refuse or never answer, beside one that does.

import { expect, setDefaultTimeout, test } from "bun:test";
import { createServer } from "node:net";
import { overloaded, serverError, silent } from "../fixture/behaviours.ts";
import { chat, closedLoop, MODEL } from "../fixture/client.ts";
import { startDaemon } from "../fixture/daemon.ts";
import { openai } from "../fixture/openai-answers.ts";
import { fakeSecret } from "../fixture/secrets.ts";
import { TEST_DEADLINE_MS, until } from "../fixture/until.ts";
import { startUpstream } from "../fixture/upstream.ts";

setDefaultTimeout(TEST_DEADLINE_MS);

const KEY = fakeSecret("fallback");

test.each([false, true])("a provider that refuses connections is passed over (stream: %p)", async (stream) => {
  const closed = `http://127.0.0.1:${await closedPort()}/v1`;
  await passesOver({ base_url: closed }, stream, 200);
});

test.each([
  ["answers 500", serverError, false],
  ["answers 503", overloaded, true],
] as const)("a provider that %s is passed over", async (_name, behaviour, stream) => {
  await using bad = startUpstream({ otherwise: behaviour });
  await passesOver({ base_url: bad.url }, stream, 200);
});

test.each([false, true])("a provider that accepts and never answers is passed over (stream: %p)", async (stream) => {
  await using bad = startUpstream({ otherwise: silent });
  await passesOver({ base_url: bad.url, timeouts: { first_byte: "150ms", response: "150ms" } }, stream, 40);
});

test("a provider that accepts connections and sends no head is passed over", async () => {
  const server = createServer(() => undefined);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
  const address = server.address();
  const port = typeof address === "object" ? address?.port : 0;
  const timeouts = { first_byte: "150ms", response: "150ms" };
  try {
    await passesOver({ base_url: `http://127.0.0.1:${port}/v1`, timeouts }, false, 20);
  } finally {
    server.close();
  }
});

test("one key of five that never answers holds one request, the other clients go on", async () => {
  await using upstream = startUpstream({ otherwise: openai });
  const keys = ["a", "b", "hanging", "d", "e"].map((name) => fakeSecret(`loop_${name}`));
  const hanging = keys[2] ?? "";
  upstream.byKey(hanging, silent);
  await using daemon = await startDaemon(
    JSON.stringify({ providers: [{ name: "pool", base_url: upstream.url, api_keys: keys }] }),
  );
  const leave = new AbortController();
  const loop = closedLoop(5, 2_000, async () => {
    await daemon.ask("/v1/chat/completions", { ...chat(), signal: leave.signal });
  }).catch((error: unknown) => error);
  const others = () => upstream.count() - upstream.count(hanging);
  await until("a request at the hanging key", () => upstream.count(hanging) === 1);
  await until("400 more answers", () => others() > 400);
  expect(upstream.mostOpen(hanging)).toBe(1);
  leave.abort();
  await loop;
  await until("the end of the held request", () => upstream.open(hanging) === 0);
});

test("a tier of two providers shares the load and a third is spared", async () => {
  await using first = startUpstream({ otherwise: openai });
  await using second = startUpstream({ otherwise: openai });
  await using third = startUpstream({ otherwise: openai });
  const providers = [first, second, third].map((upstream, index) => ({
    name: `side-${index}`,
    base_url: upstream.url,
    api_keys: [KEY],
  }));
  const route = [["side-0/a", "side-1/b"], "side-2/c"];
  await using daemon = await startDaemon(JSON.stringify({ providers, models: { even: route } }));
  for (let index = 0; index < 20; index += 1) await daemon.ask("/v1/chat/completions", chat({ model: "even" }));
  expect([first.count(), second.count(), third.count()]).toEqual([10, 10, 0]);
  expect([first.calls[0]?.model, second.calls[0]?.model]).toEqual(["a", "b"]);
});

async function passesOver(bad: object, stream: boolean, requests: number): Promise<void> {
  await using good = startUpstream({ otherwise: openai });
  const providers = [
    { name: "bad", api_keys: [KEY], ...bad },
    { name: "good", base_url: good.url, api_keys: [KEY] },
  ];
  const models = { fast: [`bad/${MODEL}`, `good/${MODEL}`] };
  await using daemon = await startDaemon(JSON.stringify({ providers, models }));
  await closedLoop(2, requests, async (index) => {
    const answer = await daemon.ask("/v1/chat/completions", chat({ model: "fast", ...(stream && { stream }) }));
    if (answer.status !== 200) throw new Error(`Request ${index} failed with ${answer.status}: ${answer.text}`);
    if (stream) expect(answer.text).toEndWith("data: [DONE]\n\n");
  });
  expect(good.count()).toBe(requests);
}

/** A port that was just free, so that connections to it are refused. */
async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
