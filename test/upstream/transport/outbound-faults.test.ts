// What is wrong with an outbound proxy, by what the call ends with and what the book is told.
import { expect, test } from "bun:test";
import { isProxyFault } from "../../../src/outbound/outbound-fault.ts";
import { OutboundTransport } from "../../../src/upstream/outbound-transport.ts";
import type { OutboundBook } from "../../../src/upstream/outbound-way.ts";
import { isStreamed, type StreamedBody, type TransportEnd } from "../../../src/upstream/transport.ts";
import { createUndiciTransport } from "../../../src/upstream/undici-transport.ts";
import { proxyUrl, startConnectProxy, startSocksProxy } from "../../fixture/outbound-proxy.ts";
import { startRawServer } from "../../fixture/raw-server.ts";
import { outboundLab, proxyOf, routeOf, routePreferringFirst, transportVia } from "./outbound-lab.ts";
import { callOf, run, until } from "./run-exchange.ts";

const OK = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";
const TARGET = "https://localhost:9";

const FAULTS = [
  ["http", startConnectProxy, 403, "PROXY_REFUSED"],
  ["http", startConnectProxy, 407, "PROXY_AUTH_REQUIRED"],
  ["http", startConnectProxy, 500, "PROXY_REFUSED"],
  ["http", startConnectProxy, 302, "PROXY_REFUSED"],
  ["http", startConnectProxy, 502, "PROXY_TARGET_UNREACHABLE"],
  ["http", startConnectProxy, 503, "PROXY_TARGET_UNREACHABLE"],
  ["http", startConnectProxy, 504, "PROXY_TARGET_UNREACHABLE"],
  ["http", startConnectProxy, "hang-up", "PROXY_BAD_ANSWER"],
  ["http", startConnectProxy, "silence", "PROXY_TIMEOUT"],
  ["http", startConnectProxy, Buffer.from("SSH-2.0-x\r\n"), "PROXY_BAD_ANSWER"],
  ["http", startConnectProxy, Buffer.from("HTTP/1.1 200 OK\r\n\r\nearly"), "PROXY_BAD_ANSWER"],
  ["http", startConnectProxy, Buffer.alloc(40_000, "HTTP/1.1 200 OK\r\nx: y"), "PROXY_BAD_ANSWER"],
  ["socks5h", startSocksProxy, 1, "PROXY_REFUSED"],
  ["socks5h", startSocksProxy, 2, "PROXY_REFUSED"],
  ["socks5h", startSocksProxy, 3, "PROXY_TARGET_UNREACHABLE"],
  ["socks5h", startSocksProxy, 4, "PROXY_TARGET_UNREACHABLE"],
  ["socks5h", startSocksProxy, 5, "PROXY_TARGET_UNREACHABLE"],
  ["socks5h", startSocksProxy, 6, "PROXY_TARGET_UNREACHABLE"],
  ["socks5h", startSocksProxy, 8, "PROXY_REFUSED"],
  ["socks5h", startSocksProxy, "hang-up", "PROXY_BAD_ANSWER"],
  ["socks5h", startSocksProxy, "silence", "PROXY_TIMEOUT"],
  ["socks5h", startSocksProxy, Buffer.from("HTTP/1.1 400 Bad Request\r\n\r\n"), "PROXY_BAD_ANSWER"],
] as const;

test.each(FAULTS)("%s proxy, %p answers %p: %s", async (scheme, start, instead, cause) => {
  await using proxy = await start({ instead: () => instead });
  await using lab = outboundLab();
  const url = proxyUrl(scheme, proxy);
  const connectMs = instead === "silence" ? 50 : 5_000;
  const report = await run(lab.transport, callOf(TARGET, { outbound: routeOf([url]), connectMs }));
  expect(report.end).toEqual({ kind: "never-sent", cause });
  // What it says of the target is not its own fault, and counts neither way.
  expect(lab.told.map((line) => line.split(" ").slice(0, 2).join(" "))).toEqual(
    isProxyFault(cause) ? [`${proxyOf(url).id} ${cause}`] : [],
  );
});

