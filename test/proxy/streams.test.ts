// Streams and large answers from the first byte to the last: what is held, when it is committed, how it ends.
import { describe, expect, test } from "bun:test";
import { responseEvents } from "../fixture/openai-answers.ts";
import {
  ASK,
  ASK_STREAM,
  CHAT,
  chatEvent,
  DONE,
  inTurn,
  OK,
  ROLE,
  type Script,
  STOP,
  settle,
  WORD,
  worldOf,
} from "./fixtures.ts";

const WHOLE = [ROLE, WORD, STOP, DONE];
const INTERRUPTED = "upstream_stream_interrupted";
const whole: Script = (call) => call.stream(...WHOLE).end();

/** Whether the answer is committed: the handler has given its response out. */
async function isCommitted(response: Promise<Response>): Promise<boolean> {
  await settle();
  return Bun.peek.status(response) === "fulfilled";
}

async function textOf(response: Promise<Response>): Promise<string> {
  return (await response).text();
}

describe("before commit", () => {
  test("comments are held for 10 s, then sent", async () => {
    await using world = worldOf(2);
    world.script = (call) => void call.stream(": a\n\n");
    const { response } = world.ask(CHAT, ASK_STREAM);
    await world.time.advance(5_000);
    world.call.data(": b\n\n");
    await world.time.advance(4_999);
    expect(await isCommitted(response)).toBe(false);
    await world.time.advance(1);
    expect(await isCommitted(response)).toBe(true);
    for (const event of WHOLE) world.call.data(event);
    world.call.end();
    expect(await textOf(response)).toBe(`: a\n\n: b\n\n${WHOLE.join("")}`);
  });

  test("preamble is held for 300 ms", async () => {
    await using world = worldOf(2);
    world.script = (call) => void call.stream(ROLE);
    const { response } = world.ask(CHAT, ASK_STREAM);
    await world.time.advance(299);
    expect(await isCommitted(response)).toBe(false);
    await world.time.advance(1);
    expect(await isCommitted(response)).toBe(true);
    world.call.data(WORD + STOP + DONE).end();
    expect(await textOf(response)).toBe(WHOLE.join(""));
  });

  test("the first output commits at once", async () => {
    await using world = worldOf(2);
    world.script = (call) => void call.stream(ROLE, WORD);
    const { response } = world.ask(CHAT, ASK_STREAM);
    expect(await isCommitted(response)).toBe(true);
    world.call.data(STOP).end();
    expect(await textOf(response)).toBe(ROLE + WORD + STOP);
  });

  test.each<[string, Script]>([
    ["an error event", (call) => void call.stream(`data: {"error":{"code":"invalid_api_key","message":"x"}}\n\n`)],
    [
      "an error event after the preamble",
      (call) => void call.stream(ROLE, `data: {"error":{"code":"rate_limit_exceeded","message":"x"}}\n\n`),
    ],
    ["an error as plain JSON", (call) => call.stream(`{"error":{"code":"invalid_api_key","message":"x"}}`).end()],
    ["a cut", (call) => call.stream(ROLE).cut()],
    ["an end without output", (call) => call.stream(": hello\n\n").end()],
    ["an end without anything", (call) => call.stream().end()],
  ])("%s is tried again", async (_name, script) => {
    await using world = worldOf(2);
    world.script = inTurn(script, whole);
    const { response } = world.ask(CHAT, ASK_STREAM);
    await world.time.advance(125);
    expect(await textOf(response)).toBe(WHOLE.join(""));
    expect(world.calls).toHaveLength(2);
  });

  test("a client's own fault goes through with its stream", async () => {
    await using world = worldOf(2);
    const event = `data: {"error":{"code":"context_length_exceeded","status":400,"message":"long"}}\n\n`;
    world.script = (call) => void call.stream(event);
    const { status, text, headers } = await world.read(CHAT, ASK_STREAM);
    expect([status, headers.get("content-type"), text]).toEqual([200, "text/event-stream", event]);
    expect([world.calls.length, world.call.isAborted, world.trace.end]).toEqual([1, true, "error"]);
  });

  test("a client's own fault as plain JSON reaches it as an event", async () => {
    await using world = worldOf(2);
    world.script = (call) => call.stream(`{"error":{"code":"context_length_exceeded","message":"long"}}`).end();
    const { text } = await world.read(CHAT, ASK_STREAM);
    expect(text).toStartWith("data: {");
    expect(text).toContain('"message":"long"');
    expect(text).toContain("context_length_exceeded");
    expect(world.calls).toHaveLength(1);
  });

  test("a stream of a format that nobody knows passes with all its bytes", async () => {
    await using world = worldOf(1);
    world.script = (call) => call.stream("data: a\n\n", "data: tail").end();
    expect((await world.read("/v1/tomorrow", ASK)).text).toBe("data: a\n\ndata: tail");
  });
});

