// A session after its commit: silence, back-pressure, and its one end.
import { expect, test } from "bun:test";
import { BufferPool } from "../../../src/proxy/body/buffer-pool.ts";
import { ClientLink } from "../../../src/proxy/realtime/client-link.ts";
import { LiveSocket, type SessionEnd } from "../../../src/proxy/realtime/live-socket.ts";
import { VirtualTime } from "../fixtures.ts";
import { json, ScriptedClient, ScriptedUpstream, text } from "./scripted.ts";

const CALL = { origin: "", path: "", method: "GET", headers: [], body: null, connectMs: 0 };
const IDLE_MS = 1_000;
const MIB = 1024 * 1024;
const POOL_BYTES = 64 * MIB;
const NOBODY = { onOpen() {}, onMessage() {}, onAlive() {}, onEnd() {} };

function live() {
  const time = new VirtualTime();
  const client = new ScriptedClient();
  const link = new ClientLink(client.upgrade, new AbortController().signal, new BufferPool(POOL_BYTES));
  link.open(new Headers(), undefined);
  let session: LiveSocket | undefined;
  const upstream = new ScriptedUpstream(CALL, {
    ...NOBODY,
    onDrain: () => session?.onDrain(),
    onEnd: (end) => session?.onEnd(end),
  });
  const head = { status: 101, headers: [["x-ratelimit-remaining-requests", "0"] as const], latencyMs: 5 };
  const mask = (words: string) => words.replace("SECRET", "****");
  session = new LiveSocket({ head, upstream, link, idleMs: IDLE_MS, mask, timing: time });
  const over: SessionEnd[] = [];
  session.whenOver((end) => over.push(end));
  return { session, time, client, link, upstream, over };
}

test("a silent provider is asked for a sign of life, and goes on when it gives one", async () => {
  const { session, time, upstream, over } = live();
  await time.advance(IDLE_MS / 2);
  expect(upstream.done).toEqual(["ping"]);
  session.onAlive();
  await time.advance(IDLE_MS * 0.9);
  expect(upstream.done).toEqual(["ping", "ping"]);
  session.onMessage(text("hi"));
  await time.advance(IDLE_MS * 0.6);
  expect(over).toEqual([]);
});

test("a provider that stays silent is given up", async () => {
  const { session, time, client, upstream, over } = live();
  await time.advance(IDLE_MS);
  expect(upstream.done).toEqual(["ping", "abort"]);
  expect(client.seen).toEqual(["close 1011 upstream_timeout"]);
  const end = { kind: "broken", cause: "WEBSOCKET_SILENT", isStalled: true } as const;
  expect(over).toEqual([end]);
  expect(session.outcomeOf(end)).toEqual({ kind: "stalled-after-commit", cause: "WEBSOCKET_SILENT" });
  expect(time.pending).toBe(0);
});

test("while the client reads nothing the provider is not read, and its silence says nothing", async () => {
  const { session, time, client, upstream, over, link } = live();
  client.keepsUp = false;
  session.onMessage(text("much"));
  await time.advance(IDLE_MS * 20);
  expect([upstream.done, over]).toEqual([["pause"], []]);
  client.keepsUp = true;
  link.onDrain();
  link.onDrain();
  await time.advance(IDLE_MS / 2);
  expect(upstream.done).toEqual(["pause", "resume", "ping"]);
});

test("a client that sends faster than its provider takes is asked to come back later", () => {
  const { link, client, upstream, over, session } = live();
  upstream.waitingBytes = 32 * MIB;
  link.onMessage(text("still taken"));
  upstream.waitingBytes = 32 * MIB + 1;
  link.onMessage(text("too much"));
  link.onMessage(text("and more"));
  expect(upstream.done).toEqual(["still taken", "close 1001"]);
  expect(client.seen).toEqual(["close 1013 The provider takes messages more slowly than they come"]);
  upstream.end({ kind: "cut", cause: "WEBSOCKET_CLOSE_UNANSWERED", code: 1006 });
  expect(over).toEqual([{ kind: "client-gone", code: "overloaded" }]);
  expect(session.outcomeOf({ kind: "client-gone" })).toEqual({ kind: "client-gone", waitedMs: 0 });
});

test("what waits for a provider takes of the memory of all requests until it is sent", () => {
  const { link, client, upstream, over } = live();
  const words = text("x".repeat(MIB));
  upstream.send = () => {
    upstream.waitingBytes += MIB;
  };
  link.onMessage(words);
  expect(link.pool.usedBytes).toBeGreaterThan(0.9 * MIB);
  upstream.waitingBytes = 0;
  upstream.events.onDrain?.();
  expect(link.pool.usedBytes).toBe(0);
  link.onMessage(words);
  const others = POOL_BYTES - link.pool.usedBytes;
  expect(link.pool.tryReserve(others)).toBeTrue();
  link.onMessage(words);
  expect(client.seen).toEqual(["close 1013 Too much waits in memory (server.max_buffered)"]);
  expect(upstream.done).toEqual(["close 1001"]);
  upstream.end({ kind: "closed", code: 1001, reason: "" });
  expect(link.pool.usedBytes).toBe(others);
  expect(over).toEqual([{ kind: "client-gone", code: "overloaded" }]);
});

