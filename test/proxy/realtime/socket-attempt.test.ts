// One attempt to open a session: when it is held, when it is given up, and what the client's messages do meanwhile.
import { expect, test } from "bun:test";
import { BufferPool } from "../../../src/proxy/body/buffer-pool.ts";
import { ClientLink } from "../../../src/proxy/realtime/client-link.ts";
import { type LastWord, runSocketAttempt, type SocketResult } from "../../../src/proxy/realtime/socket-attempt.ts";
import { dialectOf } from "../../../src/upstream/dialects.ts";
import { settle, VirtualTime } from "../fixtures.ts";
import { json, ScriptedClient, ScriptedTransport, text } from "./scripted.ts";

const CALL = { origin: "", path: "", method: "GET", headers: [], body: null, connectMs: 0 };
const COMMIT_MS = 8_000;
const FIRST_BYTE_MS = 3_000;
const MIB = 1024 * 1024;
const POOL_BYTES = 64 * MIB;

function attempt(client = new ScriptedClient(), given?: ClientLink, computes = true) {
  const time = new VirtualTime();
  const link = given ?? new ClientLink(client.upgrade, new AbortController().signal, new BufferPool(POOL_BYTES));
  const transport = new ScriptedTransport();
  const words: LastWord[] = [];
  const clocks = {
    commitAt: time.now() + COMMIT_MS,
    firstByteMs: FIRST_BYTE_MS,
    responseMs: 0,
    responseRetryMs: 0,
    idleMs: 60_000,
    mayRetryElsewhere: () => false,
  };
  let result: SocketResult | undefined;
  const onOpen = () => link.open(new Headers(), undefined);
  const onLastWord = (word: LastWord) => words.push(word);
  const leadsElsewhere = ({ bytes }: { bytes: Buffer }) => bytes.toString() === "for another";
  const parts = { transport, call: CALL, dialect: dialectOf("openai"), mask: (words: string) => words };
  void runSocketAttempt({ ...parts, clocks, computes, leadsElsewhere, link, onOpen, onLastWord }, time).then((end) => {
    result = end;
  });
  return { time, client, link, upstream: transport.last, words, result: () => result };
}

async function kindOf(result: () => SocketResult | undefined): Promise<string | undefined> {
  await settle();
  return result()?.kind;
}

test("a handshake that is not answered is given up", async () => {
  const { time, upstream, result } = attempt();
  await time.advance(FIRST_BYTE_MS);
  expect(upstream.done).toEqual(["abort"]);
  expect(result()).toMatchObject({ kind: "failed", outcome: { kind: "timeout", phase: "first-byte" } });
  expect(time.pending).toBe(0);
});

test("a session that was asked nothing is held for as long as an answer may take, then it stays with its key", async () => {
  const { time, upstream, result } = attempt();
  upstream.events.onOpen([], undefined);
  await time.advance(FIRST_BYTE_MS - 1);
  expect(result()).toBeUndefined();
  await time.advance(1);
  expect(result()?.kind).toBe("live");
});

test("a session that is asked must answer in time", async () => {
  const { time, upstream, link, result } = attempt();
  upstream.events.onOpen([], undefined);
  await time.advance(FIRST_BYTE_MS - 1);
  link.onMessage(text("hello"));
  await time.advance(FIRST_BYTE_MS - 1);
  expect(result()).toBeUndefined();
  await time.advance(1);
  expect(result()).toMatchObject({ kind: "failed", outcome: { kind: "timeout" } });
  expect(upstream.done).toEqual(["hello", "abort"]);
});

test("a session of a kind that nobody knows may be told much that is not answered", async () => {
  const { time, upstream, link, result } = attempt(undefined, undefined, false);
  upstream.events.onOpen([], undefined);
  link.onMessage(text("audio"));
  await time.advance(FIRST_BYTE_MS);
  expect(result()?.kind).toBe("live");
  expect(upstream.done).toEqual(["audio"]);
  const silent = attempt(undefined, undefined, false);
  await silent.time.advance(FIRST_BYTE_MS);
  expect(silent.result()).toMatchObject({ kind: "failed", outcome: { kind: "timeout" } });
});

