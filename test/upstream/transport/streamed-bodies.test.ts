// Request bodies that are read while they are sent, over both protocols: bytes, framing, pace, and how they fail.
import { describe, expect, test } from "bun:test";
import { createServer, type Socket } from "node:net";
import type { StreamedBody, Transport, TransportCall } from "../../../src/upstream/transport.ts";
import { H2_ERROR, startH2Server } from "../../fixture/h2-server.ts";
import { startRawServer } from "../../fixture/raw-server.ts";
import { until } from "../../fixture/until.ts";
import { callOf, run, testTransport } from "./run-exchange.ts";

const MIB = 1024 * 1024;
const OK = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

/** A body of pieces that counts how many were taken. */
class Pieces implements StreamedBody {
  readonly length: number | undefined;
  readonly #pieces: Iterator<Uint8Array>;
  taken = 0;
  isDone = false;

  constructor(pieces: Iterable<Uint8Array>, length?: number) {
    this.#pieces = pieces[Symbol.iterator]();
    this.length = length;
  }

  async read(): Promise<Uint8Array | undefined> {
    const { done, value } = this.#pieces.next();
    if (done === true) {
      this.isDone = true;
      return undefined;
    }
    this.taken += value.length;
    return value;
  }
}

function* repeated(piece: Uint8Array, count: number): Generator<Uint8Array> {
  for (let at = 0; at < count; at += 1) yield piece;
}

function streamed(origin: string, body: StreamedBody): TransportCall {
  const headers = body.length === undefined ? [] : ["content-length", String(body.length)];
  return callOf(origin, { body, headers });
}

