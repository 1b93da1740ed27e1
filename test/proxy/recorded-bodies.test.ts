// What a client sent stands in the record of a request that failed, where the operator asks for it, and nowhere else.
import { expect, test } from "bun:test";
import { ASK, answers, CHAT, FAULT, OK, type Script, STOP, settle, WORD, type World, worldOf } from "./fixtures.ts";

const ON = { requests: { record_bodies: "on_error" } };
const BAD_REQUEST = { error: { message: "no", type: "invalid_request_error", code: "unknown_parameter" } };
const ONCE = { max_retries: 0 };

function bodyOf(world: World): string | undefined {
  const { body } = world.trace;
  return body && Buffer.from(body.bytes).toString();
}

async function read(world: World, body: unknown): Promise<void> {
  await world.read(CHAT, body).catch(() => {});
  await settle();
}

test.each<[string, Script]>([
  ["an error of the provider", answers(500, FAULT)],
  ["a request that the provider does not take", answers(400, BAD_REQUEST)],
  ["a refusal of ours", (call) => call.neverSent()],
  ["a stream that was cut", (call) => call.stream(WORD).cut()],
])("%s", async (_, script) => {
  await using world = worldOf(1, ONCE, ON);
  world.script = script;
  await read(world, ASK);
  expect(bodyOf(world)).toBe(JSON.stringify(ASK));
  expect(world.trace.body?.size).toBe(JSON.stringify(ASK).length);
});

test("a body that was not understood is kept, too", async () => {
  await using world = worldOf(1, ONCE, ON);
  await read(world, '{"model":"a","model":"b"}');
  expect(world.trace).toMatchObject({ errorCode: "ambiguous_body" });
  expect(bodyOf(world)).toBe('{"model":"a","model":"b"}');
});

test.each<[string, Script]>([
  ["an answer", answers(200, OK)],
  ["a stream", (call) => call.stream(WORD, STOP).end()],
])("nothing is kept of a request that got %s", async (_, script) => {
  await using world = worldOf(1, ONCE, ON);
  world.script = script;
  await read(world, ASK);
  expect(world.trace.body).toBeUndefined();
});

test("nothing is kept of a request whose client left, nor held after it", async () => {
  await using world = worldOf(1, ONCE, ON);
  const { response, leave } = world.ask(CHAT, ASK);
  await settle();
  leave();
  await response;
  expect(world.trace).toMatchObject({ end: "client_gone", body: undefined });
});

test("of a long one its beginning is kept, and its length", async () => {
  await using world = worldOf(1, ONCE, ON);
  world.script = answers(500, FAULT);
  const sent = JSON.stringify({ ...ASK, user: "x".repeat(200_000) });
  await read(world, sent);
  expect(sent.startsWith(bodyOf(world) ?? "")).toBe(true);
  expect(world.trace.body).toMatchObject({ size: sent.length });
  expect(world.trace.body?.bytes.length).toBe(68 * 1024);
  // A copy: nothing else of the request is kept alive.
  expect(world.trace.body?.bytes.buffer.byteLength).toBe(68 * 1024);
});

test("what is kept counts as memory that is held, and gives way", async () => {
  const room = JSON.stringify(ASK).length;
  await using world = worldOf(1, ONCE, { ...ON, server: { max_buffered: `${room}B`, max_body: `${room}B` } });
  world.script = answers(500, FAULT);
  await read(world, ASK);
  expect(world.trace).toMatchObject({ status: 500, body: undefined });
});

test.each([["off"], ["by default"]])("nothing is kept %s", async (setting) => {
  const rest = setting === "off" ? { requests: { record_bodies: "off" } } : {};
  await using world = worldOf(1, ONCE, rest);
  world.script = answers(500, FAULT);
  const { response } = world.ask(CHAT, ASK);
  await settle();
  await response;
  expect(world.trace.body).toBeUndefined();
});
