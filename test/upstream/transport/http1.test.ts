// Exchanges over HTTP/1.1 against a server that writes bytes.
import { expect, test } from "bun:test";
import type { Socket } from "node:net";
import { type RawRequest, startRawServer } from "../../fixture/raw-server.ts";
import { callOf, run, tally, testTransport, until } from "./run-exchange.ts";

const OK = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

test("sends the flat header list as it is, a host and a content-length", async () => {
  const requests: RawRequest[] = [];
  await using server = await startRawServer({
    onRequest(request) {
      requests.push(request);
      request.socket.write(OK);
    },
  });
  await using transport = testTransport();
  const headers = ["Content-Type", "application/json", "X-Twice", "1", "X-Twice", "2", "x-latin", "caf\xe9"];
  await run(transport, callOf(server.origin, { headers }));
  expect(requests[0]?.head.split("\r\n")).toEqual([
    "POST /v1/x?y=1 HTTP/1.1",
    `host: localhost:${server.port}`,
    "connection: keep-alive",
    "Content-Type: application/json",
    "X-Twice: 1",
    "X-Twice: 2",
    "x-latin: caf\xe9",
    "content-length: 13",
  ]);
  expect(requests[0]?.body.toString()).toBe('{"model":"m"}');
});

test.each([
  ["content-length", "HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nbody", 200, "body"],
  [
    "chunks and trailers",
    "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nbo\r\n2\r\ndy\r\n0\r\nx-t: 1\r\n\r\n",
    200,
    "body",
  ],
  ["the end of the connection", "HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nbody", 200, "body"],
  [
    "an interim answer first",
    `HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n${OK}`,
    200,
    "ok",
  ],
  ["204", "HTTP/1.1 204 No Content\r\n\r\n", 204, ""],
  ["304 with the length of another answer", "HTTP/1.1 304 Not Modified\r\ncontent-length: 9\r\n\r\n", 304, ""],
  ["a redirect, which is not followed", "HTTP/1.1 302 Found\r\nlocation: /other\r\ncontent-length: 0\r\n\r\n", 302, ""],
  [
    "a compressed body, which is not decoded",
    "HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 2\r\n\r\nok",
    200,
    "ok",
  ],
])("an answer with %s is complete", async (_name, answer, status, body) => {
  await using server = await startRawServer({
    onRequest({ socket }) {
      if (answer.includes("connection: close")) socket.end(answer);
      else socket.write(answer);
    },
  });
  await using transport = testTransport();
  const report = await run(transport, callOf(server.origin));
  expect([report.status, report.body.toString(), report.end]).toEqual([status, body, { kind: "complete" }]);
  expect(report.events.at(-1)).toBe("end");
});

test("HEAD has no body whatever its content-length", async () => {
  await using server = await startRawServer({
    onRequest: ({ socket }) => socket.write("HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n"),
  });
  await using transport = testTransport();
  const report = await run(transport, callOf(server.origin, { method: "HEAD" }));
  expect([report.events, report.end]).toEqual([["head", "end"], { kind: "complete" }]);
});

test("gives header names in lower case, repeated ones repeated, in order", async () => {
  await using server = await startRawServer({
    onRequest: ({ socket }) =>
      socket.write(
        "HTTP/1.1 200 OK\r\nX-B: 1\r\nSet-Cookie: a\r\nx-b: 2\r\nSET-COOKIE: b\r\nContent-Length: 0\r\n\r\n",
      ),
  });
  await using transport = testTransport();
  expect((await run(transport, callOf(server.origin))).headers).toEqual([
    ["x-b", "1"],
    ["set-cookie", "a"],
    ["x-b", "2"],
    ["set-cookie", "b"],
    ["content-length", "0"],
  ]);
});

test.each([
  ["nothing", ""],
  ["half a head", "HTTP/1.1 200 OK\r\ncontent-le"],
  ["less than its content-length", "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\npart"],
  ["no last chunk", "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\npart\r\n"],
  ["no HTTP", "SMTP ready\r\n\r\n"],
])("an answer of %s is a cut", async (_name, answer) => {
  await using server = await startRawServer({ onRequest: ({ socket }) => socket.end(answer) });
  await using transport = testTransport();
  const report = await run(transport, callOf(server.origin));
  expect(report.end.kind).toBe("cut");
});

test("an answer without length whose connection is reset is a cut", async () => {
  let reset: (() => void) | undefined;
  await using server = await startRawServer({
    onRequest({ socket }) {
      socket.write("HTTP/1.1 200 OK\r\n\r\npart");
      reset = () => socket.resetAndDestroy();
    },
  });
  await using transport = testTransport();
  const report = await run(transport, callOf(server.origin), { onData: () => reset?.() });
  expect([report.body.toString(), report.end]).toEqual(["part", { kind: "cut", cause: "CONNECTION_RESET" }]);
});

