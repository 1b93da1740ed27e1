// Calls through one outbound proxy of each kind, over every protocol behind it.
import { expect, test } from "bun:test";
import { startH2Server } from "../../fixture/h2-server.ts";
import { proxyUrl, startConnectProxy, startSocksProxy } from "../../fixture/outbound-proxy.ts";
import { startRawServer } from "../../fixture/raw-server.ts";
import { transportVia } from "./outbound-lab.ts";
import { callOf, run, tally, until } from "./run-exchange.ts";

const OK = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";
const CREDENTIAL = "fake-user:fake-proxy-password";

const KINDS = [
  ["http", startConnectProxy, {}],
  ["https", startConnectProxy, { isTls: true }],
  ["socks5", startSocksProxy, {}],
  ["socks5h", startSocksProxy, {}],
] as const;

const CASES = KINDS.flatMap(([scheme, start, options]) => [
  [scheme, "without credentials", start, options, undefined] as const,
  [scheme, "with credentials", start, { ...options, credential: CREDENTIAL }, CREDENTIAL] as const,
]);

test.each(CASES)("%s proxy %s carries HTTP/1.1 over TLS, HTTP/1.1 in the clear and HTTP/2", async (...given) => {
  const [scheme, , start, options, credential] = given;
  await using proxy = await start(options);
  await using tls = await startRawServer({
    certificate: "localhost",
    alpn: ["http/1.1"],
    onRequest: ({ socket }) => socket.write(OK),
  });
  await using plain = await startRawServer({ onRequest: ({ socket }) => socket.write(OK) });
  await using h2 = await startH2Server({ onRequestEnd: (stream) => stream.answer(200, "ok") });
  await using transport = transportVia(proxyUrl(scheme, proxy, credential));
  for (const { origin } of [tls, plain, h2]) {
    const headers = ["authorization", "Bearer sk-fake-upstream-key"];
    const report = await run(transport, callOf(origin, { headers }));
    expect([report.status, String(report.body), report.end]).toEqual([200, "ok", { kind: "complete" }]);
  }
  expect(proxy.tunnels).toBe(3);
  expect(proxy.requests.map(({ port }) => port)).toEqual(
    [tls, plain, h2].map(({ origin }) => Number(new URL(origin).port)),
  );
});

test.each([
  ["socks5", "ipv4"],
  ["socks5h", "name"],
])("%s names the target by %s", async (scheme, address) => {
  await using proxy = await startSocksProxy();
  await using server = await startRawServer({ onRequest: ({ socket }) => socket.write(OK) });
  await using transport = transportVia(proxyUrl(scheme, proxy));
  await run(transport, callOf(server.origin));
  expect(proxy.requests.map((request) => request.address as string)).toEqual([address]);
});

test("a name that socks5 cannot resolve here is no fault of the proxy, which is not even asked", async () => {
  await using proxy = await startSocksProxy();
  await using transport = transportVia(proxyUrl("socks5", proxy));
  const report = await run(transport, callOf("https://no-such-host.invalid"));
  expect(report.end.kind === "never-sent" && report.end.cause.startsWith("PROXY_")).toBe(false);
  expect(report.end.kind).toBe("never-sent");
  expect(proxy.requests).toEqual([]);
});

test.each(["http", "https", "socks5h"])(
  "through %s the upstream's credential is not seen by the proxy",
  async (scheme) => {
    await using proxy =
      scheme === "socks5h" ? await startSocksProxy() : await startConnectProxy({ isTls: scheme === "https" });
    await using server = await startRawServer({
      certificate: "localhost",
      onRequest: ({ socket }) => socket.write(OK),
    });
    await using transport = transportVia(proxyUrl(scheme, proxy));
    const report = await run(
      transport,
      callOf(server.origin, { headers: ["authorization", "Bearer sk-fake-upstream-key"] }),
    );
    expect(report.end).toEqual({ kind: "complete" });
    expect(proxy.seen().includes("sk-fake-upstream-key")).toBe(false);
    // It did see the tunnel.
    expect(proxy.seen().length).toBeGreaterThan(100);
  },
);

test("the upstream's certificate is verified behind a proxy, too", async () => {
  await using proxy = await startConnectProxy();
  await using server = await startRawServer({ onRequest() {}, certificate: "other-host" });
  await using transport = transportVia(proxyUrl("http", proxy));
  const report = await run(transport, callOf(server.origin));
  expect(report.end).toEqual({ kind: "never-sent", cause: "ERR_TLS_CERT_ALTNAME_INVALID" });
});

test("connections through a proxy are used again", async () => {
  await using proxy = await startConnectProxy();
  await using server = await startRawServer({
    certificate: "localhost",
    alpn: ["http/1.1"],
    onRequest: ({ socket }) => socket.write(OK),
  });
  await using transport = transportVia(proxyUrl("http", proxy));
  for (let call = 0; call < 5; call++) await run(transport, callOf(server.origin));
  expect(proxy.tunnels).toBe(1);
});