test.each([
  ["http", startConnectProxy, undefined],
  ["http", startConnectProxy, "fake-user:wrong-password"],
  ["socks5", startSocksProxy, undefined],
  ["socks5h", startSocksProxy, "fake-user:wrong-password"],
] as const)("%s proxy %p that demands other credentials than %s", async (scheme, start, credential) => {
  await using proxy = await start({ credential: "fake-user:fake-proxy-password" });
  await using transport = transportVia(proxyUrl(scheme, proxy, credential));
  const report = await run(transport, callOf("https://127.0.0.1:9"));
  expect(report.end).toEqual({ kind: "never-sent", cause: "PROXY_AUTH_REQUIRED" });
});

test.each(["http", "https", "socks5h"])("a %s proxy that nobody reaches", async (scheme) => {
  const closed = await startConnectProxy();
  await closed[Symbol.asyncDispose]();
  await using transport = transportVia(proxyUrl(scheme, closed));
  const report = await run(transport, callOf(TARGET));
  expect(report.end).toEqual({ kind: "never-sent", cause: "PROXY_UNREACHABLE" });
});

test("an https proxy with a certificate that nobody trusts is not spoken to", async () => {
  await using proxy = await startConnectProxy({ isTls: true });
  const transport = createUndiciTransport({
    via: { proxy: proxyOf(proxyUrl("https", proxy, "fake-user:fake-password")) },
  });
  const report = await run(transport, callOf(TARGET));
  expect(report.end).toEqual({ kind: "never-sent", cause: "PROXY_UNREACHABLE" });
  expect([proxy.requests.length, proxy.seen().length]).toEqual([0, 0]);
  await transport.close();
});

test("a tunnel that ends before TLS stands is not said to be the proxy's fault", async () => {
  await using server = await startRawServer({ onRequest() {} });
  await using proxy = await startConnectProxy({ portOf: () => server.port });
  await using lab = outboundLab();
  const running = run(lab.transport, callOf(TARGET, { outbound: routeOf([proxyUrl("http", proxy)]) }));
  await until(() => server.sockets.length > 0);
  for (const socket of server.sockets) socket.destroy();
  const { end } = await running;
  expect(end.kind).toBe("never-sent");
  expect(end.kind === "never-sent" && end.cause.startsWith("PROXY_")).toBe(false);
});

test("an aborted call gives its proxy up", async () => {
  await using proxy = await startConnectProxy({ instead: () => "silence" });
  await using lab = outboundLab();
  const report = await run(lab.transport, callOf(TARGET, { outbound: routeOf([proxyUrl("http", proxy)]) }), {
    onStart: (exchange) => exchange.abort(),
  });
  expect(report.end).toEqual({ kind: "aborted", cause: "aborted" });
  expect(lab.told.filter((line) => line.includes("PROXY"))).toEqual([]);
});

test.each(["http://localhost:9", TARGET])(
  "a transport closes at once though a tunnel for %s is half open",
  async (target) => {
    await using proxy = await startConnectProxy({ instead: () => "silence" });
    const lab = outboundLab();
    const call = callOf(target, { outbound: routeOf([proxyUrl("http", proxy)]), connectMs: 60_000 });
    const { promise: aborted, resolve } = Promise.withResolvers<() => void>();
    const running = run(lab.transport, call, { onStart: (exchange) => resolve(() => exchange.abort()) });
    await until(() => proxy.requests.length === 1);
    (await aborted)();
    await running;
    await lab.transport.close();
  },
);

test("a transport that closes lets a call through that waits for its tunnel", async () => {
  await using server = await startRawServer({ onRequest: ({ socket }) => socket.write(OK) });
  await using proxy = await startConnectProxy();
  const lab = outboundLab();
  const running = run(lab.transport, callOf(server.origin, { outbound: routeOf([proxyUrl("http", proxy)]) }));
  await lab.transport.close();
  expect((await running).status).toBe(200);
});