test.each([
  ["while it is open", true],
  ["while none was open", false],
])("a first message for another key %s is not sent, and kept for that one", async (_name, isOpen) => {
  const { time, upstream, link, result } = attempt();
  const [open, say] = [() => upstream.events.onOpen([], undefined), () => link.onMessage(text("for another"))];
  for (const step of isOpen ? [open, say] : [say, open]) step();
  link.onMessage(text("and more"));
  expect(upstream.done).toEqual(["close 1000"]);
  await settle();
  expect(result()).toMatchObject({ kind: "failed", outcome: { kind: "client-gone" } });
  expect(link.kept.all.map(({ bytes }) => bytes.toString())).toEqual(["for another", "and more"]);
  expect([link.signal.aborted, time.pending]).toEqual([false, 0]);
});

test("nothing is held beyond the end of the request's time", async () => {
  const { time, upstream, link, result } = attempt();
  const end = time.now() + COMMIT_MS;
  await time.advance(FIRST_BYTE_MS - 1);
  upstream.events.onOpen([], undefined);
  await time.advance(FIRST_BYTE_MS - 1);
  link.onMessage(text("hello"));
  await time.advance(end - 1 - time.now());
  expect(result()).toBeUndefined();
  await time.advance(1);
  expect(result()).toMatchObject({ kind: "failed", outcome: { kind: "timeout" } });
});

test("what came before is sent again by the next attempt, and dropped by the first message", async () => {
  const first = attempt();
  first.upstream.events.onOpen([], undefined);
  first.link.onMessage(text("one"));
  first.upstream.end({ kind: "cut", cause: "ECONNRESET", code: 1006 });
  expect(await kindOf(first.result)).toBe("failed");
  first.link.onMessage(text("two"));
  const second = attempt(first.client, first.link);
  second.upstream.events.onOpen([], undefined);
  expect(second.upstream.done).toEqual(["one", "two"]);
  second.upstream.events.onMessage(text("hi"));
  expect(await kindOf(second.result)).toBe("live");
  expect([first.client.seen, first.link.kept.all]).toEqual([["hi"], []]);
});

test("a client that says much before the first message stays with this key", async () => {
  const { upstream, link, result } = attempt();
  upstream.events.onOpen([], undefined);
  for (let index = 0; index < 31; index += 1) link.onMessage(text("x".repeat(MIB)));
  expect(await kindOf(result)).toBeUndefined();
  expect(link.pool.usedBytes).toBeGreaterThan(30 * MIB);
  link.onMessage(text("y".repeat(2 * MIB)));
  expect(await kindOf(result)).toBe("live");
  expect(upstream.done.map((words) => words.length / MIB)).toEqual([...Array.from({ length: 31 }, () => 1), 2]);
  expect(link.pool.usedBytes).toBe(0);
});

test("where no memory is left to keep messages, the session stays with this key too", async () => {
  const { upstream, link, result } = attempt();
  upstream.events.onOpen([], undefined);
  link.onMessage(text("first"));
  expect(link.pool.tryReserve(POOL_BYTES - MIB)).toBeTrue();
  link.onMessage(text("x".repeat(MIB)));
  expect(await kindOf(result)).toBeUndefined();
  link.onMessage(text("y".repeat(MIB)));
  expect(await kindOf(result)).toBe("live");
  expect(upstream.done.map((words) => words[0])).toEqual(["f", "x", "y"]);
});

test("a client that says much while no key has it is asked to come back later", async () => {
  const { upstream, link, client, result } = attempt();
  upstream.events.onOpen([], undefined);
  upstream.end({ kind: "cut", cause: "ECONNRESET", code: 1006 });
  expect(await kindOf(result)).toBe("failed");
  for (let index = 0; index < 33; index += 1) link.onMessage(text("x".repeat(MIB)));
  expect(client.seen.at(0)).toStartWith("close 1013 ");
  expect(link.signal.aborted).toBeTrue();
});

