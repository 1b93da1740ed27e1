// Outbound proxies through the real program: what they carry, who is blamed where one does not, and what is kept.
import { expect, setDefaultTimeout, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Balanced } from "../fixture/balanced.ts";
import { chat, closedLoop } from "../fixture/client.ts";
import { startDaemon } from "../fixture/daemon.ts";
import { startH2Server } from "../fixture/h2-server.ts";
import { newHome } from "../fixture/home.ts";
import { chatEvents, openai } from "../fixture/openai-answers.ts";
import { proxyUrl, startConnectProxy, startSocksProxy, type TestProxy } from "../fixture/outbound-proxy.ts";
import { certificate } from "../fixture/raw-server.ts";
import { secretsBelow } from "../fixture/secret-hunt.ts";
import { fakeSecret } from "../fixture/secrets.ts";
import { TEST_DEADLINE_MS, until } from "../fixture/until.ts";
import { startUpstream } from "../fixture/upstream.ts";

setDefaultTimeout(TEST_DEADLINE_MS);

const CA = new URL("../fixture/tls/ca.pem", import.meta.url).pathname;
const KEY = fakeSecret("outbound_key");
const PASSWORD = fakeSecret("outbound_password");
const CREDENTIAL = `proxy-user:${PASSWORD}`;

const mainAt = (base_url: string, more: object = {}) => ({ name: "main", base_url, api_keys: [KEY], ...more });

/** A provider over TLS that speaks HTTP/1.1 only. */
function startTlsUpstream() {
  const server = Bun.serve({ port: 0, hostname: "127.0.0.1", tls: certificate("localhost"), fetch: answer });
  return { url: `https://localhost:${server.port}/v1`, [Symbol.asyncDispose]: () => server.stop(true) };
}

async function answer(request: Request): Promise<Response> {
  const { pathname, search } = new URL(request.url);
  const body = await request.bytes();
  const { model } = body.length === 0 ? {} : JSON.parse(new TextDecoder().decode(body));
  const key = request.headers.get("authorization")?.slice("Bearer ".length);
  const { method, headers, signal } = request;
  return openai({ key, method, path: pathname + search, headers, body, model, signal });
}

const PROXIES = [
  ["http", () => startConnectProxy({ credential: CREDENTIAL })],
  ["https", () => startConnectProxy({ credential: CREDENTIAL, isTls: true })],
  ["socks5", () => startSocksProxy({ credential: CREDENTIAL })],
  ["socks5h", () => startSocksProxy({ credential: CREDENTIAL })],
] as const;

test("every kind of proxy carries JSON and streams to providers behind TLS, and sees no key", async () => {
  await using h2 = await startH2Server({
    onRequestEnd: (peer) => {
      if (peer.bodyBytes === 0) return peer.answer(200, '{"object":"list","data":[]}');
      peer.head(200, [["content-type", "text/event-stream"]]);
      for (const event of chatEvents()) peer.data(event);
      peer.data("", true);
    },
  });
  await using http1 = startTlsUpstream();
  await using proxies = new AsyncDisposableStack();
  const started: [string, TestProxy][] = [];
  for (const [scheme, start] of PROXIES) started.push([scheme, proxies.use(await start())]);
  const providers = started.flatMap(([scheme, proxy]) => {
    const own = { ca_file: CA, proxies: [proxyUrl(scheme, proxy, CREDENTIAL)] };
    return [
      { ...mainAt(http1.url, own), name: `${scheme}-http1` },
      { ...mainAt(`${h2.origin}/v1`, own), name: `${scheme}-http2` },
    ];
  });
  const config = JSON.stringify({ providers });
  await using daemon = await startDaemon({ config, env: { NODE_EXTRA_CA_CERTS: CA } });
  for (const [scheme, proxy] of started) {
    const whole = await daemon.ask(`/${scheme}-http1/v1/chat/completions`, chat());
    expect([scheme, whole.status]).toEqual([scheme, 200]);
    const stream = await daemon.ask(`/${scheme}-http2/v1/chat/completions`, chat({ stream: true }));
    expect(stream.text).toBe(chatEvents().join(""));
    expect(proxy.tunnels).toBeGreaterThanOrEqual(2);
    expect(proxy.seen().includes(KEY)).toBe(false);
  }
});

