// Two hundred WebSockets at once, very large messages, sides that drop or do not keep up: right closes, nothing left.
import { afterAll, expect, setDefaultTimeout, test } from "bun:test";
import { readdirSync } from "node:fs";
import { connect as connectTcp } from "node:net";
import { newHome } from "../fixture/home.ts";
import { KERNEL } from "../fixture/kernel-buffers.ts";
import { fakeSecret } from "../fixture/secrets.ts";
import { SocketClient } from "../fixture/socket-client.ts";
import { type SocketPeer, startSocketServer } from "../fixture/socket-server.ts";
import { TEST_DEADLINE_MS, until } from "../fixture/until.ts";

setDefaultTimeout(TEST_DEADLINE_MS);

const MIB = 1024 * 1024;
const LARGE = 16 * MIB;
const SESSIONS = 200;
/** More than the kernel holds for anybody. */
const POURED = KERNEL + 64 * MIB;
/** A session may hold so much for a provider that does not keep up, and one message more. */
const HELD = 33 * MIB;

const upstream = await startSocketServer(echo);
const home = await newHome();
await home.configure({
  providers: [{ name: "main", base_url: upstream.url, api_keys: [fakeSecret("load_a"), fakeSecret("load_b")] }],
  // The thread of the database would open its files while descriptors are counted.
  requests: { enabled: false },
});
const daemon = await home.serve();
afterAll(async () => {
  await daemon.stop();
  await home[Symbol.asyncDispose]();
  await upstream[Symbol.asyncDispose]();
});
const atRest = descriptors();

function echo(peer: SocketPeer): void {
  peer.accept().text("ready");
  peer.onFrame = ({ opcode, payload }) => {
    if (opcode <= 2) peer.send(opcode, payload);
    // A large one is not kept.
    peer.frames.length = Math.min(peer.frames.length, opcode === 8 ? peer.frames.length : 0);
  };
}

function descriptors(): number {
  return readdirSync(`/proc/${daemon.pid}/fd`).length;
}

function connect(name = ""): SocketClient {
  return new SocketClient(`${daemon.url}/v1/realtime?model=m&name=${name}`);
}

function peerOf(name: string): SocketPeer {
  const peer = upstream.peers.findLast(({ target }) => target.endsWith(`&name=${name}`));
  if (peer === undefined) throw new Error(`No peer ${name}`);
  return peer;
}

async function inFlight(): Promise<number> {
  const { keys } = await home.control().call("keys.list", {});
  return (keys as readonly { in_flight: number }[]).reduce((sum, key) => sum + key.in_flight, 0);
}

/** No session, no slot of a key, no connection on either side. */
async function nothingLeft(): Promise<void> {
  await until("no request in flight", async () => (await home.control().call("status", {})).in_flight === 0);
  expect(await inFlight()).toBe(0);
  await until("closed connections", () => upstream.peers.every(({ socket }) => socket.destroyed));
  await until("closed descriptors", () => descriptors() <= atRest + 2);
  upstream.peers.length = 0;
}

interface Ending {
  end(client: SocketClient, peer: SocketPeer): void;
  readonly client: number;
  readonly peer: number | undefined;
}

const ENDINGS: readonly Ending[] = [
  { end: (client) => client.socket.close(1000), client: 1000, peer: 1000 },
  { end: (_, peer) => peer.sendClose(4000), client: 4000, peer: 4000 },
  { end: (_, peer) => peer.drop(), client: 1011, peer: undefined },
  { end: (client) => (client.socket as unknown as { terminate(): void }).terminate(), client: 1006, peer: 1001 },
];