test("the next proxy is asked where one cannot carry the call, and the client of the transport sees one answer", async () => {
  await using server = await startRawServer({ certificate: "localhost", onRequest: ({ socket }) => socket.write(OK) });
  await using dead = await startConnectProxy({ instead: () => 403 });
  await using good = await startSocksProxy();
  const route = routePreferringFirst([proxyUrl("http", dead), proxyUrl("socks5h", good)]);
  await using lab = outboundLab();
  const report = await run(lab.transport, callOf(server.origin, { outbound: route }));
  expect([report.status, report.events]).toEqual([200, ["head", "data", "end"]]);
  expect(lab.told.map((line) => line.split(" ")[1])).toEqual(["PROXY_REFUSED", "ok"]);
});

test("a proxy that never answers leaves time for the next", async () => {
  await using server = await startRawServer({ certificate: "localhost", onRequest: ({ socket }) => socket.write(OK) });
  await using silent = await startConnectProxy({ instead: () => "silence" });
  await using good = await startConnectProxy();
  await using lab = outboundLab();
  const urls = [proxyUrl("http", silent), proxyUrl("http", good)];
  const outbound = routePreferringFirst(urls);
  const report = await run(lab.transport, callOf(server.origin, { outbound, connectMs: 2_000 }));
  expect(report.status).toBe(200);
  expect(lab.told.map((line) => line.split(" ")[1])).toEqual(["PROXY_TIMEOUT", "ok"]);
});

test("a target that only one proxy cannot reach is that proxy's fault after all", async () => {
  await using server = await startRawServer({ certificate: "localhost", onRequest: ({ socket }) => socket.write(OK) });
  await using cutOff = await startConnectProxy({ instead: () => 503 });
  await using good = await startConnectProxy();
  const urls = [proxyUrl("http", cutOff), proxyUrl("http", good)];
  const outbound = routePreferringFirst(urls);
  await using lab = outboundLab(1);
  const report = await run(lab.transport, callOf(server.origin, { outbound }));
  expect(report.status).toBe(200);
  const { id } = proxyOf(urls[0] ?? "");
  expect(lab.told).toContain(`${id} blamed PROXY_REFUSED others reach the target`);
  expect(lab.health.report(id, performance.now()).state).toBe("out");
});

test("a proxy whose tunnels lead to somebody else goes out: that they are opened proves nothing", async () => {
  await using server = await startRawServer({
    certificate: "localhost",
    alpn: ["http/1.1"],
    onRequest: ({ socket }) => socket.end(OK),
  });
  await using impostor = await startRawServer({ certificate: "other-host", onRequest() {} });
  await using hollow = await startConnectProxy({ portOf: () => impostor.port });
  await using good = await startConnectProxy();
  const urls = [proxyUrl("http", hollow), proxyUrl("http", good)];
  const outbound = routePreferringFirst(urls);
  await using lab = outboundLab(2);
  for (let call = 0; call < 2; call++) {
    const report = await run(lab.transport, callOf(server.origin, { outbound }));
    expect(report.status).toBe(200);
    await until(() => good.open === 0);
  }
  const { id } = proxyOf(urls[0] ?? "");
  expect(lab.health.report(id, performance.now())).toMatchObject({ state: "out", fault: { code: "PROXY_REFUSED" } });
});

test("where a working proxy says that the target is unreachable, that is the cause", async () => {
  const closed = await startConnectProxy();
  await closed[Symbol.asyncDispose]();
  await using cutOff = await startConnectProxy({ instead: () => 502 });
  await using lab = outboundLab();
  const outbound = routeOf([proxyUrl("http", closed), proxyUrl("http", cutOff)]);
  const report = await run(lab.transport, callOf(TARGET, { outbound }));
  expect(report.end).toEqual({ kind: "never-sent", cause: "PROXY_TARGET_UNREACHABLE" });
});

