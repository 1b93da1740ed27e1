// Request bodies that are sent in pieces: whole, refused half-way, and not kept while their answer goes on.
import { expect, test } from "bun:test";
import { createServer, type Socket } from "node:net";
import type { TransportEnd } from "../../../src/upstream/transport.ts";
import { startRawServer } from "../../fixture/raw-server.ts";
import { until } from "../../fixture/until.ts";
import { callOf, run, testTransport } from "./run-exchange.ts";

const MIB = 1024 * 1024;

/** Bytes of no pattern that a piece could hide. */
function bytesOf(size: number): Uint8Array {
  return Uint8Array.from({ length: size }, (_, i) => (i * 31 + (i >> 8)) % 256);
}

function callWith(origin: string, body: Uint8Array) {
  return callOf(origin, { body, headers: ["content-length", String(body.length)] });
}

test.each([MIB / 4 - 1, MIB / 4, MIB / 4 + 1, MIB / 2, 3 * MIB + 7])("%d bytes arrive as they are", async (size) => {
  const bodies: Buffer[] = [];
  await using server = await startRawServer({
    onRequest(request) {
      bodies.push(request.body);
      request.socket.write("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok");
    },
  });
  await using transport = testTransport();
  const body = bytesOf(size);
  const report = await run(transport, callWith(server.origin, body));
  expect(report.end.kind).toBe("complete");
  expect(bodies[0]?.equals(body)).toBe(true);
});

async function serverOf(onConnection: (socket: Socket) => void) {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    onConnection(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
  const address = server.address();
  return {
    origin: `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** A server that answers at once and reads no body. */
function hastyServer(answer: string, onAnswered: (socket: Socket) => void) {
  return serverOf((socket) => {
    socket.once("data", () => {
      socket.pause();
      if (answer !== "") socket.write(answer);
      onAnswered(socket);
    });
  });
}

/** A server that counts what comes and keeps nothing of it. */
function countingServer(size: number, onWhole: (socket: Socket) => void) {
  return serverOf((socket) => {
    let left = size;
    socket.on("data", (bytes) => {
      left -= bytes.length;
      if (left < 0 && left + bytes.length >= 0) onWhole(socket);
    });
  });
}

test.each<[string, (socket: Socket) => void]>([
  ["keeps the connection", () => {}],
  ["ends the connection", (socket) => void socket.end()],
])("an answer before a large body was read is complete where the server %s", async (_name, onAnswered) => {
  await using server = await hastyServer("HTTP/1.1 413 Too Large\r\ncontent-length: 3\r\n\r\nbig", onAnswered);
  await using transport = testTransport();
  for (let i = 0; i < 3; i += 1) {
    const report = await run(transport, callWith(server.origin, new Uint8Array(16 * MIB)));
    expect([report.status, report.body.toString(), report.end]).toEqual([413, "big", { kind: "complete" }]);
  }
});

test("a connection that is lost half-way is cut, and the next call has a new one", async () => {
  await using server = await hastyServer("", (socket) => void socket.destroy());
  await using transport = testTransport();
  for (let i = 0; i < 3; i += 1) {
    const report = await run(transport, callWith(server.origin, new Uint8Array(16 * MIB)));
    expect(report.end.kind).toBe("cut");
  }
});

test("an abort half-way ends the exchange and its connection", async () => {
  const { promise: closed, resolve } = Promise.withResolvers<void>();
  let abort = () => {};
  await using server = await hastyServer("", (socket) => {
    socket.on("close", () => resolve()).resume();
    abort();
  });
  await using transport = testTransport();
  const report = await run(transport, callWith(server.origin, new Uint8Array(16 * MIB)), {
    onStart: (exchange) => {
      abort = () => exchange.abort();
    },
  });
  expect(report.end.kind).toBe("aborted");
  await closed;
});

test("the bodies of running answers are let go of", async () => {
  const count = 20;
  const size = 4 * MIB;
  const sockets: Socket[] = [];
  await using server = await countingServer(size, (socket) => {
    sockets.push(socket);
    socket.write("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf");
  });
  await using transport = testTransport();
  let heads = 0;
  const ends: string[] = [];
  const events = {
    onHead: () => {
      heads += 1;
    },
    onData: () => {},
    onEnd: ({ kind }: TransportEnd) => void ends.push(kind),
  };
  for (let i = 0; i < count; i += 1) transport.start(callWith(server.origin, new Uint8Array(size)), events);
  await until("all heads", () => heads === count);
  await until("the bodies to be freed", () => {
    Bun.gc(true);
    return process.memoryUsage().arrayBuffers < (count / 2) * size;
  });
  for (const socket of sockets) socket.write("whole");
  await until("all ends", () => ends.length === count);
  expect(new Set(ends)).toEqual(new Set(["complete"]));
});