test("200 sessions at once, ended by either side in every way", async () => {
  upstream.onPeer = echo;
  const clients = Array.from({ length: SESSIONS }, (_, index) => connect(String(index)));
  await Promise.all(clients.map((client) => client.until(1)));
  expect(await inFlight()).toBe(SESSIONS);
  for (const [index, client] of clients.entries()) {
    client.send(`text ${index}`);
    client.send(Buffer.from([index]));
  }
  for (const [index, client] of clients.entries()) {
    expect(await client.until(3)).toEqual(["ready", `text ${index}`, Buffer.from([index])]);
  }
  const large = clients.slice(0, 3);
  const bytes = Buffer.alloc(LARGE, "0123456789\u00df");
  const text = "\u{1f600}x\u00e9".repeat(LARGE / 7);
  for (const client of large) {
    client.send(bytes);
    client.send(text);
  }
  for (const client of large) {
    const [binary, words] = (await client.until(5)).slice(3);
    expect(Buffer.isBuffer(binary) && binary.equals(bytes)).toBeTrue();
    expect(words === text).toBeTrue();
    client.received.length = 0;
  }
  const closed = clients.map(async (client, index) => {
    const ending = ENDINGS[index % ENDINGS.length];
    const peer = peerOf(String(index));
    ending?.end(client, peer);
    expect([index, (await client.closed).code]).toEqual([index, ending?.client ?? 0]);
    await peer.gone;
    expect([index, peer.close?.code]).toEqual([index, ending?.peer]);
  });
  await Promise.all(closed);
  await nothingLeft();
});

test("a client that reads nothing: its provider is paused, others go on; when it reads again it gets everything", async () => {
  let sent = 0;
  upstream.onPeer = (peer) => {
    if (!peer.target.endsWith("slow")) return echo(peer);
    peer.accept();
    const part = Buffer.alloc(MIB, "s");
    const pour = () => {
      while (sent < POURED && !peer.socket.destroyed) {
        sent += MIB;
        peer.binary(part);
        if (peer.socket.writableNeedDrain) break;
      }
    };
    peer.socket.on("drain", pour);
    pour();
  };
  const before = await daemon.memory();
  const { port, hostname } = new URL(daemon.url);
  const slow = connectTcp(Number(port), hostname);
  slow.write(handshake("/v1/realtime?model=m&name=slow"));
  let last = -1;
  await until("the provider to be paused", async () => {
    const isAtRest = sent > 0 && sent === last;
    last = sent;
    await Bun.sleep(100);
    return isAtRest && sent === last;
  });
  expect(sent).toBeLessThan(KERNEL + 4 * MIB);
  expect((await daemon.memory()) - before).toBeLessThan(32 * MIB);
  await using other = connect("other");
  await other.until(1);
  other.send("still there");
  expect(await other.until(2)).toEqual(["ready", "still there"]);
  let received = 0;
  slow.on("data", (chunk: Buffer) => {
    received += chunk.length;
  });
  await until("all bytes", () => sent === POURED && received > POURED);
  const peer = peerOf("slow");
  slow.resetAndDestroy();
  await peer.until(({ close }) => close !== undefined);
  expect(peer.close?.code).toBe(1001);
  other.socket.close();
  await other.closed;
  await nothingLeft();
});

test("a provider that reads nothing: the client is asked to come back later, with little kept for it", async () => {
  upstream.onPeer = (peer) => {
    peer.accept().text("ready");
    peer.socket.pause();
  };
  const client = connect("full");
  await client.until(1);
  const part = Buffer.alloc(MIB, "p");
  const before = await daemon.memory();
  let sent = 0;
  while (client.socket.readyState === WebSocket.OPEN && sent * MIB < 4 * (HELD + KERNEL)) {
    client.send(part);
    sent += 1;
    // A turn, in which it may hear that it shall close.
    await new Promise(setImmediate);
    await until("room", () => client.socket.bufferedAmount === 0 || client.socket.readyState !== WebSocket.OPEN);
  }
  expect(await client.closed).toMatchObject({ code: 1013 });
  expect(sent * MIB).toBeGreaterThan(LARGE);
  expect(sent * MIB).toBeLessThan(HELD + KERNEL);
  expect((await daemon.memory()) - before).toBeLessThan(3 * HELD);
  peerOf("full").socket.destroy();
  await nothingLeft();
});

test("a message of more than 32 MiB ends its session only", async () => {
  upstream.onPeer = echo;
  const client = connect("huge");
  await client.until(1);
  client.send(Buffer.alloc(33 * MIB));
  expect((await client.closed).code).toBe(1009);
  await nothingLeft();
});

function handshake(target: string): string {
  const lines = [
    `GET ${target} HTTP/1.1`,
    "Host: 127.0.0.1",
    "Upgrade: websocket",
    "Connection: Upgrade",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
  ];
  return `${lines.join("\r\n")}\r\n\r\n`;
}