test("a client that closes in order before the first message closes the provider alike", async () => {
  const { upstream, link, result } = attempt();
  upstream.events.onOpen([], undefined);
  link.onClose({ code: 4010, reason: "" });
  expect(await kindOf(result)).toBe("live");
  expect(upstream.done).toEqual(["close 4010"]);
});

test("a client that closes while it waits for an answer makes no success of its key", async () => {
  const { upstream, link, result, time } = attempt();
  upstream.events.onOpen([], undefined);
  link.onMessage(text("hello"));
  await time.advance(700);
  link.onClose({ code: 4010, reason: "" });
  await settle();
  expect(result()).toMatchObject({ kind: "failed", outcome: { kind: "client-gone", waitedMs: 700 } });
  expect(upstream.done).toEqual(["hello", "close 4010"]);
  expect(time.pending).toBe(0);
});

test("a client that leaves before the upgrade ends the attempt", async () => {
  const left = new AbortController();
  const { upstream, result, time } = attempt(
    undefined,
    new ClientLink(() => undefined, left.signal, new BufferPool(POOL_BYTES)),
  );
  left.abort();
  await settle();
  expect([upstream.done, result()]).toEqual([
    ["abort"],
    { kind: "failed", outcome: { kind: "client-gone", waitedMs: 0 }, answer: undefined },
  ]);
  expect(time.pending).toBe(0);
});

test.each<[string, (upstream: ScriptedTransport["last"]) => void, object, readonly LastWord[]]>([
  [
    "no connection",
    (upstream) => upstream.end({ kind: "never-sent", cause: "ECONNREFUSED" }),
    { kind: "refused", cause: "ECONNREFUSED" },
    [],
  ],
  [
    "a refusal",
    (upstream) =>
      upstream.end({
        kind: "refused",
        status: 429,
        headers: [["retry-after", "3"]],
        body: Buffer.from('{"error":{"code":"rate_limit_exceeded"}}'),
      }),
    { kind: "answer", status: 429, inside: false, error: { code: "rate_limit_exceeded" } },
    [],
  ],
  [
    "an answer that is no WebSocket",
    (upstream) => upstream.end({ kind: "refused", status: 200, headers: [], body: new Uint8Array() }),
    { kind: "maybe-executed", cause: "NO_WEBSOCKET" },
    [],
  ],
  [
    "a close that says why",
    (upstream) => {
      upstream.events.onOpen([], undefined);
      upstream.end({ kind: "closed", code: 3000, reason: "invalid_request_error.invalid_api_key" });
    },
    { kind: "answer", status: 101, inside: true, error: { code: "invalid_api_key" } },
    [{ close: { kind: "closed", code: 3000, reason: "invalid_request_error.invalid_api_key" } as never }],
  ],
  [
    "a close that says nothing",
    (upstream) => {
      upstream.events.onOpen([], undefined);
      upstream.end({ kind: "closed", code: 1000, reason: "" });
    },
    { kind: "maybe-executed", cause: "CLOSED_1000" },
    [{ close: { kind: "closed", code: 1000, reason: "" } as never }],
  ],
])("%s", async (_name, play, outcome, words) => {
  const played = attempt();
  play(played.upstream);
  await settle();
  expect(played.result()).toMatchObject({ kind: "failed", outcome });
  expect(played.words).toEqual([...words]);
});

test("an error as the first message ends it, and is kept as the provider said it", async () => {
  const { upstream, result, words } = attempt();
  const message = json({ type: "error", error: { code: "insufficient_quota", message: "No credit" } });
  upstream.events.onOpen([], undefined);
  upstream.events.onMessage(message);
  await settle();
  expect(result()).toMatchObject({ kind: "failed", outcome: { inside: true, error: { code: "insufficient_quota" } } });
  expect([upstream.done, words]).toEqual([["close 1000"], [{ message }]]);
});