/** Turns of the event loop, so that whatever would go on does. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 50; turn += 1) await new Promise((resolve) => setTimeout(resolve, 1));
}

const WORDS = ["one ", "two ", "", "three"].map((word) => Buffer.from(word));

describe("over HTTP/1.1", () => {
  test.each([
    ["its length where that is known", 13, /content-length: 13\r/i, "one two three"],
    [
      "chunks where it is not",
      undefined,
      /transfer-encoding: chunked\r/i,
      "4\r\none \r\n4\r\ntwo \r\n5\r\nthree\r\n0\r\n\r\n",
    ],
  ])("is sent with %s", async (_name, length, framing, wire) => {
    let text = "";
    const server = createServer((socket) => {
      socket.on("data", (bytes) => {
        text += bytes.toString("latin1");
        if (text.endsWith(wire)) socket.end(OK);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
    const address = server.address();
    await using transport = testTransport();
    const origin = `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`;
    const report = await run(transport, streamed(origin, new Pieces(WORDS, length)));
    expect(report.end).toEqual({ kind: "complete" });
    expect(text).toMatch(framing);
    expect(text.slice(text.indexOf("\r\n\r\n") + 4)).toBe(wire);
    server.close();
  });

  test("is not begun before there is a connection", async () => {
    const body = new Pieces(WORDS, 13);
    await using transport = testTransport();
    const report = await run(transport, streamed("http://127.0.0.1:1", body));
    expect(report.end.kind).toBe("never-sent");
    expect(body.taken).toBe(0);
  });

  test("is taken no faster than the server reads", async () => {
    let accepted: Socket | undefined;
    const server = createServer((socket) => {
      accepted = socket.on("error", () => {});
      socket.pause();
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
    const address = server.address();
    const origin = `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`;
    const body = new Pieces(repeated(new Uint8Array(64 * 1024), 16 * 1024), 1024 * MIB);
    await using transport = testTransport();
    const exchange = transport.start(streamed(origin, body), { onHead() {}, onData() {}, onEnd() {} });
    await restsAt(() => body.taken);
    // What the kernel holds for one connection, tcp_wmem and tcp_rmem at their usual maximum, and a piece.
    expect(body.taken).toBeLessThan(12 * MIB);
    exchange.abort();
    accepted?.destroy();
    server.close();
  });

  test("ends as cut where the rest does not come, and the server never sees it whole", async () => {
    const requests: unknown[] = [];
    await using server = await startRawServer({ onRequest: (request) => void requests.push(request) });
    await using transport = testTransport();
    const report = await run(transport, streamed(server.origin, failing(10)));
    expect(report.end.kind).toBe("cut");
    expect(requests).toEqual([]);
  });

  test.each([
    ["never sent while some of it was not asked for", 100, "never-sent"],
    ["never sent while nobody knows its end", undefined, "never-sent"],
    ["cut once all of it went out", 4, "cut"],
  ])("counts as %s, where its connection is lost", async (_name, length, kind) => {
    const server = createServer((socket) => {
      socket.on("error", () => {});
      socket.on("data", (bytes) => bytes.includes("half") && socket.resetAndDestroy());
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
    const address = server.address();
    await using transport = testTransport();
    const origin = `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`;
    const body: StreamedBody = { length, read: once(Buffer.from("half")) };
    expect((await run(transport, streamed(origin, body))).end.kind).toBe(kind as "cut");
    server.close();
  });

  test("ends with an answer that comes before its end", async () => {
    const body: StreamedBody = { length: 100, read: once(Buffer.from("half")) };
    const server = createServer((socket) => {
      socket.on("error", () => {});
      socket.once("data", () => socket.write("HTTP/1.1 413 Too Large\r\ncontent-length: 3\r\n\r\nbig"));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
    const address = server.address();
    await using transport = testTransport();
    const origin = `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`;
    const report = await run(transport, streamed(origin, body));
    expect([report.status, report.body.toString(), report.end.kind]).toEqual([413, "big", "complete"]);
    server.close();
  });
});

describe("over HTTP/2", () => {
  test.each([13, undefined])("is sent with a length of %p", async (length) => {
    await using server = await startH2Server({
      onRequestEnd: (peer) => peer.answer(200, `${peer.bodyBytes} ${headerOf(peer.headers, "content-length")}`),
    });
    await using transport = testTransport();
    const report = await run(transport, streamed(server.origin, new Pieces(WORDS, length)));
    expect(report.body.toString()).toBe(`13 ${length}`);
  });

  test("large ones arrive whole beside each other", async () => {
    await using server = await startH2Server({ onRequestEnd: (peer) => peer.answer(200, `${peer.bodyBytes}`) });
    await using transport = testTransport();
    const one = () => streamed(server.origin, new Pieces(repeated(new Uint8Array(100_000), 50), 5_000_000));
    const reports = await Promise.all(Array.from({ length: 8 }, () => run(transport, one())));
    expect(new Set(reports.map(({ body }) => body.toString()))).toEqual(new Set(["5000000"]));
  });

  test("is taken no faster than the windows open", async () => {
    await using server = await startH2Server({ holdWindows: true });
    await using transport = testTransport();
    const body = new Pieces(repeated(new Uint8Array(10_000), 100_000));
    const exchange = transport.start(streamed(server.origin, body), { onHead() {}, onData() {}, onEnd() {} });
    await until("the window to be used up", () => body.taken > 65_535);
    await settle();
    expect(body.taken).toBe(70_000);
    exchange.abort();
  });

  test("is reset where the rest does not come", async () => {
    const ended: unknown[] = [];
    await using server = await startH2Server({ onRequestEnd: (peer) => void ended.push(peer) });
    await using transport = testTransport();
    const report = await run(transport, streamed(server.origin, failing(10)));
    expect(report.end).toEqual({ kind: "cut", cause: "REQUEST_BODY_FAILED" });
    expect(ended).toEqual([]);
  });

  test.each<[string, boolean, string]>([
    ["begins again on a new session", true, "complete"],
    ["is never sent, where it cannot", false, "never-sent"],
  ])("that a GOAWAY gave back unseen %s", async (_name, mayBegin, kind) => {
    await using server = await startH2Server({
      onRequest: ({ session }) => void (server.sessions.length === 1 && session.goaway(0, H2_ERROR.none)),
      onRequestEnd: (stream) => stream.answer(200, String(stream.bodyBytes)),
    });
    await using transport = testTransport();
    const body: StreamedBody = new Pieces(WORDS, 13);
    const begun: StreamedBody = {
      length: 13,
      read: once(Buffer.from("one ")),
      again: () => (mayBegin ? body : undefined),
    };
    const report = await run(transport, streamed(server.origin, begun));
    expect([report.end.kind, report.body.toString()]).toEqual([kind as "complete", mayBegin ? "13" : ""]);
    expect(server.sessions).toHaveLength(mayBegin ? 2 : 1);
  });

  test("ends with an answer that comes before its end", async () => {
    await using server = await startH2Server({ onRequest: (peer) => peer.answer(413, "big") });
    await using transport = testTransport();
    const body: StreamedBody = { length: 100, read: once(Buffer.from("half")) };
    const report = await run(transport, streamed(server.origin, body));
    expect([report.status, report.body.toString(), report.end.kind]).toEqual([413, "big", "complete"]);
  });
});

test.each<[string, (transport: Transport) => Promise<string>]>([
  ["HTTP/1.1", async () => "http://127.0.0.1:1"],
  ["TLS", async () => "https://127.0.0.1:1"],
])("an abort before the connection reads nothing of it, over %s", async (_name, originOf) => {
  const body = new Pieces(WORDS, 13);
  await using transport = testTransport();
  const report = await run(transport, streamed(await originOf(transport), body), { onStart: (it) => it.abort() });
  expect(report.end.kind).toBe("aborted");
  expect(body.taken).toBe(0);
});

/** So many bytes, then a failure. */
function failing(bytes: number): StreamedBody {
  let hasBegun = false;
  return {
    length: 100,
    read: async () => {
      if (hasBegun) throw new Error("The client left");
      hasBegun = true;
      return new Uint8Array(bytes);
    },
  };
}

/** One piece, then nothing for ever. */
function once(piece: Uint8Array): () => Promise<Uint8Array> {
  let hasBegun = false;
  return () => {
    if (hasBegun) return new Promise(() => {});
    hasBegun = true;
    return Promise.resolve(piece);
  };
}

/** Until a count stands still over many turns of the event loop. */
async function restsAt(count: () => number): Promise<void> {
  for (let last = -1; last !== count(); await settle()) last = count();
}

function headerOf(headers: readonly (readonly [string, string])[], name: string): string | undefined {
  return headers.find((header) => header[0] === name)?.[1];
}
