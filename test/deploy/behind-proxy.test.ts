// The daemon behind nginx and behind Caddy, with the files of deploy/: nothing is held back, changed or done twice.
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { events } from "../fixture/behaviours.ts";
import { chat } from "../fixture/client.ts";
import type { Daemon } from "../fixture/daemon.ts";
import { type Home, newHome } from "../fixture/home.ts";
import { chatEvents, openai } from "../fixture/openai-answers.ts";
import { fakeSecret, leakIn } from "../fixture/secrets.ts";
import { SocketClient } from "../fixture/socket-client.ts";
import { type SocketServer, startSocketServer } from "../fixture/socket-server.ts";
import { TEST_DEADLINE_MS, until } from "../fixture/until.ts";
import { type Call, startUpstream, type Upstream } from "../fixture/upstream.ts";
import { freePort, KINDS, NAME, type ReverseProxy, ROOT, startProxy } from "./reverse-proxy.ts";

setDefaultTimeout(TEST_DEADLINE_MS);

const CLIENT = fakeSecret("deploy_client");
const ADMIN = fakeSecret("deploy_admin");
const CA = readFileSync(join(ROOT, "test/fixture/tls/ca.pem"), "utf8");
const UPLOAD_BYTES = 8 * 1024 * 1024;
const STREAM = chat({ stream: true });
/** One request after another in each of these. */
const CLIENTS = 4;

type Name = keyof typeof KINDS;
const NAMES = Object.keys(KINDS) as Name[];
const isMissing = (name: Name) => Bun.which(KINDS[name].program) === null;

/** Both as the head of the files says. */
function configOf(providers: readonly object[]): object {
  return {
    server: { trusted_proxies: ["127.0.0.1", "::1"] },
    auth: { client_tokens: [CLIENT], admin_token: ADMIN, admin_hosts: [NAME] },
    providers,
  };
}

function ask({ url, host }: ReverseProxy, path: string, init: RequestInit = {}): Promise<Response> {
  const headers = new Headers(init.headers);
  headers.set("host", host);
  if (!headers.has("authorization")) headers.set("authorization", `Bearer ${CLIENT}`);
  return fetch(url + path, { redirect: "manual", ...init, headers, tls: { ca: CA } });
}

async function textOf(answer: Response): Promise<string> {
  const text = await answer.text();
  expect(leakIn(text)).toBeUndefined();
  return text;
}

/** Reads on until the text is there. @throws when the answer ends before. */
async function readUntil(reader: ReadableStreamDefaultReader<Uint8Array>, text: string): Promise<string> {
  let got = "";
  while (!got.includes(text)) {
    const { done, value } = await reader.read();
    if (done) throw new Error(`The answer ended before ${text}: ${got}`);
    got += new TextDecoder().decode(value);
  }
  return got;
}