describe("JSON", () => {
  const JSON_HEAD = { "content-type": "application/json" };

  test("leading blanks are held for 10 s, then sent, and what follows is not judged", async () => {
    await using world = worldOf(2);
    world.script = (call) => void call.head(200, JSON_HEAD).data("\n");
    const { response } = world.ask(CHAT, ASK);
    await world.time.advance(6_000);
    world.call.data(" \n");
    await world.time.advance(3_999);
    expect(await isCommitted(response)).toBe(false);
    await world.time.advance(1);
    expect(await isCommitted(response)).toBe(true);
    world.call.data('{"error":{"code":"invalid_api_key"}}').end();
    expect(await textOf(response)).toBe('\n \n{"error":{"code":"invalid_api_key"}}');
    expect(world.calls).toHaveLength(1);
  });

  test("blanks that end in time are part of a whole answer", async () => {
    await using world = worldOf(2);
    world.script = (call) => void call.head(200, JSON_HEAD).data("\n\n");
    const { response } = world.ask(CHAT, ASK);
    await world.time.advance(9_000);
    world.call.data(JSON.stringify(OK));
    await world.time.advance(9_000);
    expect(await isCommitted(response)).toBe(false);
    world.call.end();
    expect(await textOf(response)).toBe(`\n\n${JSON.stringify(OK)}`);
  });

  test("8 MiB are read whole, more is committed at once", async () => {
    await using world = worldOf(2);
    world.script = (call) => void call.head(200, JSON_HEAD).data(`"${"x".repeat((8 << 20) - 1)}`);
    const { response } = world.ask(CHAT, ASK);
    expect(await isCommitted(response)).toBe(false);
    world.call.data("yz");
    expect(await isCommitted(response)).toBe(true);
    world.call.data('"').end();
    expect(await textOf(response)).toHaveLength((8 << 20) + 3);
  });

  test("a stated length above 8 MiB commits at the first byte, or 10 s after the head", async () => {
    await using world = worldOf(2);
    world.script = (call) => void call.head(200, { ...JSON_HEAD, "content-length": String(9 << 20) });
    const soon = world.ask(CHAT, ASK).response;
    expect(await isCommitted(soon)).toBe(false);
    world.call.data("{");
    expect(await isCommitted(soon)).toBe(true);
    world.call.data("}").end();
    expect(await textOf(soon)).toBe("{}");
    const late = world.ask(CHAT, ASK).response;
    await world.time.advance(9_999);
    expect(await isCommitted(late)).toBe(false);
    await world.time.advance(1);
    expect(await isCommitted(late)).toBe(true);
    world.call.end();
    expect(await textOf(late)).toBe("");
  });

  test("a download that dies before its first byte is asked for with another key", async () => {
    await using world = worldOf(2);
    world.script = (call) => {
      call.head(200, { "content-type": "audio/mpeg" });
      if (world.calls.length === 1) call.cut();
      else call.data("sound").end();
    };
    const { response } = world.ask("/v1/audio/speech", ASK);
    await world.time.advance(10_000);
    expect(await textOf(response)).toBe("sound");
    expect(world.calls.length).toBe(2);
  });

  test("a cut after the commit breaks the client's connection", async () => {
    await using world = worldOf(2);
    world.script = (call) => void call.head(200, { "content-type": "audio/mpeg" }).data("half");
    const response = await world.ask("/v1/audio/speech", ASK).response;
    const body = response.text();
    await settle();
    world.call.cut();
    expect(await body.then(String, () => "broken")).toBe("broken");
    expect(world.trace).toMatchObject({ end: "interrupted", bytesOut: 4 });
  });

  test.each([204, 304])("%d has no body and needs none", async (status) => {
    await using world = worldOf(2);
    world.script = (call) => call.head(status).end();
    const answer = await world.read(CHAT, ASK);
    expect([answer.status, answer.text, world.calls.length]).toEqual([status, "", 1]);
  });

  test("HEAD keeps the stated length", async () => {
    await using world = worldOf(2);
    world.script = (call) => call.head(200, { ...JSON_HEAD, "content-length": "77" }).end();
    const answer = await world.read("HEAD /v1/files/f");
    expect([answer.status, answer.headers.get("content-length")]).toEqual([200, "77"]);
  });
});