test("what waits for a client takes of it too, until it is read", () => {
  const { session, link, client, upstream } = live();
  client.keepsUp = false;
  session.onMessage(text("x".repeat(MIB)));
  expect(link.pool.usedBytes).toBeGreaterThan(0.9 * MIB);
  client.keepsUp = true;
  link.onDrain();
  expect(link.pool.usedBytes).toBe(0);
  client.keepsUp = false;
  session.onMessage(text("x".repeat(MIB)));
  upstream.end({ kind: "closed", code: 1000, reason: "" });
  expect(link.pool.usedBytes).toBeGreaterThan(0.9 * MIB);
  link.onClose({ code: 1006, reason: "" });
  expect(link.pool.usedBytes).toBe(0);
});

test("where no memory is left a client that does not keep up is closed", () => {
  const { session, link, client, upstream } = live();
  expect(link.pool.tryReserve(POOL_BYTES)).toBeTrue();
  session.onMessage(text("read at once"));
  client.keepsUp = false;
  session.onMessage(text("x".repeat(MIB)));
  expect(client.seen.at(-1)).toBe("close 1013 Too much waits in memory (server.max_buffered)");
  expect(upstream.done).toEqual(["pause", "close 1001"]);
});

test.each<[string, Parameters<ScriptedUpstream["end"]>[0], string, SessionEnd]>([
  ["a close", { kind: "closed", code: 1000, reason: "done" }, "close 1000 done", { kind: "closed" }],
  ["a close of its own kind", { kind: "closed", code: 4008, reason: "" }, "close 4008 ", { kind: "closed" }],
  [
    "a reason that quotes the key",
    { kind: "closed", code: 1008, reason: "bad SECRET" },
    "close 1008 bad ****",
    { kind: "closed" },
  ],
  [
    "a fault of its own",
    { kind: "closed", code: 1011, reason: "oops" },
    "close 1011 oops",
    { kind: "broken", cause: "CLOSED_1011", isStalled: false, reason: "oops" },
  ],
  [
    "a restart",
    { kind: "closed", code: 1012, reason: "" },
    "close 1012 ",
    { kind: "broken", cause: "CLOSED_1012", isStalled: false, reason: "" },
  ],
  [
    "a drop",
    { kind: "cut", cause: "ECONNRESET", code: 1006 },
    "close 1011 upstream_stream_interrupted",
    { kind: "broken", cause: "ECONNRESET", isStalled: false },
  ],
  [
    "a message too large",
    { kind: "cut", cause: "WEBSOCKET_MESSAGE_TOO_LARGE", code: 1009 },
    "close 1009 The provider sent a message that is too large",
    { kind: "broken", cause: "WEBSOCKET_MESSAGE_TOO_LARGE", isStalled: false },
  ],
])("the provider ends it by %s", (_name, end, seen, expected) => {
  const { upstream, client, over, session, link } = live();
  upstream.end(end);
  link.onClose({ code: 1000, reason: "" });
  session.onMessage(text("late"));
  expect(client.seen).toEqual([seen]);
  expect(over).toEqual([expected]);
});

test.each<[number, string, SessionEnd]>([
  [1000, "close 1000", { kind: "closed" }],
  [1005, "close 1005", { kind: "closed" }],
  [4999, "close 4999", { kind: "closed" }],
  [1006, "close 1001", { kind: "client-gone" }],
])("the client ends it with %d", (code, told, expected) => {
  const { upstream, over, link, client } = live();
  link.onClose({ code, reason: "" });
  link.onMessage(text("late"));
  expect(upstream.done).toEqual([told]);
  expect(over).toEqual([]);
  upstream.end({ kind: "closed", code: 1000, reason: "" });
  expect([over, client.seen]).toEqual([[expected], []]);
});

test("a shutdown tells the client to come back", () => {
  const { session, upstream, client, over } = live();
  session.closeBoth({ code: 1012, reason: "shutting_down" });
  session.closeBoth({ code: 1012, reason: "shutting_down" });
  expect([client.seen, upstream.done]).toEqual([["close 1012 shutting_down"], ["close 1001"]]);
  upstream.end({ kind: "closed", code: 1001, reason: "" });
  expect(over).toEqual([{ kind: "closed", code: "shutting_down" }]);
});

test("who asks late for its end is told", () => {
  const { session, upstream } = live();
  upstream.end({ kind: "closed", code: 1000, reason: "" });
  const late: SessionEnd[] = [];
  session.whenOver((end) => late.push(end));
  expect(late).toEqual([{ kind: "closed" }]);
});

test("messages are counted and their usage is added up, the bytes untouched", () => {
  const { session, client, link } = live();
  const usage = { input_tokens: 10, output_tokens: 4, input_token_details: { cached_tokens: 6 } };
  session.onMessage(json({ type: "response.done", response: { usage } }));
  session.onMessage(json({ type: "response.audio.delta", delta: "AAAA" }));
  session.onMessage(json({ type: "response.done", response: { usage } }));
  expect(session.pipe.usage).toEqual({ promptTokens: 20, completionTokens: 8, cachedTokens: 12 });
  expect(link.bytesOut).toBe(client.seen.reduce((sum, words) => sum + words.length, 0));
});