test("while every proxy is disabled nothing is called, not even directly", async () => {
  await using server = await startRawServer({ onRequest: ({ socket }) => socket.write(OK) });
  await using proxy = await startConnectProxy();
  await using lab = outboundLab();
  const url = proxyUrl("http", proxy);
  lab.health.setDisabled(proxyOf(url).id, true, performance.now());
  const report = await run(lab.transport, callOf(server.origin, { outbound: routeOf([url]) }));
  expect(report.end).toEqual({ kind: "never-sent", cause: "PROXY_DISABLED" });
  expect([proxy.requests.length, server.sockets.length]).toEqual([0, 0]);
});

test("keys on different proxies never share a connection", async () => {
  await using server = await startRawServer({
    certificate: "localhost",
    alpn: ["http/1.1"],
    onRequest: ({ socket }) => socket.write(OK),
  });
  await using one = await startConnectProxy();
  await using other = await startConnectProxy();
  await using lab = outboundLab();
  const routes = [one, other].map((proxy) => routeOf([proxyUrl("http", proxy)]));
  for (const outbound of [...routes, ...routes, undefined])
    await run(lab.transport, callOf(server.origin, { outbound }));
  expect([one.tunnels, other.tunnels, server.sockets.length]).toEqual([1, 1, 3]);
});

test("a proxy that is gone from the configuration loses its connections", async () => {
  await using server = await startRawServer({
    certificate: "localhost",
    alpn: ["http/1.1"],
    onRequest: ({ socket }) => socket.write(OK),
  });
  await using gone = await startConnectProxy();
  await using kept = await startConnectProxy();
  await using lab = outboundLab();
  const [goneUrl, keptUrl] = [proxyUrl("http", gone), proxyUrl("http", kept)];
  for (const url of [goneUrl, keptUrl]) await run(lab.transport, callOf(server.origin, { outbound: routeOf([url]) }));
  await lab.transport.retainProxies(new Set([keptUrl]));
  for (const url of [goneUrl, keptUrl]) await run(lab.transport, callOf(server.origin, { outbound: routeOf([url]) }));
  expect([gone.tunnels, kept.tunnels]).toEqual([2, 1]);
});

test.each<[string, number, string]>([
  ["its beginning for the next one", 1, "complete"],
  ["to no further one, where that is gone", 0, "never-sent"],
])("a body that is read while it is sent through a proxy goes on with %s", async (_name, times, kind) => {
  const ends: TransportEnd[] = [
    { kind: "never-sent", cause: "ECONNREFUSED" },
    { kind: "never-sent", cause: "ECONNRESET" },
    { kind: "complete" },
  ];
  const body = new Letters(times);
  const sent: string[] = [];
  const transport = new OutboundTransport(BOOK, () => ({
    openSocket: () => unused(),
    close: async () => {},
    start({ body: given }, events) {
      const end = ends.shift() ?? unused();
      const isBegun = isStreamed(given) && !("cause" in end && end.cause === "ECONNREFUSED");
      const read = isBegun ? given.read().then((piece) => void sent.push(String(piece))) : Promise.resolve();
      void read.then(() => events.onEnd(end));
      return { pause() {}, resume() {}, abort() {} };
    },
  }));
  const urls = ["http://127.0.0.1:1", "http://127.0.0.1:2", "http://127.0.0.1:3"];
  const report = await run(transport, { ...callOf(TARGET, { outbound: routeOf(urls) }), body });
  expect(report.end.kind).toBe(kind as "complete");
  expect(sent).toEqual(times === 0 ? ["a"] : ["a", "a"]);
});

/** A body of letters, which can begin again so often. */
class Letters implements StreamedBody {
  readonly length = undefined;
  readonly #times: number;
  #next = "a".charCodeAt(0);

  constructor(times: number) {
    this.#times = times;
  }

  async read() {
    this.#next += 1;
    return Buffer.of(this.#next - 1);
  }

  again(): Letters | undefined {
    return this.#times === 0 ? undefined : new Letters(this.#times - 1);
  }
}

const BOOK: OutboundBook = {
  now: () => 0,
  isCutOff: () => false,
  order: ({ config }) => config.proxies,
  begin: () => () => {},
  answered: () => {},
  blame: () => {},
};

function unused(): never {
  throw new Error("Nobody should ask for it");
}
