// A WebSocket client against a peer that does everything a peer may do, and what it may not.
import { afterAll, expect, setDefaultTimeout, test } from "bun:test";
import { createUndiciTransport } from "../../../src/upstream/undici-transport.ts";
import type { SocketMessage } from "../../../src/upstream/websocket/frame-reader.ts";
import type { SocketEnd, SocketEvents, UpstreamSocket } from "../../../src/upstream/websocket/upstream-socket.ts";
import { readPem } from "../../fixture/raw-server.ts";
import { type SocketPeer, type SocketServer, startSocketServer } from "../../fixture/socket-server.ts";
import { TEST_DEADLINE_MS } from "../../fixture/until.ts";

setDefaultTimeout(TEST_DEADLINE_MS);

const server = await startSocketServer(() => {});
afterAll(() => server[Symbol.asyncDispose]());

const transport = createUndiciTransport({ ca: readPem("ca.pem") });

class Opened implements SocketEvents {
  readonly seen: string[] = [];
  readonly ended = Promise.withResolvers<SocketEnd>();
  readonly opened = Promise.withResolvers<void>();
  readonly socket: UpstreamSocket;
  #waiting: (() => void)[] = [];

  constructor(url: string, headers: readonly string[]) {
    const { origin, pathname } = new URL(url);
    const call = { origin, path: `${pathname}/realtime?model=m`, method: "GET", headers, body: null, connectMs: 5000 };
    this.socket = transport.openSocket(call, this);
  }

  onOpen(_headers: unknown, protocol: string | undefined): void {
    this.#note(`open ${protocol ?? "-"}`);
    this.opened.resolve();
  }

  onMessage({ isText, bytes }: SocketMessage): void {
    this.#note(isText ? `text ${bytes}` : `binary ${bytes.toString("hex")}`);
  }

  onAlive(): void {
    this.#note("alive");
  }

  onDrain(): void {
    this.#note("drain");
  }

  onEnd(end: SocketEnd): void {
    this.#note("end");
    this.ended.resolve(end);
  }

  async until(count: number): Promise<readonly string[]> {
    while (this.seen.length < count) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    return this.seen;
  }

  #note(text: string): void {
    this.seen.push(text);
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}

function open(onPeer: (peer: SocketPeer) => void, headers: readonly string[] = [], at: SocketServer = server): Opened {
  at.onPeer = onPeer;
  return new Opened(at.url, headers);
}

test("asks as RFC 6455 wants it, and passes messages both ways", async () => {
  const opened = open(
    (peer) => {
      peer.accept(["Sec-WebSocket-Protocol: realtime"]);
      peer.onFrame = ({ opcode, payload }) => peer.send(opcode, payload);
    },
    ["authorization", "Bearer k", "sec-websocket-protocol", "realtime, other"],
  );
  await opened.opened.promise;
  const peer = server.peers.at(-1);
  expect(peer?.target).toBe("/v1/realtime?model=m");
  expect(Object.fromEntries(peer?.headers ?? [])).toMatchObject({
    connection: "Upgrade",
    upgrade: "websocket",
    "sec-websocket-version": "13",
    authorization: "Bearer k",
  });
  expect(Buffer.from(peer?.headers.get("sec-websocket-key") ?? "", "base64")).toHaveLength(16);
  opened.socket.send({ isText: true, bytes: Buffer.from("\uFEFFgr\u00fc\u00df") });
  opened.socket.send({ isText: false, bytes: Buffer.from([0, 255]) });
  expect(await opened.until(3)).toEqual(["open realtime", "text \uFEFFgr\u00fc\u00df", "binary 00ff"]);
  opened.socket.close({ code: 1000, reason: "done" });
  expect(await opened.ended.promise).toEqual({ kind: "closed", code: 1000, reason: "done" });
});

test("over TLS, with a private authority", async () => {
  await using tls = await startSocketServer(() => {}, { isTls: true });
  const opened = open((peer) => peer.accept().text("hi"), [], tls);
  expect(await opened.until(2)).toEqual(["open -", "text hi"]);
  opened.socket.abort();
  expect(await opened.ended.promise).toMatchObject({ kind: "aborted" });
  await tls.peers[0]?.gone;
});