test("an answer before the whole request was read is complete", async () => {
  await using server = await startRawServer({
    onHead: ({ socket }) => socket.end("HTTP/1.1 413 Too Large\r\nconnection: close\r\ncontent-length: 3\r\n\r\nbig"),
    onRequest() {},
  });
  await using transport = testTransport();
  const report = await run(transport, callOf(server.origin, { body: Buffer.alloc(1_000_000) }));
  expect([report.status, report.body.toString(), report.end]).toEqual([413, "big", { kind: "complete" }]);
});

test("uses an idle connection again, and a new one after the server closed it", async () => {
  const connections: number[] = [];
  await using server = await startRawServer({
    onRequest({ socket, connection }) {
      connections.push(connection);
      socket.write(OK);
    },
  });
  await using transport = testTransport();
  await run(transport, callOf(server.origin));
  await run(transport, callOf(server.origin));
  await new Promise<void>((resolve) => server.sockets[0]?.once("close", resolve).end());
  expect((await run(transport, callOf(server.origin))).end).toEqual({ kind: "complete" });
  expect(connections).toEqual([0, 0, 1]);
});

test("a reused connection that closes on the request is a cut, and the request is not sent again", async () => {
  let requests = 0;
  await using server = await startRawServer({
    onRequest({ socket }) {
      if (++requests === 1) socket.write(OK);
      else socket.destroy();
    },
  });
  await using transport = testTransport();
  await run(transport, callOf(server.origin));
  expect((await run(transport, callOf(server.origin))).end.kind).toBe("cut");
  expect(requests).toBe(2);
});

test("abort closes its connection, and nothing but the end follows", async () => {
  let closed = 0;
  await using server = await startRawServer({
    onRequest({ socket }) {
      socket.once("close", () => closed++);
      socket.write("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\npart\r\n4\r\nmore\r\n");
    },
  });
  await using transport = testTransport();
  const report = await run(transport, callOf(server.origin), { onHead: (exchange) => exchange.abort() });
  expect([report.events, report.end]).toEqual([["head", "end"], { kind: "aborted", cause: "aborted" }]);
  await until(() => closed === 1);
});

test("an abort before the connection is there sends nothing", async () => {
  let requests = 0;
  await using server = await startRawServer({
    onRequest({ socket }) {
      requests++;
      socket.write(OK);
    },
  });
  await using transport = testTransport();
  const aborted = await run(transport, callOf(server.origin), { onStart: (exchange) => exchange.abort() });
  expect(aborted.end.kind).toBe("aborted");
  expect((await run(transport, callOf(server.origin))).end.kind).toBe("complete");
  expect(requests).toBe(1);
});

test("1,000 streams are all open at once, each on its own connection", async () => {
  const sockets: Socket[] = [];
  await using server = await startRawServer({
    onRequest({ socket }) {
      sockets.push(socket);
      socket.write("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n");
    },
  });
  await using transport = testTransport();
  let heads = 0;
  const onHead = () => {
    heads++;
  };
  const reports = Array.from({ length: 1000 }, () => run(transport, callOf(server.origin), { onHead }));
  await until(() => heads === 1000);
  for (const socket of sockets) socket.write("4\r\ndone\r\n0\r\n\r\n");
  expect(tally(await Promise.all(reports))).toEqual({ complete: 1000 });
});

test("a paused answer stops the server, and goes on when resumed", async () => {
  const size = 200_000_000;
  let written = 0;
  await using server = await startRawServer({
    onRequest({ socket }) {
      socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${size}\r\n\r\n`);
      const pour = (): void => {
        while (written < size) {
          written += 64 * 1024;
          const part = Buffer.alloc(64 * 1024 - Math.max(0, written - size));
          if (!socket.write(part)) return void socket.once("drain", pour);
        }
      };
      pour();
    },
  });
  await using transport = testTransport();
  let received = 0;
  let resume: (() => void) | undefined;
  const report = run(transport, callOf(server.origin), {
    isLarge: true,
    onData(exchange, bytes) {
      received += bytes.length;
      if (resume === undefined) exchange.pause();
      resume ??= () => exchange.resume();
    },
  });
  let before = -1;
  await until(() => {
    const isStill = resume !== undefined && written === before;
    before = written;
    return isStill;
  });
  expect(received).toBeLessThan(1_000_000);
  expect(written).toBeLessThan(16_000_000);
  resume?.();
  expect((await report).end).toEqual({ kind: "complete" });
  expect(received).toBe(size);
});

test("a call that is started inside the events of another one goes its way", async () => {
  await using server = await startRawServer({ onRequest: ({ socket }) => socket.write(OK) });
  await using transport = testTransport();
  const inner: Promise<unknown>[] = [];
  await run(transport, callOf(server.origin), {
    onData: () => inner.push(run(transport, callOf(server.origin))),
  });
  expect(await Promise.all(inner)).toHaveLength(1);
});
