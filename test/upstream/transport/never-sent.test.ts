// What ends as never-sent: no connection, no trust, no valid request.
import { expect, test } from "bun:test";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { createUndiciTransport } from "../../../src/upstream/undici-transport.ts";
import { startH2Server } from "../../fixture/h2-server.ts";
import { startRawServer } from "../../fixture/raw-server.ts";
import { callOf, run, testTransport } from "./run-exchange.ts";

test.each(["http", "https"])("a port where nobody listens, over %s", async (scheme) => {
  const closed = await startRawServer({ onRequest() {} });
  await closed[Symbol.asyncDispose]();
  await using transport = testTransport();
  const report = await run(transport, callOf(`${scheme}://localhost:${closed.port}`));
  expect(report.end).toEqual({ kind: "never-sent", cause: "ECONNREFUSED" });
  expect(report.events).toEqual(["end"]);
});

test.each(["http", "https"])("a name that does not exist, over %s", async (scheme) => {
  await using transport = testTransport();
  const report = await run(transport, callOf(`${scheme}://no-such-host.invalid`));
  expect(report.end.kind).toBe("never-sent");
});

test.each([true, false])("a server that accepts and says nothing, HTTP/2 allowed: %p", async (allowHttp2) => {
  await using server = await startSilentServer();
  await using transport = testTransport(allowHttp2);
  const report = await run(transport, callOf(`https://127.0.0.1:${server.port}`, { connectMs: 30 }));
  expect(report.end).toEqual({ kind: "never-sent", cause: "CONNECT_TIMEOUT" });
});

test("calls that wait for one connection each end at their own connect time limit", async () => {
  await using server = await startSilentServer();
  await using transport = testTransport();
  let abortLong: (() => void) | undefined;
  const long = run(transport, callOf(`https://127.0.0.1:${server.port}`, { connectMs: 60_000 }), {
    onStart(exchange) {
      abortLong = () => exchange.abort();
    },
  });
  const short = run(transport, callOf(`https://127.0.0.1:${server.port}`, { connectMs: 20 }));
  expect((await short).end).toEqual({ kind: "never-sent", cause: "CONNECT_TIMEOUT" });
  abortLong?.();
  expect((await long).end.kind).toBe("aborted");
});

test.each([true, false])("a certificate of an unknown authority, HTTP/2 allowed: %p", async (allowHttp2) => {
  await using server = await startRawServer({ onRequest() {}, certificate: "localhost" });
  const transport = createUndiciTransport({ allowHttp2 });
  const report = await run(transport, callOf(server.origin));
  expect(report.end).toEqual({ kind: "never-sent", cause: "UNABLE_TO_VERIFY_LEAF_SIGNATURE" });
  await transport.close();
});

test.each([true, false])("a certificate of another host, HTTP/2 allowed: %p", async (allowHttp2) => {
  await using server = await startRawServer({ onRequest() {}, certificate: "other-host" });
  await using transport = testTransport(allowHttp2);
  const report = await run(transport, callOf(server.origin));
  expect(report.end).toEqual({ kind: "never-sent", cause: "ERR_TLS_CERT_ALTNAME_INVALID" });
});

test("a plain server where TLS was asked for", async () => {
  await using server = await startRawServer({ onRequest() {}, onHead() {} });
  for (const socket of server.sockets) socket.end("HTTP/1.1 400 Bad Request\r\n\r\n");
  await using transport = testTransport();
  const report = await run(transport, callOf(`https://localhost:${server.port}`, { connectMs: 50 }));
  expect(report.end.kind).toBe("never-sent");
});

test("a server that accepts HTTP/2 and hangs up is not dialled in a loop", async () => {
  await using server = await startH2Server({ onRequest: (stream) => stream.session.kill() });
  await using transport = testTransport();
  const reports = await Promise.all([run(transport, callOf(server.origin)), run(transport, callOf(server.origin))]);
  expect(reports.map((report) => report.end.kind)).toEqual(["cut", "cut"]);
  expect(server.sessions.length).toBeLessThanOrEqual(2);
});

const INVALID: readonly (readonly [string, Parameters<typeof callOf>[1]])[] = [
  ["a header value with a line break", { headers: ["x-a", "1\r\nx-b: 2"] }],
  ["a header value beyond latin1", { headers: ["x-a", "\u4e16"] }],
  ["a header name with a blank", { headers: ["x a", "1"] }],
  ["a content-length that contradicts the body", { headers: ["content-length", "5"] }],
  ["a path with a blank", { path: "/v1/a b" }],
  ["a path without slash", { path: "v1" }],
  ["a method with a blank", { method: "PO ST" }],
];

test.each(INVALID)("%s, over HTTP/1.1", async (_name, changes) => {
  await using server = await startRawServer({ onRequest: ({ socket }) => socket.end() });
  await using transport = testTransport();
  const report = await run(transport, callOf(server.origin, changes));
  expect([report.events, report.end.kind]).toEqual([["end"], "never-sent"]);
});

test.each(INVALID)("%s, over HTTP/2", async (_name, changes) => {
  await using server = await startH2Server({ onRequest: (stream) => stream.answer(200, "sent") });
  await using transport = testTransport();
  await run(transport, callOf(server.origin));
  const report = await run(transport, callOf(server.origin, changes));
  expect([report.events, report.end]).toEqual([["end"], { kind: "never-sent", cause: "INVALID_REQUEST" }]);
});

test.each(["", "nonsense", "ftp://localhost", "https://"])("the origin %p", async (origin) => {
  await using transport = testTransport();
  const report = await run(transport, callOf(origin));
  expect(report.end).toEqual({ kind: "never-sent", cause: "INVALID_ORIGIN" });
  const aborted = await run(transport, callOf(origin), { onStart: (exchange) => exchange.abort() });
  expect(aborted.end.kind).toBe("aborted");
});

async function startSilentServer(): Promise<AsyncDisposable & { readonly port: number }> {
  const server = createServer((socket) => socket.on("error", () => {}));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      server.close();
    },
  };
}
