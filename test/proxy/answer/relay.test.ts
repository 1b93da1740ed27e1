// A live answer as the body of a real response: back-pressure, broken ends, clients that leave.
import { afterAll, expect, test } from "bun:test";
import { connect } from "node:net";
import { createDownloadPipe } from "../../../src/proxy/answer/body-pipe.ts";
import { LiveAnswer, type LiveEnd } from "../../../src/proxy/answer/live-answer.ts";
import { relayBody } from "../../../src/proxy/answer/relay.ts";
import { until } from "../../fixture/until.ts";
import { FakeCall, VirtualTime } from "../fixtures.ts";

const CALL = { origin: "", path: "", method: "GET", headers: [], body: null, connectMs: 0 };
const PIECE = new Uint8Array(256 * 1024).fill(120);
const MAX_PIECES = 4_000;

interface Relayed {
  readonly answer: LiveAnswer;
  readonly exchange: FakeCall;
  readonly over: LiveEnd[];
}

const relayed: Relayed[] = [];
const server = Bun.serve({
  port: 0,
  idleTimeout: 0,
  development: false,
  error: () => new Response(null, { status: 500 }),
  fetch(request) {
    const exchange = new FakeCall(CALL, "p", { onHead() {}, onData() {}, onEnd() {} });
    const head = { status: 200, headers: [], latencyMs: 0 };
    const { signal } = request;
    const pipe = createDownloadPipe();
    const timing = new VirtualTime();
    const answer = new LiveAnswer({ head, pipe, held: [], idleMs: 1_000, signal, exchange, timing });
    const over: LiveEnd[] = [];
    answer.whenOver((end) => over.push(end));
    relayed.push({ answer, exchange, over });
    return new Response(relayBody(answer));
  },
});
afterAll(() => server.stop(true));

/** A client that reads nothing until it is told to. */
async function silentClient() {
  const count = relayed.length;
  const socket = connect(server.port ?? 0, "127.0.0.1");
  socket.pause();
  socket.write("GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  const found = await until("the request", () => (relayed.length > count ? relayed.at(-1) : undefined));
  return { socket, ...found };
}

/** Sends until the upstream is paused; how many bytes that took. */
async function fill({ answer, exchange }: Relayed): Promise<number> {
  let pieces = 0;
  while (!exchange.isPaused && pieces < MAX_PIECES) {
    answer.onData(PIECE);
    pieces += 1;
    await Bun.sleep(0);
  }
  return pieces * PIECE.length;
}

test("a client that reads nothing pauses the upstream, one that goes on resumes it", async () => {
  const client = await silentClient();
  expect(await fill(client)).toBeLessThan(64 * 1024 * 1024);
  expect(client.exchange.isPaused).toBe(true);
  client.socket.on("data", () => {});
  client.socket.resume();
  await until("the upstream to go on", () => !client.exchange.isPaused);
  client.answer.onEnd({ kind: "complete" });
  await until("the end", () => client.over.length === 1);
  expect(client.over[0]?.kind).toBe("complete");
});

test("a client that leaves while it is paused ends the upstream call", async () => {
  const client = await silentClient();
  await fill(client);
  client.socket.destroy();
  await until("the end", () => client.over.length === 1);
  expect([client.over[0]?.kind, client.exchange.isAborted]).toEqual(["aborted", true]);
});

test("an answer that is cut without a tail does not look whole", async () => {
  const { socket, answer, over } = await silentClient();
  let text = "";
  socket.on("data", (bytes) => {
    text += bytes;
  });
  const closed = new Promise<void>((resolve) => socket.on("close", () => resolve()));
  socket.resume();
  answer.onData(new TextEncoder().encode("half"));
  await until("the first bytes", () => text.includes("half"));
  answer.onEnd({ kind: "cut", cause: "CONNECTION_RESET" });
  await closed;
  expect(text).not.toContain("\r\n0\r\n\r\n");
  expect(over).toMatchObject([{ kind: "broken", cause: "CONNECTION_RESET" }]);
});