interface Fault {
  readonly start: () => Promise<TestProxy>;
  readonly credential?: string;
  readonly reason: string;
}

const FAULTS: readonly (readonly [string, Fault])[] = [
  ["refuses", { start: () => startConnectProxy({ instead: () => 403 }), reason: "PROXY_REFUSED" }],
  ["demands a password", { start: () => startConnectProxy({ credential: CREDENTIAL }), reason: "PROXY_AUTH_REQUIRED" }],
  [
    "demands another password",
    {
      start: () => startSocksProxy({ credential: CREDENTIAL }),
      credential: "proxy-user:wrong",
      reason: "PROXY_AUTH_REQUIRED",
    },
  ],
  ["hangs up", { start: () => startConnectProxy({ instead: () => "hang-up" }), reason: "PROXY_BAD_ANSWER" }],
];

test.each(FAULTS)(
  "of a proxy that %s neither key nor provider is blamed, and the client is told",
  async (_name, fault) => {
    await using upstream = startUpstream({ otherwise: openai });
    await using proxy = await fault.start();
    const scheme = fault.reason === "PROXY_AUTH_REQUIRED" && fault.credential ? "socks5h" : "http";
    const url = proxyUrl(scheme, proxy, fault.credential);
    const providers = [
      mainAt(upstream.url, { max_retries: 0 }),
      { ...mainAt(upstream.url), name: "spare", proxies: "direct" },
    ];
    await using balanced = await balancedOf({ providers, proxies: { urls: [url] }, logging: { level: "debug" } });
    const answer = await balanced.daemon.ask("/main/v1/chat/completions", chat());
    expect(answer.status).toBe(502);
    const { error } = answer.json();
    expect(error.code).toBe("upstream_unreachable");
    expect(error.message).toStartWith(
      `Cannot reach the provider (no outbound proxy of this daemon carries the call (${fault.reason}))`,
    );
    for (let more = 0; more < 6; more++) await balanced.daemon.ask("/main/v1/chat/completions", chat());
    expect(upstream.count()).toBe(0);
    const [key] = Object.values(await balanced.keys());
    expect(key).toMatchObject({ state: "ready", failed_24h: 0 });
    expect(await balanced.provider("main")).toMatchObject({ state: "up", failed_24h: 0 });
    const { healthy, proxies = [] } = await balanced.home.control().call("health", {});
    expect([healthy, proxies.map(({ state, reason }) => [state, reason])]).toEqual([false, [["out", fault.reason]]]);
    // Another provider of the route takes over.
    const direct = await balanced.daemon.ask("/spare/v1/chat/completions", chat());
    expect(direct.status).toBe(200);
    await until("the attempt's record", () => balanced.daemon.logs().includes(`"proxy":"${proxies[0]?.id}"`));
  },
);

test("a request whose first provider no proxy reaches is served by the next, at once", async () => {
  await using upstream = startUpstream({ otherwise: openai });
  await using proxy = await startConnectProxy({ instead: () => 403 });
  const providers = [
    mainAt(upstream.url, { proxies: [proxyUrl("http", proxy)] }),
    { ...mainAt(upstream.url), name: "spare" },
  ];
  const models = { any: ["main/gpt-4o-mini", "spare/gpt-4o-mini"] };
  await using balanced = await balancedOf({ providers, models });
  expect(new Set(await balanced.serially(8, { model: "any" }))).toEqual(new Set([200]));
  // Once it is out it is not even asked.
  expect(proxy.requests.length).toBeLessThan(8);
});

test("keys with proxies of their own: one that is dead costs no client anything, and its key comes back with it", async () => {
  await using upstream = startUpstream({ otherwise: openai });
  let isDead = true;
  await using bad = await startConnectProxy({ instead: () => (isDead ? "hang-up" : undefined) });
  await using good = await startSocksProxy();
  const api_keys = [
    { name: "bad", key: fakeSecret("outbound_bad"), proxies: [proxyUrl("http", bad)] },
    { name: "good", key: fakeSecret("outbound_good"), proxies: [proxyUrl("socks5h", good)] },
  ];
  const providers = [{ name: "main", base_url: upstream.url, api_keys, max_retries: 0 }];
  await using balanced = await balancedOf({ providers });
  expect(new Set(await balanced.serially(12))).toEqual(new Set([200]));
  const asked = bad.requests.length;
  expect(new Set(await balanced.serially(4))).toEqual(new Set([200]));
  expect(bad.requests.length).toBe(asked);
  isDead = false;
  const { proxies } = await balanced.home.control().call("proxies.list", {});
  const out = proxies.filter(({ state }) => state === "out").map(({ id }) => id);
  expect(out).toHaveLength(1);
  await balanced.home.ok(["proxies", "enable", ...out]);
  await balanced.serially(4);
  expect(upstream.count(fakeSecret("outbound_bad"))).toBeGreaterThan(0);
});

