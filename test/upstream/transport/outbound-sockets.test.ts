// WebSockets and streamed bodies through outbound proxies.
import { expect, setDefaultTimeout, test } from "bun:test";
import type { StreamedBody } from "../../../src/upstream/transport.ts";
import type { SocketEnd, UpstreamSocket } from "../../../src/upstream/websocket/upstream-socket.ts";
import { proxyUrl, startConnectProxy, startSocksProxy } from "../../fixture/outbound-proxy.ts";
import { startRawServer } from "../../fixture/raw-server.ts";
import { startSocketServer } from "../../fixture/socket-server.ts";
import { TEST_DEADLINE_MS } from "../../fixture/until.ts";
import { type OutboundLab, outboundLab, routeOf, routePreferringFirst } from "./outbound-lab.ts";
import { callOf, run } from "./run-exchange.ts";

setDefaultTimeout(TEST_DEADLINE_MS);

/** Opens one, sends a message, and closes after the first that comes back. */
function echo({ transport }: OutboundLab, url: string, outbound: ReturnType<typeof routeOf>) {
  const { origin, pathname } = new URL(url);
  const call = { origin, path: pathname, method: "GET", headers: [], body: null, connectMs: 2_000, outbound };
  return new Promise<{ readonly seen: readonly string[]; readonly end: SocketEnd }>((resolve) => {
    const seen: string[] = [];
    const socket: UpstreamSocket = transport.openSocket(call, {
      onOpen: () => {
        seen.push("open");
        socket.send({ isText: true, bytes: Buffer.from("hello") });
      },
      onMessage: ({ bytes }) => {
        seen.push(String(bytes));
        socket.close({ code: 1000, reason: Buffer.alloc(0) } as never);
      },
      onAlive: () => {},
      onEnd: (end) => resolve({ seen, end }),
    });
  });
}

test("a WebSocket goes through the proxy of its key, and past one that refuses", async () => {
  await using server = await startSocketServer((peer) => {
    peer.accept([]);
    peer.onFrame = ({ opcode, payload }) => peer.send(opcode, payload);
  });
  await using good = await startSocksProxy();
  await using bad = await startConnectProxy({ instead: () => 403 });
  await using lab = outboundLab();
  const urls = [proxyUrl("http", bad), proxyUrl("socks5h", good)];
  const route = routePreferringFirst(urls);
  const { seen, end } = await echo(lab, server.url, route);
  expect([seen, end.kind]).toEqual([["open", "hello"], "closed"]);
  expect([bad.requests.length, good.tunnels]).toEqual([1, 1]);
});

test("a WebSocket that no proxy carries was never sent", async () => {
  await using bad = await startConnectProxy({ instead: () => 407 });
  await using lab = outboundLab();
  const { seen, end } = await echo(lab, "https://localhost:9/v1", routeOf([proxyUrl("http", bad)]));
  expect([seen, end]).toEqual([[], { kind: "never-sent", cause: "PROXY_AUTH_REQUIRED" }]);
});

test.each(["https", "http"])(
  "a body that is read while it is sent is whole behind the second proxy, over %s",
  async (scheme) => {
    await using server = await startRawServer({
      ...(scheme === "https" && { certificate: "localhost" as const, alpn: ["http/1.1"] }),
      onRequest: ({ socket, body }) => {
        const text = String(body.length);
        socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${text.length}\r\n\r\n${text}`);
      },
    });
    await using bad = await startConnectProxy({ instead: () => 403 });
    await using good = await startConnectProxy();
    await using lab = outboundLab();
    const urls = [proxyUrl("http", bad), proxyUrl("http", good)];
    const outbound = routePreferringFirst(urls);
    let left = 5;
    const body: StreamedBody = {
      length: 5 * 1_000,
      read: async () => (left-- > 0 ? Buffer.alloc(1_000, "x") : undefined),
    };
    const headers = ["content-length", "5000"];
    const report = await run(lab.transport, callOf(server.origin, { body, headers, outbound }));
    expect([report.status, String(report.body)]).toEqual([200, "5000"]);
    expect(bad.requests).toHaveLength(1);
  },
);
