// What a provider said in place of an answer stands in the record of the attempt; of an answer nothing does.
import { describe, expect, test } from "bun:test";
import { MAX_WHOLE_BYTES } from "../../src/proxy/answer/whole-reader.ts";
import {
  ASK,
  ASK_STREAM,
  answers,
  CHAT,
  chatEvent,
  DEAD_KEY,
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

const ERROR_EVENT = 'data: {"error":{"message":"broken","type":"server_error"}}\n\n';
const RESPONSES = "/v1/responses";
const PROMPT = "the client's own words";
const FAILED_RESPONSE = {
  id: "resp_1",
  object: "response",
  status: "failed",
  error: { code: "server_error", message: "It broke" },
  instructions: PROMPT,
  output: [],
};
const TOLD_OF_IT = '"error":{"code":"server_error","message":"It broke"}';

function textsOf(world: { readonly trace: { readonly attempts: readonly { readonly text: string | undefined }[] } }) {
  return world.trace.attempts.map(({ text }) => text);
}

describe("before the commit", () => {
  test.each<[string, Script, string]>([
    ["an HTTP error", answers(401, DEAD_KEY), JSON.stringify(DEAD_KEY)],
    ["a text of its own", (call) => call.head(500, {}).data("Oops: no JSON\r\n").end(), "Oops: no JSON\r\n"],
    [
      "a page",
      (call) => call.head(502, { "content-type": "text/html" }).data("<html>Bad gateway").end(),
      "<html>Bad gateway",
    ],
    ["a page inside a 200", (call) => call.head(200, { "content-type": "text/html" }).data("<html>").end(), "<html>"],
    ["an error inside a 200", answers(200, DEAD_KEY), JSON.stringify(DEAD_KEY)],
    ["what is longer than 4 KiB", (call) => call.head(500, {}).data("x".repeat(99_999)).end(), "x".repeat(4_096)],
    [
      "what is longer than is read whole",
      (call) => {
        call.head(500, {});
        for (let size = 0; size <= MAX_WHOLE_BYTES; size += 1_048_576) call.data("y".repeat(1_048_576));
      },
      "y".repeat(4_096),
    ],
    ["half of a character", (call) => call.head(500, {}).data(Uint8Array.of(0x61, 0xc3)).end(), "a"],
  ])("%s is noted", async (_, script, text) => {
    await using world = worldOf(1, { max_retries: 0 });
    world.script = script;
    await world.read(CHAT, ASK);
    expect(textsOf(world)).toEqual([text]);
  });

  test("the head of it is noted too: when it came, and what it says of itself", async () => {
    await using world = worldOf(2);
    const told = { "content-type": "application/json", "x-request-id": "req_up", "set-cookie": "who=client" };
    world.script = inTurn(
      async (call) => {
        await world.time.advance(30);
        call.sent();
        await world.time.advance(40);
        call.head(401, told).data(JSON.stringify(DEAD_KEY)).end();
      },
      answers(200, OK),
    );
    const { response } = world.ask(CHAT, ASK);
    await world.time.advance(10_000);
    await (await response).text();
    const [refused, served] = world.trace.attempts;
    const startedAt = refused?.startedAt ?? 0;
    expect(refused).toMatchObject({ blame: "key", sentAt: startedAt + 30, headAt: startedAt + 70, waitedMs: 0 });
    expect(refused?.headers).toBe("content-type: application/json\nx-request-id: req_up");
    expect(served).toMatchObject({ blame: "none", sentAt: undefined, headers: undefined });
  });

  test("the error event of a stream is noted, without what came before it", async () => {
    await using world = worldOf(2);
    world.script = inTurn(
      (call) => call.stream(ROLE, ERROR_EVENT).end(),
      (call) => call.stream(ROLE, WORD, STOP, DONE).end(),
    );
    const { response } = world.ask(CHAT, ASK_STREAM);
    await world.time.advance(10_000);
    await (await response).text();
    expect(textsOf(world)).toEqual([ERROR_EVENT, undefined]);
  });

  test("an error that came as JSON in place of events is noted", async () => {
    await using world = worldOf(1);
    world.script = (call) => call.stream(JSON.stringify(DEAD_KEY)).end();
    await world.read(CHAT, ASK_STREAM);
    expect(textsOf(world)).toEqual([JSON.stringify(DEAD_KEY)]);
  });

  test.each<[string, Script]>([
    ["whole", answers(200, FAILED_RESPONSE)],
    [
      "as an event",
      (call) =>
        call.stream(`data: ${JSON.stringify({ type: "response.failed", response: FAILED_RESPONSE })}\n\n`).end(),
    ],
  ])("of a response that failed, %s, its request is left out", async (_, script) => {
    await using world = worldOf(1, { max_retries: 0 });
    world.script = script;
    await world.read(RESPONSES, { ...ASK_STREAM, input: "" });
    expect(textsOf(world)[0]).toContain(TOLD_OF_IT);
    expect(textsOf(world)[0]).not.toContain(PROMPT);
  });

  test("a connection that was refused has a reason only, a success nothing", async () => {
    await using world = worldOf(2);
    world.script = inTurn((call) => call.neverSent(), answers(200, OK));
    const { response } = world.ask(CHAT, ASK);
    await world.time.advance(10_000);
    await (await response).text();
    expect(world.trace.attempts).toMatchObject([
      { reason: "ECONNREFUSED", text: undefined },
      { outcome: "ok", text: undefined },
    ]);
  });
});

describe("after the commit", () => {
  test("the error event that ends a stream is noted, and nothing that was output", async () => {
    await using world = worldOf(1);
    world.script = (call) => call.stream(WORD, ERROR_EVENT).end();
    await world.read(CHAT, ASK_STREAM);
    await settle();
    expect(textsOf(world)).toEqual([ERROR_EVENT]);
    expect(world.trace).toMatchObject({ end: "interrupted", status: 200 });
  });

  test("a stream that ends by saying that it failed is a broken answer, as which it counts against nobody", async () => {
    await using world = worldOf(1);
    const piece = 'data: {"type":"response.output_text.delta","delta":"hi"}\n\n';
    const end = `data: ${JSON.stringify({ type: "response.failed", response: FAILED_RESPONSE })}\n\n`;
    world.script = (call) => call.stream(piece, end).end();
    expect((await world.read(RESPONSES, { ...ASK_STREAM, input: "" })).text).toBe(piece + end);
    await settle();
    expect(world.trace).toMatchObject({ end: "interrupted", attempts: [{ outcome: "ok" }] });
    expect(textsOf(world)[0]).toContain(TOLD_OF_IT);
    expect(textsOf(world)[0]).not.toContain(PROMPT);
  });

  test("a stream that is cut says nothing", async () => {
    await using world = worldOf(1);
    world.script = (call) => call.stream(ROLE, chatEvent({ content: "secret of a client" })).cut();
    await world.read(CHAT, ASK_STREAM);
    await settle();
    expect(world.trace).toMatchObject({ end: "interrupted", attempts: [{ outcome: "cut", text: undefined }] });
  });
});