test.each(["reset", "end"] as const)(
  "a proxy that dies mid-stream by %s: the stream ends with an error, and nobody is said to be it",
  async (how) => {
    await using proxy = await startConnectProxy();
    await using upstream = startUpstream({
      otherwise: (call) => {
        if (call.method === "GET") return openai(call);
        const first = new TextEncoder().encode(chatEvents().slice(0, 3).join(""));
        const body = new ReadableStream({ start: (controller) => controller.enqueue(first) });
        return new Response(body, { headers: { "content-type": "text/event-stream" } });
      },
    });
    await using balanced = await balancedOf({
      providers: [mainAt(upstream.url)],
      proxies: { urls: [proxyUrl("http", proxy)] },
    });
    const response = await fetch(`${balanced.daemon.url}/v1/chat/completions`, chat({ stream: true }));
    const reader = response.body?.getReader();
    const chunks = [Buffer.from((await reader?.read())?.value ?? "")];
    proxy.cut(how);
    for (let next = await reader?.read(); next?.done === false; next = await reader?.read())
      chunks.push(Buffer.from(next.value));
    const text = Buffer.concat(chunks).toString();
    expect(text).toContain('"code":"upstream_stream_interrupted"');
    expect(text).not.toContain("[DONE]");
    // Nobody can tell which side of the tunnel ended it: as ever a vote against provider × model, none against the proxy.
    await until("the record", async () => balanced.daemon.logs().includes("Answer interrupted"));
    expect(await balanced.provider("main")).toMatchObject({ state: "up" });
    const { proxies } = await balanced.home.control().call("proxies.list", {});
    expect(proxies).toMatchObject([{ state: "ready", failures: 0 }]);
    const [key] = Object.values(await balanced.keys());
    expect(key?.state).toBe("ready");
  },
);

test("`HTTP_PROXY` and the like are not heeded, and `direct` goes past the proxies of the top level", async () => {
  await using upstream = startUpstream({ otherwise: openai });
  await using proxy = await startConnectProxy();
  const url = proxyUrl("http", proxy);
  const env = { HTTP_PROXY: url, HTTPS_PROXY: url, ALL_PROXY: url, http_proxy: url, https_proxy: url, NO_PROXY: "" };
  const home = await newHome();
  await home.configure({ providers: [mainAt(upstream.url)] });
  await using balanced = new Balanced(home, await home.serve({ env }));
  expect(await balanced.serially(2)).toEqual([200, 200]);
  await home.configure({ providers: [mainAt(upstream.url, { proxies: "direct" })], proxies: { urls: [url] } });
  await home.ok(["reload"]);
  expect(await balanced.serially(2)).toEqual([200, 200]);
  expect(proxy.requests).toEqual([]);
  await home.configure({ providers: [mainAt(upstream.url)], proxies: { urls: [url] } });
  await home.ok(["reload"]);
  expect(await balanced.serially(2)).toEqual([200, 200]);
  expect(proxy.tunnels).toBeGreaterThan(0);
  expect(proxy.open).toBeGreaterThan(0);
  // What is not configured any more is left, and its connections with it.
  await home.configure({ providers: [mainAt(upstream.url)] });
  await home.ok(["reload"]);
  await until("its connections are closed", async () => proxy.open === 0);
  expect(await balanced.serially(1)).toEqual([200]);
});