test("100 streams of HTTP/2 share tunnels", async () => {
  await using proxy = await startConnectProxy();
  await using server = await startH2Server({ onRequestEnd: (stream) => stream.answer(200, "ok") });
  await using transport = transportVia(proxyUrl("http", proxy));
  await run(transport, callOf(server.origin));
  const reports = await Promise.all(Array.from({ length: 100 }, () => run(transport, callOf(server.origin))));
  expect(tally(reports)).toEqual({ complete: 100 });
  expect(proxy.tunnels).toBeLessThanOrEqual(2);
});

test.each([true, false])("a paused answer of 64 MiB stops behind a proxy, HTTP/2: %p", async (isHttp2) => {
  const size = 64 * 1024 * 1024;
  let poured = () => 0;
  await using proxy = await startConnectProxy();
  await using server = isHttp2
    ? await startH2Server({
        onRequestEnd(stream) {
          stream.head(200);
          stream.pour(size);
          poured = () => stream.session.pouredBytes;
        },
      })
    : await startRawServer({
        certificate: "localhost",
        alpn: ["http/1.1"],
        onRequest({ socket }) {
          socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${size}\r\n\r\n`);
          let sent = 0;
          poured = () => sent;
          const pour = (): void => {
            while (sent < size) {
              sent += 65_536;
              if (!socket.write(Buffer.alloc(65_536))) return void socket.once("drain", pour);
            }
          };
          pour();
        },
      });
  await using transport = transportVia(proxyUrl("http", proxy));
  let before = -1;
  const report = await run(transport, callOf(server.origin), {
    isLarge: true,
    async onHead(exchange) {
      exchange.pause();
      while (poured() !== before) {
        before = poured();
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      exchange.resume();
    },
  });
  expect(report.end).toEqual({ kind: "complete" });
  expect(before).toBeLessThan(size / 2);
});

test.each([
  ["reset", true],
  ["reset", false],
  ["end", true],
  ["end", false],
] as const)("a proxy that dies mid-stream by %s cuts the answer, HTTP/2: %p", async (how, isHttp2) => {
  await using proxy = await startConnectProxy();
  await using server = isHttp2
    ? await startH2Server({
        onRequestEnd(stream) {
          stream.head(200);
          stream.data("first");
        },
      })
    : await startRawServer({
        certificate: "localhost",
        alpn: ["http/1.1"],
        onRequest: ({ socket }) => socket.write("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nfirst"),
      });
  await using transport = transportVia(proxyUrl("http", proxy));
  const report = await run(transport, callOf(server.origin), { onData: () => proxy.cut(how) });
  expect([report.status, String(report.body), report.end.kind]).toEqual([200, "first", "cut"]);
});

test("an upload that the upstream does not read stops behind a proxy, and goes on", async () => {
  await using proxy = await startConnectProxy();
  await using server = await startRawServer({
    certificate: "localhost",
    alpn: ["http/1.1"],
    onRequest: ({ socket, body }) => {
      const text = String(body.length);
      socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${text.length}\r\n\r\n${text}`);
    },
  });
  await using transport = transportVia(proxyUrl("http", proxy));
  const body = Buffer.alloc(8_000_000, "x");
  const headers = ["content-length", String(body.length)];
  const report = await run(transport, callOf(server.origin, { body, headers }));
  expect(String(report.body)).toBe("8000000");
});

test("closing the transport closes its tunnels", async () => {
  await using proxy = await startConnectProxy();
  await using server = await startH2Server({ onRequestEnd: (stream) => stream.answer(200, "ok") });
  const transport = transportVia(proxyUrl("http", proxy));
  await run(transport, callOf(server.origin));
  await transport.close();
  await until(() => server.sessions.every(({ closed }) => closed));
  expect(proxy.tunnels).toBe(1);
});

test.each([
  ["a proxy that is silent", "silence" as const, "PROXY_TIMEOUT"],
  ["a target that is", undefined, "CONNECT_TIMEOUT"],
])(
  "a call that waits for the tunnel of another, and less long, ends by the fault of %s",
  async (_who, instead, cause) => {
    await using target = await startRawServer({ onRequest() {} });
    await using proxy = await startConnectProxy({ portOf: () => target.port, instead: () => instead });
    await using transport = transportVia(proxyUrl("http", proxy));
    const patient = run(transport, callOf("https://localhost:9", { connectMs: 150 }));
    // TLS has begun once more than the CONNECT was sent.
    await until(() => (instead === undefined ? proxy.seen().length > 200 : proxy.requests.length === 1));
    const hasty = await run(transport, callOf("https://localhost:9", { connectMs: 50 }));
    expect(hasty.end).toEqual({ kind: "never-sent", cause });
    expect((await patient).end).toEqual({ kind: "never-sent", cause });
  },
);
