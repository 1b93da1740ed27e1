// The header that tells the overhead of a request says what the metric says.
import { expect, test } from "bun:test";
import { overheadMs } from "../../src/proxy/overhead.ts";
import { ASK, answers, CHAT, FAULT, OK, type World, worldOf } from "./fixtures.ts";

const DEBUG = { server: { debug_headers: true } };
const HEADER = "x-openai-balance-overhead-ms";

async function overheadOf(world: World, response: Promise<Response>): Promise<string | null> {
  const answer = await response;
  const told = answer.headers.get(HEADER);
  await answer.arrayBuffer();
  expect(told).toBe(String(overheadMs(world.trace)));
  return told;
}

test("waiting before further attempts is none", async () => {
  await using world = worldOf(9, {}, DEBUG);
  world.script = answers(500, FAULT);
  const { response } = world.ask(CHAT, ASK);
  await world.time.advance(60_000);
  expect(await overheadOf(world, response)).toBe("0");
  expect(world.trace.backoffMs).toBe(875);
});

/** A request whose body begins at once and ends by hand. */
function askSlowly(world: World) {
  const bytes = new TextEncoder().encode(JSON.stringify(ASK));
  const body = new TransformStream<Uint8Array, Uint8Array>();
  const writer = body.writable.getWriter();
  void writer.write(bytes.subarray(0, 10));
  const end = async () => {
    await writer.write(bytes.subarray(10));
    await writer.close();
  };
  const headers = { "content-type": "application/json" };
  return { ...world.ask(CHAT, body.readable, { method: "POST", headers }), end };
}

test("waiting for the client's body is none", async () => {
  await using world = worldOf(1, {}, DEBUG);
  world.script = answers(200, OK);
  const { response, end } = askSlowly(world);
  await world.time.advance(3_000);
  await end();
  await world.time.advance(0);
  expect(await overheadOf(world, response)).toBe("0");
  expect(world.trace.bodyMs).toBe(3_000);
});

test("waiting for a body that never ends is told as that in the trace of its refusal", async () => {
  await using world = worldOf(1, {}, DEBUG);
  const { response } = askSlowly(world);
  await world.time.advance(600_000);
  expect((await response).status).toBe(408);
  expect(world.trace.bodyMs).toBeGreaterThan(1_000);
  expect(overheadMs(world.trace)).toBe(0);
});