test("an operator's will survives a restart, and the password stands nowhere but in the config file", async () => {
  await using upstream = startUpstream({ otherwise: openai });
  await using wanted = await startConnectProxy({ credential: CREDENTIAL });
  await using other = await startSocksProxy({ credential: CREDENTIAL });
  const urls = [proxyUrl("http", wanted, CREDENTIAL), proxyUrl("socks5", other, `proxy-user:${PASSWORD}`)];
  await using balanced = await balancedOf({
    providers: [mainAt(upstream.url)],
    proxies: { urls },
    logging: { level: "debug" },
  });
  const { home } = balanced;
  expect(await balanced.serially(2)).toEqual([200, 200]);
  const listed = await home.ok(["proxies", "list"]);
  expect(listed).toContain(`http://****@localhost:${wanted.port}`);
  expect(await home.ok(["proxies", "test"])).toContain("ok");
  await home.ok(["proxies", "disable", `http://localhost:${wanted.port}`]);
  await balanced.restart();
  const before = wanted.requests.length;
  expect(await balanced.serially(3)).toEqual([200, 200, 200]);
  expect(wanted.requests.length).toBe(before);
  const { proxies } = await home.control().call("proxies.list", {});
  expect(proxies.map(({ state }) => state as string).toSorted()).toEqual(["disabled", "ready"]);
  // With none left nothing goes out, and explain says so.
  await home.ok(["proxies", "disable", ...proxies.map(({ id }) => id)]);
  const { picked } = await home.control().call("explain", { request: "gpt-4o-mini" });
  expect(picked).toMatchObject({ proxy: listed.match(/\S+:\/\/\S+/)?.[0] as string, proxy_state: "disabled" });
  expect(await home.ok(["config", "show"])).not.toContain("proxy-user");
  await balanced.daemon.stop();
  // Without a daemon too.
  expect((await home.json<{ proxies: unknown[] }>(["proxies", "list"])).proxies).toHaveLength(2);
  const found = secretsBelow(home.path, { PASSWORD, CREDENTIAL });
  expect(found.filter((place) => !place.startsWith("config.yaml"))).toEqual([]);
  expect(readFileSync(join(home.path, "config.yaml"), "utf8")).toContain(PASSWORD);
});

test("a proxy that dies under load costs no client anything", async () => {
  await using upstream = startUpstream({ otherwise: openai });
  await using doomed = await startConnectProxy();
  await using second = await startSocksProxy();
  await using third = await startConnectProxy();
  const urls = [proxyUrl("http", doomed), proxyUrl("socks5h", second), proxyUrl("http", third)];
  const api_keys = Array.from({ length: 40 }, (_, index) => fakeSecret(`outbound_load_${index}`));
  const providers = [{ name: "main", base_url: upstream.url, api_keys }];
  await using balanced = await balancedOf({ providers, proxies: { urls } });
  let answered = 0;
  const statuses: number[] = [];
  await closedLoop(40, 600, async () => {
    const answer = await balanced.daemon.ask("/v1/chat/completions", chat());
    statuses.push(answer.status);
    answered += 1;
    if (answered === 200) await doomed[Symbol.asyncDispose]();
  });
  expect(new Set(statuses)).toEqual(new Set([200]));
  expect(doomed.tunnels).toBeGreaterThan(0);
  const rows = Object.values(await balanced.keys());
  expect(new Set(rows.map(({ state }) => state as string))).toEqual(new Set(["ready"]));
});

test("the automatic check finds out without any client that a proxy fails, and that it is back", async () => {
  await using upstream = startUpstream({ otherwise: () => new Response(null, { status: 204 }), listing: openai });
  let isWell = false;
  await using proxy = await startConnectProxy({ instead: () => (isWell ? undefined : 403) });
  const check = { url: `${upstream.url}/generate_204`, interval: "100ms", max_failures: 2 };
  const own = { proxies: "direct", api_keys: [{ key: KEY, proxies: [proxyUrl("http", proxy)] }] };
  await using balanced = await balancedOf({
    providers: [mainAt(upstream.url, own)],
    proxies: { check },
    health: { probe: "off" },
  });
  const control = balanced.home.control();
  // Lists of models go through it too, and may find out first.
  const isFound = (state: string, check_ok: boolean) => async () => {
    const { proxies } = await control.call("proxies.list", {});
    return proxies[0]?.state === state && proxies[0].check_ok === check_ok;
  };
  await until("it is out", isFound("out", false));
  isWell = true;
  await until("it is back", isFound("ready", true));
  expect(upstream.calls.some(({ method, path }) => method === "HEAD" && path === "/v1/generate_204")).toBe(true);
});

async function balancedOf(config: object): Promise<Balanced> {
  const home = await newHome();
  await home.configure(config);
  return new Balanced(home, await home.serve());
}