describe.each(NAMES.filter((name) => !isMissing(name)))("%s", (name) => {
  let upstream: Upstream;
  let voices: SocketServer;
  let home: Home;
  let proxy: ReverseProxy;
  beforeAll(async () => {
    upstream = startUpstream({ otherwise: openai });
    voices = await startSocketServer((peer) => {
      peer.accept().onFrame = ({ opcode, payload }) => peer.send(opcode, payload);
    });
    home = await newHome();
    const keys = [fakeSecret("deploy_key")];
    await home.configure(
      configOf([
        { name: "main", base_url: upstream.url, api_keys: keys },
        { name: "voice", base_url: voices.url, api_keys: keys },
      ]),
    );
    proxy = await startProxy(name, [(await home.serve()).url]);
  });
  afterAll(async () => {
    await proxy[Symbol.asyncDispose]();
    await home[Symbol.asyncDispose]();
    await voices[Symbol.asyncDispose]();
    await upstream[Symbol.asyncDispose]();
  });

  test("passes each event of a stream as soon as it is there", async () => {
    const [first = "", ...rest] = chatEvents();
    const gate = Promise.withResolvers<void>();
    upstream.otherwise(() => events(held(first, rest.join(""), gate.promise)));
    const answer = await ask(proxy, "/v1/chat/completions", STREAM);
    const reader = answer.body?.getReader() as ReadableStreamDefaultReader<Uint8Array>;
    await readUntil(reader, "data: ");
    gate.resolve();
    expect(await readUntil(reader, "[DONE]")).not.toContain('"error"');
  });

  test("ends the call when the client leaves", async () => {
    const calls: Call[] = [];
    upstream.otherwise((call) => {
      calls.push(call);
      return events(held(chatEvents()[0] ?? "", "", new Promise(() => {})));
    });
    const leaving = new AbortController();
    const answer = await ask(proxy, "/v1/chat/completions", { ...STREAM, signal: leaving.signal });
    await readUntil(answer.body?.getReader() as ReadableStreamDefaultReader<Uint8Array>, "data: ");
    leaving.abort();
    await until("the end of the call", () => calls[0]?.signal.aborted);
  });

  test("takes uploads that are larger than it takes by default", async () => {
    upstream.otherwise(openai);
    upstream.calls.length = 0;
    const form = new FormData();
    form.set("purpose", "batch");
    form.set("file", new Blob([new Uint8Array(UPLOAD_BYTES)]), "rows.jsonl");
    expect((await ask(proxy, "/v1/files", { method: "POST", body: form })).status).toBe(200);
    expect(upstream.calls.at(-1)?.body.length).toBeGreaterThan(UPLOAD_BYTES);
  });

  test("passes WebSockets", async () => {
    const url = `${proxy.url}/voice/v1/realtime?model=gpt-realtime`;
    await using client = new SocketClient(url, { headers: { authorization: `Bearer ${CLIENT}` } });
    await client.opened;
    client.send('{"type":"response.create"}');
    expect(await client.until(1)).toEqual(['{"type":"response.create"}']);
  });

  test("lets browsers log in to the page under its name, with a cookie for HTTPS alone", async () => {
    const own = { origin: `https://${proxy.host}`, "sec-fetch-site": "same-origin" };
    const form = { ...own, "content-type": "application/x-www-form-urlencoded" };
    const body = new URLSearchParams({ token: ADMIN }).toString();
    const answer = await ask(proxy, "/admin/login", { method: "POST", headers: form, body });
    expect([answer.status, await textOf(answer)]).toEqual([303, ""]);
    const cookie = answer.headers.get("set-cookie") ?? "";
    expect(cookie).toContain("; Secure");
    const page = { headers: { cookie: cookie.split(";")[0] ?? "", authorization: "" } };
    expect((await ask(proxy, "/admin/api/overview", page)).status).toBe(200);
    const text = await textOf(await ask(proxy, "/admin", page));
    const token = /"(oab-csrf-[^"]+)"/.exec(text)?.[1] ?? "";
    const change = { ...page.headers, ...own, "content-type": "application/json", "x-csrf-token": token };
    const reload = await ask(proxy, "/admin/api/reload", { method: "POST", headers: change, body: "{}" });
    expect([reload.status, await textOf(reload)]).toEqual([200, expect.stringContaining('"ok":true')]);
  });

  test("says who asks, whatever the client says", async () => {
    await using seen = startUpstream({ otherwise: () => new Response("seen") });
    await using other = await startProxy(name, [seen.url]);
    await ask(other, "/a%2Fb//c?d=%20", { headers: { "x-forwarded-for": "192.0.2.7", "x-forwarded-proto": "http" } });
    const { headers, path } = seen.calls[0] as Call;
    expect(path).toBe("/a%2Fb//c?d=%20");
    expect(headers.get("host")).toBe(other.host);
    expect(headers.get("x-forwarded-for")).toMatch(/(?:^|, )127\.0\.0\.1$/);
    expect(headers.get("x-forwarded-proto")).toBe("https");
  });

  test("loses nothing while one of two instances restarts as the documents say, streams included", async () => {
    const [first = "", ...rest] = chatEvents();
    const gate = Promise.withResolvers<void>();
    upstream.otherwise((call) => {
      return call.model === "slow" ? events(held(first, rest.join(""), gate.promise)) : openai(call);
    });
    await using one = await newHome();
    await using two = await newHome();
    const providers = [{ name: "main", base_url: upstream.url, api_keys: [fakeSecret("deploy_key")] }];
    for (const each of [one, two]) await each.configure(configOf(providers));
    const [leading, second] = await Promise.all([one.serve(), two.serve()]);
    await using pair = await startProxy(name, [leading.url, second.url]);
    const stream = await ask(pair, "/v1/chat/completions", chat({ stream: true, model: "slow" }));
    const reader = stream.body?.getReader() as ReadableStreamDefaultReader<Uint8Array>;
    await readUntil(reader, "data: ");
    await using load = steadyLoad(pair);
    await load.more();
    if (pair.leaveOutFirst !== undefined) {
      pair.leaveOutFirst();
      await until("the stream is all that the first has", async () => {
        await load.more();
        return (await requestsOf(leading)) === (await requestsOf(leading, load.more));
      });
    }
    leading.signal("SIGTERM");
    await load.more();
    gate.resolve();
    await readUntil(reader, "[DONE]");
    expect(await leading.exited).toBe(0);
    await load.more();
    expect(load.statuses.filter((status) => status !== 200)).toEqual([]);
  });

  test("goes to the second instance while the first one cannot be reached", async () => {
    upstream.otherwise(openai);
    await using gone = await newHome();
    await gone.configure(configOf([{ name: "main", base_url: upstream.url, api_keys: [fakeSecret("deploy_key")] }]));
    const daemon = await gone.serve();
    await using pair = await startProxy(name, [`http://127.0.0.1:${freePort()}`, daemon.url]);
    const statuses = await Promise.all([1, 2, 3].map(() => ask(pair, "/v1/chat/completions", chat())));
    expect(statuses.map(({ status }) => status)).toEqual([200, 200, 200]);
  });
});

describe.each(NAMES.filter(isMissing))("%s", (name) => {
  test.skip(`is not installed here: ${KINDS[name].file} was not tried`, () => {});
});

async function* held(first: string, rest: string, gate: Promise<void>): AsyncGenerator<string> {
  yield first;
  await gate;
  yield rest;
}

/** How many chats a daemon has served, once `before` is over. */
async function requestsOf(daemon: Daemon, before?: () => Promise<unknown>): Promise<string> {
  await before?.();
  const { text } = await daemon.ask("/metrics", { headers: { authorization: `Bearer ${ADMIN}` } });
  return text
    .split("\n")
    .filter((line) => line.startsWith("openai_balance_requests_total{"))
    .join();
}

/** Requests until it is disposed of; `more` resolves when ten more were answered. */
function steadyLoad(proxy: ReverseProxy) {
  const statuses: number[] = [];
  let isOver = false;
  const client = async () => {
    while (!isOver) {
      const answer = await ask(proxy, "/v1/chat/completions", chat()).catch(() => undefined);
      await answer?.bytes();
      statuses.push(answer?.status ?? 0);
    }
  };
  const clients = Promise.all(Array.from({ length: CLIENTS }, client));
  return {
    statuses,
    more: () => {
      const wanted = statuses.length + 10;
      return until("10 answers", () => statuses.length >= wanted);
    },
    [Symbol.asyncDispose]: async () => {
      isOver = true;
      await clients;
    },
  };
}