const MESSAGES = [
  'event: message_start\ndata: {"type":"message_start","message":{"id":"msg_1","content":[]}}\n\n',
  'event: content_block_delta\ndata: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hi"}}\n\n',
  'event: message_stop\ndata: {"type":"message_stop"}\n\n',
];
const PROTOCOLS = [
  { path: "chat/completions", events: WHOLE, end: 2, error: 'data: {"error":' },
  { path: "responses", events: responseEvents(["a"]), end: -1, error: "event: error\ndata: {" },
  { path: "messages", events: MESSAGES, end: 2, error: "event: error\ndata: {" },
];

describe("a stream that was cut", () => {
  test.each(PROTOCOLS)("of $path ends in one error event, or in nothing after its terminator", async (protocol) => {
    const all = protocol.events.join("");
    const last = protocol.events.at(protocol.end) ?? "";
    const terminated = all.indexOf(last) + last.trimEnd().length;
    const step = Math.max(1, Math.floor(all.length / 150));
    for (let cut = 0; cut <= all.length; cut += step) {
      for (const isClean of [true, false]) {
        const text = await cutAt({ path: protocol.path, bytes: all.slice(0, cut), isClean });
        const problem = problemOf({ text, all, cut, terminated, error: protocol.error });
        if (problem !== undefined)
          throw new Error(`Cut after ${cut} of ${all.length}, ${isClean}: ${problem}: ${text}`);
      }
    }
  });

  test("after the provider's own error event says nothing more", async () => {
    await using world = worldOf(1);
    const error = 'data: {"error":{"message":"x","code":"server_error"}}\n\n';
    world.script = (call) => call.stream(ROLE, WORD, error).end();
    expect((await world.read(CHAT, ASK_STREAM)).text).toBe(ROLE + WORD + error);
    expect(world.trace).toMatchObject({ end: "interrupted", attempts: [{ outcome: "cut", reason: "error_event" }] });
  });

  test("keeps back the unfinished tail", async () => {
    await using world = worldOf(1);
    world.script = (call) => call.stream(ROLE, WORD, 'data: {"choi').cut();
    const { text } = await world.read(CHAT, ASK_STREAM);
    expect(text).toStartWith(`${ROLE}${WORD}data: {"error":`);
    expect(text.match(/upstream_stream_interrupted/g)).toHaveLength(1);
    expect(text).not.toContain("[DONE]");
  });
});

function problemOf(run: { text: string; all: string; cut: number; terminated: number; error: string }) {
  const { text, all, cut, terminated, error } = run;
  if (cut >= terminated)
    return text === all.slice(0, cut) || all.startsWith(text) ? undefined : "changed after its end";
  if (!text.includes(INTERRUPTED)) return text.includes('"error"') ? undefined : "no error";
  if (text.split(INTERRUPTED).length > 3) return "two errors";
  const at = text.lastIndexOf(error);
  if (!all.startsWith(text.slice(0, at))) return "changed";
  return text.includes("[DONE]") ? "a terminator" : undefined;
}

