// Tokens are told once, by the request that spent them, or by the first that reads what went on without one.
import { describe, expect, test } from "bun:test";
import { ASK, answers, settle, World, worldOf } from "./fixtures.ts";

const USAGE = { input_tokens: 9, output_tokens: 4, total_tokens: 13 };
const SPENT = { promptTokens: 9, completionTokens: 4 };
const RESPONSE = { id: "resp_0123456789", object: "response", status: "completed", output: [], usage: USAGE };
const QUEUED = { ...RESPONSE, status: "queued", usage: null };
const BACKGROUND = { ...ASK, input: "hi", background: true };

async function usageOf(world: World, target: string, answer: object, body?: unknown) {
  world.script = answers(200, answer);
  await world.read(target, body);
  await settle();
  return world.trace.usage;
}

test("a response says what it spent, and reading it again nothing", async () => {
  await using world = worldOf(1);
  expect(await usageOf(world, "/v1/responses", RESPONSE, { ...ASK, input: "hi" })).toEqual(SPENT);
  expect(await usageOf(world, "/v1/responses/resp_0123456789", RESPONSE)).toBeUndefined();
});

test("what is read that was never made here says nothing", async () => {
  await using world = worldOf(1);
  expect(await usageOf(world, "/v1/responses/resp_elsewhere01", RESPONSE)).toBeUndefined();
});

test("of a response in the background the first read that shows its end tells it, under its model, and no other", async () => {
  await using world = worldOf(1, {}, { models: { fast: ["p/m-1"] } });
  expect(await usageOf(world, "/v1/responses", QUEUED, { ...BACKGROUND, model: "fast" })).toBeUndefined();
  expect(await usageOf(world, "/v1/responses/resp_0123456789", QUEUED)).toBeUndefined();
  expect(await usageOf(world, "/v1/responses/resp_0123456789", RESPONSE)).toEqual(SPENT);
  expect(world.trace).toMatchObject({ model: "fast", upstreamModel: "m-1" });
  expect(await usageOf(world, "/v1/responses/resp_0123456789", RESPONSE)).toBeUndefined();
});

test("a stream of one that was cut is told by who follows it", async () => {
  await using world = worldOf(1);
  const created = `data: ${JSON.stringify({ type: "response.created", response: QUEUED })}\n\n`;
  const piece = 'data: {"type":"response.output_text.delta","delta":"hi"}\n\n';
  world.script = (call) => call.stream(created, piece).cut();
  await world.read("/v1/responses", { ...BACKGROUND, stream: true });
  await settle();
  expect(world.trace).toMatchObject({ end: "interrupted", usage: undefined });
  const end = `data: ${JSON.stringify({ type: "response.completed", response: RESPONSE })}\n\n`;
  world.script = (call) => call.stream(piece, end).end();
  await world.read("/v1/responses/resp_0123456789?stream=true");
  await settle();
  expect(world.trace).toMatchObject({ usage: SPENT, isStream: true });
});

test("a run of an assistant is told by the read that shows its end", async () => {
  await using world = worldOf(1);
  const usage = { prompt_tokens: 9, completion_tokens: 4, total_tokens: 13 };
  const run = { id: "run_0123456789", object: "thread.run", status: "queued", usage: null };
  const path = "/v1/threads/thread_0123456789/runs";
  expect(await usageOf(world, path, run, { assistant_id: "asst_0123456789" })).toBeUndefined();
  const done = { ...run, status: "completed", usage };
  expect(await usageOf(world, `${path}/run_0123456789`, done)).toEqual(SPENT);
  expect(await usageOf(world, `${path}/run_0123456789`, done)).toBeUndefined();
});

describe("a run whose stream was cut", () => {
  const usage = { prompt_tokens: 9, completion_tokens: 4, total_tokens: 13 };
  const run = { id: "run_0123456789", object: "thread.run", status: "in_progress", usage: null };
  const done = { ...run, status: "completed", usage };
  const step = { id: "step_0123456789", object: "thread.run.step", status: "completed", usage: { total_tokens: 3 } };
  const thread = { id: "thread_0123456789", object: "thread" };
  const path = "/v1/threads/thread_0123456789/runs/run_0123456789";
  const event = (value: object) => `data: ${JSON.stringify(value)}\n\n`;

  async function cut(world: World, ...events: readonly object[]) {
    world.script = (call) => call.stream(...events.map(event)).cut();
    await world.read("/v1/threads/runs", { ...ASK, assistant_id: "asst_0123456789", stream: true });
    await settle();
    return world.trace.usage;
  }

  test("is told once, although it named its thread before", async () => {
    await using world = worldOf(1);
    expect(await cut(world, thread, run)).toBeUndefined();
    expect(await usageOf(world, path, done)).toEqual(SPENT);
    expect(await usageOf(world, path, done)).toBeUndefined();
  });

  test("is told by its own end, not by one of its steps", async () => {
    await using world = worldOf(1);
    expect(await cut(world, thread, run, step)).toBeUndefined();
    expect(await usageOf(world, `${path}/steps/step_0123456789`, step)).toBeUndefined();
    expect(await usageOf(world, path, done)).toEqual(SPENT);
  });

  test("is told by who ends it with what its tools found, under its model, and by no read after that", async () => {
    await using world = worldOf(1);
    await cut(world, thread, run);
    const outputs = { tool_outputs: [] };
    expect(await usageOf(world, `${path}/submit_tool_outputs`, done, outputs)).toEqual(SPENT);
    expect(world.trace.model).toBe("m");
    expect(await usageOf(world, path, done)).toBeUndefined();
  });
});

test("an interaction that is cancelled has spent what the first answer says that shows it", async () => {
  await using world = new World({
    providers: [{ name: "g", base_url: "https://g.example", dialect: "gemini", api_keys: ["sk-fake-g"] }],
  });
  const path = "/g/v1beta/interactions";
  const begun = { id: "v1_0123456789", status: "in_progress" };
  const ended = {
    ...begun,
    status: "cancelled",
    usage: { total_input_tokens: 9, total_output_tokens: 4, total_tokens: 13 },
  };
  expect(await usageOf(world, path, begun, { ...ASK, input: "hi", background: true })).toBeUndefined();
  expect(await usageOf(world, `${path}/v1_0123456789/cancel`, ended, {})).toEqual(SPENT);
  expect(await usageOf(world, `${path}/v1_0123456789`, ended)).toBeUndefined();
  expect(await usageOf(world, `${path}/v1_0123456789/cancel`, ended, {})).toBeUndefined();
});

test.each([
  ["GET", "/v1/chat/completions/chatcmpl-0123456789"],
  ["POST", "/v1/chat/completions/chatcmpl-0123456789"],
  ["DELETE", "/v1/responses/resp_0123456789"],
  ["POST", "/v1/responses/resp_0123456789/cancel"],
  ["GET", "/v1/batches/batch_0123456789"],
  ["POST", "/v1/batches/batch_0123456789/cancel"],
])("%s %s spends nothing", async (method, path) => {
  await using world = worldOf(1);
  const body = method === "POST" ? { metadata: {} } : undefined;
  expect(await usageOf(world, `${method} ${path}`, { id: "x", usage: USAGE }, body)).toBeUndefined();
});
