// What a call tells of its way: that a connection was there, before its answer, and never where none could be had.
import { expect, test } from "bun:test";
import type { Transport } from "../../../src/upstream/transport.ts";
import { startH2Server } from "../../fixture/h2-server.ts";
import { startRawServer } from "../../fixture/raw-server.ts";
import { callOf, testTransport } from "./run-exchange.ts";

/** The events of one call. */
function eventsOf(transport: Transport, origin: string): Promise<readonly string[]> {
  return new Promise((resolve) => {
    const events: string[] = [];
    transport.start(callOf(origin), {
      onSent: () => void events.push("sent"),
      onHead: () => void events.push("head"),
      onData() {},
      onEnd: ({ kind }) => resolve([...events, kind]),
    });
  });
}

const ANSWER = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

test.each([false, true])("over HTTP/1.1, with TLS: %p", async (isTls) => {
  await using server = await startRawServer({
    onRequest: ({ socket }) => void socket.write(ANSWER),
    ...(isTls && { certificate: "localhost" }),
  });
  await using transport = testTransport();
  // On a new connection, and on one that is there.
  expect(await eventsOf(transport, server.origin)).toEqual(["sent", "head", "complete"]);
  expect(await eventsOf(transport, server.origin)).toEqual(["sent", "head", "complete"]);
});

test("over HTTP/2", async () => {
  await using server = await startH2Server({ onRequestEnd: (stream) => stream.answer(200, "ok") });
  await using transport = testTransport();
  expect(await eventsOf(transport, server.origin)).toEqual(["sent", "head", "complete"]);
  expect(await eventsOf(transport, server.origin)).toEqual(["sent", "head", "complete"]);
});

test.each(["http", "https"])("to a port where nobody listens, over %s", async (scheme) => {
  const closed = await startRawServer({ onRequest() {} });
  await closed[Symbol.asyncDispose]();
  await using transport = testTransport();
  expect(await eventsOf(transport, `${scheme}://localhost:${closed.port}`)).toEqual(["never-sent"]);
});