test("messages that come with the answer to the handshake are read", async () => {
  const opened = open((peer) => {
    peer.socket.cork();
    peer.accept().text("first");
    peer.text("second");
    peer.socket.uncork();
  });
  expect(await opened.until(3)).toEqual(["open -", "text first", "text second"]);
  opened.socket.abort();
});

test("a ping is answered with its payload, also between parts", async () => {
  const opened = open((peer) => {
    peer.accept();
    peer.send(1, "a", false);
    peer.send(9, "are you there");
    peer.send(0, "b");
  });
  expect(await opened.until(3)).toEqual(["open -", "alive", "text ab"]);
  const peer = server.peers.at(-1);
  await peer?.until(({ frames }) => frames.length === 1);
  expect(peer?.frames).toEqual([{ opcode: 10, payload: Buffer.from("are you there") }]);
  opened.socket.ping();
  await peer?.until(({ frames }) => frames.length === 2);
  expect(peer?.frames[1]?.opcode).toBe(9);
  opened.socket.abort();
});

test.each<[string, (peer: SocketPeer) => void, SocketEnd, number | undefined]>([
  ["a close with a code", (peer) => peer.sendClose(4001, "so"), { kind: "closed", code: 4001, reason: "so" }, 4001],
  ["a close without a code", (peer) => peer.sendClose(), { kind: "closed", code: 1005, reason: "" }, 1005],
  ["a drop", (peer) => peer.drop(), { kind: "cut", cause: "ECONNRESET", code: 1006 }, undefined],
  [
    "an end without a close",
    (peer) => void peer.socket.end(),
    { kind: "cut", cause: "CONNECTION_CLOSED", code: 1006 },
    undefined,
  ],
  ["a fault", (peer) => peer.send(3), { kind: "cut", cause: "WEBSOCKET_PROTOCOL_ERROR", code: 1002 }, 1002],
  [
    "a text that is none",
    (peer) => peer.send(1, new Uint8Array([0xff])),
    { kind: "cut", cause: "WEBSOCKET_INVALID_TEXT", code: 1007 },
    1007,
  ],
  [
    "a message that is too large",
    (peer) => void peer.socket.write(Buffer.from([0x82, 127, 0, 0, 0, 0, 2, 0, 0, 1])),
    { kind: "cut", cause: "WEBSOCKET_MESSAGE_TOO_LARGE", code: 1009 },
    1009,
  ],
])("%s ends it, and the connection", async (_name, end, expected, answered) => {
  const opened = open((peer) => void peer.accept());
  await opened.opened.promise;
  const peer = server.peers.at(-1);
  if (peer === undefined) throw new Error("No peer");
  end(peer);
  const ended = await opened.ended.promise;
  expect({ ...ended, ...("cause" in ended && /RESET|EPIPE/.test(ended.cause) ? { cause: "ECONNRESET" } : {}) }).toEqual(
    expected,
  );
  if (answered !== undefined) await peer.until(({ close }) => close !== undefined);
  expect(peer.close?.code).toBe(answered);
  await peer.gone;
});

test.each<[string, (peer: SocketPeer) => void, object]>([
  [
    "a refusal with a length",
    (peer) => peer.refuse(401, { error: "no" }),
    { kind: "refused", status: 401, body: '{"error":"no"}' },
  ],
  [
    "a refusal in chunks, after an interim answer",
    (peer) =>
      void peer.socket.write(
        "HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 429 No\r\nTransfer-Encoding: chunked\r\nRetry-After: 7\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n",
      ),
    { kind: "refused", status: 429, body: "abcde" },
  ],
  [
    "a refusal that ends with its connection",
    (peer) => void peer.socket.end("HTTP/1.1 503 No\r\n\r\nbusy"),
    { kind: "refused", status: 503, body: "busy" },
  ],
  [
    "a refusal without a body",
    (peer) => void peer.socket.write("HTTP/1.1 204 No\r\n\r\n"),
    { kind: "refused", status: 204, body: "" },
  ],
  [
    "a refusal of which the beginning is enough",
    (peer) => void peer.socket.write(`HTTP/1.1 500 No\r\nContent-Length: 99999999\r\n\r\n${"x".repeat(70_000)}`),
    { kind: "refused", status: 500, body: "x".repeat(65_536) },
  ],
])("%s is reported whole", async (_name, refuse, expected) => {
  const ended = await open(refuse).ended.promise;
  const body = "body" in ended ? Buffer.from(ended.body).toString() : undefined;
  expect({ ...ended, body }).toMatchObject(expected);
  await server.peers.at(-1)?.gone;
});