/** In a world of its own, whose provider has not failed before. */
async function cutAt(cut: { path: string; bytes: string; isClean: boolean }): Promise<string> {
  await using world = worldOf(1, { max_retries: 0 });
  world.script = (call) => {
    call.stream(cut.bytes);
    if (cut.isClean) call.end();
    else call.cut();
  };
  return (await world.read(`/v1/${cut.path}`, ASK_STREAM)).text;
}

describe("after commit", () => {
  test("a stall ends in an error event and cancels the call", async () => {
    await using world = worldOf(1, { timeouts: { stream_idle: "20s" } });
    world.script = (call) => void call.stream(ROLE, WORD);
    const text = textOf(world.ask(CHAT, ASK_STREAM).response);
    await world.time.advance(15_000);
    world.call.data(WORD);
    await world.time.advance(19_999);
    expect(world.call.isAborted).toBe(false);
    await world.time.advance(1);
    expect(world.call.isAborted).toBe(true);
    expect(await text).toContain(INTERRUPTED);
    expect(world.trace.attempts).toMatchObject([{ outcome: "cut", reason: "stream_idle" }]);
  });

  test("a client that leaves ends the call and blames nobody", async () => {
    await using world = worldOf(1);
    world.script = (call) => void call.stream(ROLE, WORD);
    const asked = world.ask(CHAT, ASK_STREAM);
    const reader = (await asked.response).body?.getReader();
    await reader?.read();
    asked.leave();
    await settle();
    expect([world.call.isAborted, world.slots, world.trace.end]).toEqual([true, 0, "client_gone"]);
    expect(world.changes).toEqual([]);
  });

  test.each([true, false])("a client that left before it asked for the body (upstream done: %p)", async (isDone) => {
    await using world = worldOf(1);
    world.script = (call) => {
      call.stream(...WHOLE);
      if (isDone) call.end();
    };
    const asked = world.ask(CHAT, ASK_STREAM);
    await asked.response;
    await settle();
    expect([world.slots, world.handler.inFlight, world.traces.length]).toEqual([1, 1, 0]);
    asked.leave();
    await settle();
    expect([world.slots, world.handler.inFlight, world.trace.end]).toEqual([0, 0, "client_gone"]);
    expect(world.call.isAborted).toBe(!isDone);
  });

  test("what nobody has asked for yet is bounded", async () => {
    await using world = worldOf(1);
    const piece = new Uint8Array(100_000);
    world.script = (call) => void call.head(200, { "content-type": "audio/mpeg" }).data("1");
    const response = await world.ask("/v1/audio/speech", ASK).response;
    world.call.data(piece).data(piece);
    expect(world.call.isPaused).toBe(false);
    world.call.data(piece);
    expect(world.call.isPaused).toBe(true);
    await world.time.advance(500_000);
    const body = response.bytes();
    await settle();
    expect(world.call.isPaused).toBe(false);
    world.call.end();
    expect(await body).toHaveLength(300_001);
    expect(world.trace).toMatchObject({ end: "ok", bytesOut: 300_001 });
  });

  test("usage and the end of a stream stand in its trace", async () => {
    await using world = worldOf(2);
    const usage = 'data: {"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":4}}\n\n';
    world.script = (call) => call.stream(ROLE, WORD, STOP, usage, DONE).end();
    await world.read(CHAT, ASK_STREAM);
    const bytesOut = Buffer.byteLength(ROLE + WORD + STOP + usage + DONE);
    expect(world.trace).toMatchObject({
      end: "ok",
      status: 200,
      isStream: true,
      usage: { promptTokens: 3, completionTokens: 4 },
      bytesOut,
      attempts: [{ outcome: "ok", status: 200 }],
    });
  });

  test("large events without an end are passed on in parts", async () => {
    await using world = worldOf(1);
    const long = chatEvent({ content: "x".repeat(3 << 20) });
    world.script = (call) => {
      call.stream(ROLE, WORD);
      for (let at = 0; at < long.length; at += 500_000) call.data(long.slice(at, at + 500_000));
      call.data(STOP).end();
    };
    expect((await world.read(CHAT, ASK_STREAM)).text).toBe(ROLE + WORD + long + STOP);
  });
});