test.each<[string, (peer: SocketPeer) => void]>([
  [
    "a wrong accept",
    (peer) => {
      peer.headers.get("x");
      peer.socket.write(
        "HTTP/1.1 101 Ok\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: AAAA\r\n\r\n",
      );
    },
  ],
  ["a subprotocol that was not offered", (peer) => void peer.accept(["Sec-WebSocket-Protocol: other"])],
  ["an extension that was not offered", (peer) => void peer.accept(["Sec-WebSocket-Extensions: permessage-deflate"])],
  ["no HTTP", (peer) => void peer.socket.write("220 mail.example ESMTP\r\n\r\n")],
  ["a head without end", (peer) => void peer.socket.write(`HTTP/1.1 101 Ok\r\nA: ${"x".repeat(70_000)}`)],
  ["a bad chunk", (peer) => void peer.socket.write("HTTP/1.1 401 No\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n")],
  ["a drop", (peer) => peer.drop()],
  ["an end", (peer) => void peer.socket.end()],
])("%s in place of an answer: nothing was opened", async (_name, answer) => {
  const opened = open(answer);
  expect(await opened.ended.promise).toMatchObject({ kind: "never-sent" });
  expect(opened.seen).toEqual(["end"]);
  await server.peers.at(-1)?.gone;
});

test("a port where nobody listens", async () => {
  const gone = await startSocketServer(() => {});
  await gone[Symbol.asyncDispose]();
  expect(await new Opened(gone.url, []).ended.promise).toEqual({ kind: "never-sent", cause: "ECONNREFUSED" });
});

test("it can be given up while it is opened", async () => {
  const opened = new Opened(server.url, []);
  opened.socket.abort();
  expect(await opened.ended.promise).toEqual({ kind: "aborted", cause: "aborted" });
  expect(opened.seen).toEqual(["end"]);
});

test("while it is paused the peer's bytes stay with the peer; then they all come", async () => {
  const opened = open((peer) => void peer.accept());
  await opened.opened.promise;
  opened.socket.pause();
  const peer = server.peers.at(-1);
  const part = Buffer.alloc(1024 * 1024, "p");
  for (let index = 0; index < 32; index += 1) peer?.binary(part);
  // What the network between both takes is far less than was written.
  await new Promise((resolve) => setImmediate(resolve));
  expect(peer?.socket.writableLength).toBeGreaterThan(0);
  expect(opened.seen.length).toBeLessThan(32);
  opened.socket.resume();
  expect(await opened.until(33)).toHaveLength(33);
  opened.socket.abort();
});

test("what the peer does not read waits, and is counted", async () => {
  const opened = open((peer) => void peer.accept().socket.pause());
  await opened.opened.promise;
  for (let index = 0; index < 16; index += 1) opened.socket.send({ isText: false, bytes: Buffer.alloc(1024 * 1024) });
  expect(opened.socket.waitingBytes).toBeGreaterThan(8 * 1024 * 1024);
  expect(opened.seen).toEqual(["open -"]);
  server.peers.at(-1)?.socket.resume();
  expect(await opened.until(2)).toEqual(["open -", "drain"]);
  expect(opened.socket.waitingBytes).toBe(0);
  opened.socket.abort();
  await opened.ended.promise;
});
