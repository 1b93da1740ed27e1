// Ids that a client makes up, or that only look like ids of objects: what they may cost, and whom.
import { describe, expect, test } from "bun:test";
import { MOST_NAMED } from "../../../src/proxy/objects/ids-in-request.ts";
import { answers, provider, World, worldOf } from "../fixtures.ts";

const RESPONSES = "/v1/responses";
const CHAT = "/v1/chat/completions";
const NO_OBJECT = { error: { message: "No such object", type: "invalid_request_error", code: null } };
const UNREADABLE = { error: { message: "x", type: "invalid_request_error", code: "invalid_encrypted_content" } };
const TOKENS = ["a", "b"].map((name) => ({ name, token: `fake-client-token-of-${name}` }));
const as = (name: string) => ({ headers: { authorization: `Bearer fake-client-token-of-${name}` } });

function keyIdOf(world: World, index: number): string {
  return world.setup.providers.get("p")?.config.keys[index]?.id ?? "";
}

async function callsOf(world: World, run: () => Promise<unknown>): Promise<number> {
  const before = world.calls.length;
  await run();
  return world.calls.length - before;
}

describe("searches in vain", () => {
  test("of one client stop no other client's", async () => {
    await using world = worldOf(2, {}, { auth: { client_tokens: TOKENS } });
    world.script = answers(404, NO_OBJECT);
    for (let i = 0; i < 110; i += 1) await world.read(`/v1/files/file-made-up-${i}`, undefined, as("a"));
    expect(await callsOf(world, () => world.read("/v1/files/file-more", undefined, as("a")))).toBe(1);
    world.script = (call) => (call.key.endsWith("1") ? call.json(200, { id: "file-b" }) : call.json(404, NO_OBJECT));
    expect((await world.read("/v1/files/file-b", undefined, as("b"))).status).toBe(200);
    await world.time.advance(60_000);
    expect((await world.read("/v1/files/file-a", undefined, as("a"))).status).toBe(200);
  });

  test("count before they end", async () => {
    await using world = worldOf(2);
    world.script = (call) => void (call.key.endsWith("0") && call.json(404, NO_OBJECT));
    const asked = Array.from({ length: 110 }, (_, i) => world.ask(`/v1/files/file-made-up-${i}`).response);
    for (let i = 0; i < 5; i += 1) await new Promise((resolve) => setImmediate(resolve));
    const others = world.calls.filter(({ key }) => key.endsWith("1"));
    expect(others).toHaveLength(100);
    for (const call of others) call.json(404, NO_OBJECT);
    expect(new Set((await Promise.all(asked)).map(({ status }) => status))).toEqual(new Set([404]));
  });

  test("are one each, however many objects they are for", async () => {
    await using world = worldOf(2);
    world.script = answers(404, NO_OBJECT);
    const file_ids = Array.from({ length: 150 }, (_, i) => `file-made-up-${i}`);
    await world.read("/v1/vector_stores", { file_ids });
    expect(await callsOf(world, () => world.read("/v1/files/file-other"))).toBe(2);
  });

  test("are counted also where a key could not say", async () => {
    await using world = worldOf(3);
    world.script = (call) =>
      call.key.endsWith("1") ? call.json(400, { error: { message: "no" } }) : call.json(404, NO_OBJECT);
    for (let i = 0; i < 110; i += 1) await world.read(`/v1/files/file-made-up-${i}`);
    expect(await callsOf(world, () => world.read("/v1/files/file-more"))).toBe(1);
  });

  test("are not counted where the object was found", async () => {
    await using world = worldOf(2);
    world.script = (call) => (call.key.endsWith("1") ? call.json(200, {}) : call.json(404, NO_OBJECT));
    for (let i = 0; i < 110; i += 1) expect((await world.read(`/v1/files/file-${i}`)).status).toBe(200);
  });

  test.each<[string, string, unknown]>([
    ["encrypted reasoning", RESPONSES, { model: "m", input: [{ type: "reasoning", encrypted_content: "made-up" }] }],
    ["an object whose maker is gone", "GET /v1/files/file-gone", undefined],
  ])("for %s are not made again for a minute", async (_name, target, body) => {
    await using world = worldOf(3);
    world.owners.remember("file-gone", { provider: "p", keyId: "0123456789ab", account: undefined });
    world.script = body === undefined ? answers(404, NO_OBJECT) : answers(400, UNREADABLE);
    expect(await callsOf(world, () => world.read(target, body))).toBe(3);
    expect(await callsOf(world, () => world.read(target, body))).toBe(1);
    await world.time.advance(60_000);
    expect(await callsOf(world, () => world.read(target, body))).toBe(3);
  });
});

test("ids that no key missed are not taken for objects of who served", async () => {
  await using world = worldOf(2);
  world.script = answers(200, { id: "conv_1", object: "conversation" });
  await world.read("/v1/conversations", { items: [{ content: [{ file_id: "file-1" }] }] });
  expect([world.owners.ownerOf("conv_1")?.keyId, world.owners.size]).toEqual([keyIdOf(world, 0), 1]);
});

test("who serves a request of another provider does not take an object over", async () => {
  await using world = new World({ providers: [provider("p", 2), provider("q", 2)] });
  const keyId = world.setup.providers.get("q")?.config.keys[1]?.id ?? "";
  world.owners.remember("resp_1", { provider: "q", keyId, account: undefined });
  world.script = (call) => (call.key === "sk-fake-p-0" ? call.json(404, NO_OBJECT) : call.json(200, {}));
  expect((await world.read("/p/v1/responses", { model: "m", previous_response_id: "resp_1" })).status).toBe(200);
  expect(world.call.key).toBe("sk-fake-p-1");
  await world.read("/q/v1/responses/resp_1");
  expect(world.call.key).toBe("sk-fake-q-1");
  world.script = answers(200, { id: "resp_1", deleted: true });
  await world.read("DELETE /p/v1/responses/resp_1");
  expect(world.owners.ownerOf("resp_1")?.provider).toBe("q");
});

test("that one provider does not have an object says nothing of another one", async () => {
  await using world = new World({ providers: [provider("p", 2), provider("q", 2)] });
  world.script = (call) => (call.key === "sk-fake-q-1" ? call.json(200, {}) : call.json(404, NO_OBJECT));
  expect((await world.read("/p/v1/files/file-1")).status).toBe(404);
  expect((await world.read("/q/v1/files/file-1")).status).toBe(200);
});

test("a conversation of no known form needs no particular key", async () => {
  await using world = worldOf(2);
  world.balancer.setDisabled([{ provider: "p", keyId: keyIdOf(world, 0) }], true, world.time.now());
  world.script = answers(200, {});
  expect((await world.read(CHAT, { model: "m", messages: [], conversation: { of: "mine" } })).status).toBe(200);
});

test("one request lets few objects be remembered, whatever it names", async () => {
  await using world = worldOf(2);
  world.script = (call) => (call.key.endsWith("1") ? call.json(200, { id: "vs_1" }) : call.json(404, NO_OBJECT));
  const file_ids = Array.from({ length: 190 }, (_, i) => `file-made-up-${i}`);
  await world.read("/v1/vector_stores", { file_ids, tools: [{ file_ids }, { vector_store_ids: file_ids }] });
  expect(world.owners.size).toBe(MOST_NAMED + 1);
});

test("reasoning that was found once is known", async () => {
  await using world = worldOf(3);
  const body = { model: "m", input: [{ type: "reasoning", encrypted_content: "gAAAA-made-elsewhere" }] };
  world.script = (call) => (call.key.endsWith("2") ? call.json(200, {}) : call.json(400, UNREADABLE));
  expect(await callsOf(world, () => world.read(RESPONSES, body))).toBe(3);
  expect(await callsOf(world, () => world.read(RESPONSES, body))).toBe(1);
});

test("reasoning whose maker is gone, and that nobody else can read, is told as such", async () => {
  await using world = worldOf(2);
  const content = "gAAAA-made-by-the-second";
  world.script = answers(200, { id: "resp_1", store: false, output: [{ id: "rs_1", encrypted_content: content }] });
  await world.read(RESPONSES, { model: "m", input: "x" });
  world.balancer.setDisabled([{ provider: "p", keyId: keyIdOf(world, 0) }], true, world.time.now());
  world.script = answers(400, UNREADABLE);
  const input = [{ type: "reasoning", encrypted_content: content }];
  const { status, text } = await world.read(RESPONSES, { model: "m", input });
  expect(status).toBe(409);
  expect(text).toContain("this encrypted reasoning was made by key");
});

test("of long reasoning the end decides", async () => {
  await using world = worldOf(2);
  const contents = Array.from({ length: 300 }, (_, i) => `gAAAA-made-by-the-second-${i}`);
  world.balancer.setDisabled([{ provider: "p", keyId: keyIdOf(world, 0) }], true, world.time.now());
  world.script = answers(200, { id: "resp_1", store: false, output: [{ encrypted_content: contents.at(-1) }] });
  await world.read(RESPONSES, { model: "m", input: "x" });
  world.balancer.setDisabled([{ provider: "p", keyId: keyIdOf(world, 0) }], false, world.time.now());
  world.script = answers(200, {});
  const input = contents.map((encrypted_content) => ({ type: "reasoning", encrypted_content }));
  for (let i = 0; i < 2; i += 1) {
    await world.read(RESPONSES, { model: "m", input });
    expect(world.call.key).toBe("sk-fake-p-1");
  }
});

test("a stored file that looks like a stream of events teaches nothing", async () => {
  await using world = worldOf(2);
  world.script = (call) => call.stream('data: {"id":"file-of-another","object":"file"}\n\n').end();
  await world.read("/v1/files/file-1/content");
  expect(world.owners.ownerOf("file-of-another")).toBeUndefined();
});

describe("what is said for other readers names no object", () => {
  test.each<[string, string, object]>([
    ["metadata of a response", RESPONSES, { metadata: { file_id: "file-1" } }],
    ["metadata of a chat", CHAT, { messages: [], metadata: { audio: "file-1", file_id: "file-1" } }],
    [
      "a tool's input",
      "/v1/messages",
      { messages: [{ role: "assistant", content: [{ type: "tool_use", input: { path: [{ file_id: "file-1" }] } }] }] },
    ],
    ["an example in a schema", RESPONSES, { tools: [{ parameters: { examples: [{ file_id: "file-1" }] } }] }],
    [
      "an example in a schema of Anthropic's",
      "/v1/messages",
      { tools: [{ input_schema: { a: { file_id: "file-1" } } }] },
    ],
  ])("%s", async (_name, path, fields) => {
    await using world = worldOf(2);
    world.owners.remember("file-1", { provider: "p", keyId: keyIdOf(world, 1), account: undefined });
    world.balancer.setDisabled([{ provider: "p", keyId: keyIdOf(world, 1) }], true, world.time.now());
    world.balancer.setDisabled([{ provider: "p", keyId: keyIdOf(world, 1) }], false, world.time.now());
    world.script = answers(200, {});
    for (let i = 0; i < 2; i += 1) await world.read(path, { model: "m", ...fields });
    expect(new Set(world.calls.map(({ key }) => key)).size).toBe(2);
  });

  test("and what stands beside it does", async () => {
    await using world = worldOf(2);
    world.owners.remember("file-1", { provider: "p", keyId: keyIdOf(world, 1), account: undefined });
    world.script = answers(200, {});
    const file = { type: "document", source: { type: "file", file_id: "file-1" } };
    const use = { type: "tool_use", input: { file_id: "file-2" } };
    for (let i = 0; i < 2; i += 1) {
      await world.read("/v1/messages", {
        model: "m",
        metadata: { file_id: "x" },
        messages: [{ content: [use, file] }],
      });
      expect(world.call.key).toBe("sk-fake-p-1");
    }
  });
});

test("a file that is taken out of a vector store is still there", async () => {
  await using world = worldOf(2);
  world.owners.remember("file-1", { provider: "p", keyId: keyIdOf(world, 1), account: undefined });
  world.script = answers(200, { id: "file-1", object: "vector_store.file.deleted", deleted: true });
  await world.read("DELETE /v1/vector_stores/vs_1/files/file-1");
  expect(world.owners.ownerOf("file-1")?.keyId).toBe(keyIdOf(world, 1));
});

test("an object whose maker is gone is looked for at its provider", async () => {
  await using world = new World({ providers: [provider("p", 1), provider("q", 2)] });
  world.owners.remember("file-1", { provider: "q", keyId: "0123456789ab", account: undefined });
  world.script = (call) => (call.key === "sk-fake-q-1" ? call.json(200, {}) : call.json(404, NO_OBJECT));
  expect((await world.read("/v1/files/file-1")).status).toBe(200);
  expect(world.calls.map(({ key }) => key)).toEqual(["sk-fake-q-0", "sk-fake-q-1"]);
});

test("a tuned model whose maker is gone is known again once it was found", async () => {
  await using world = worldOf(3);
  const model = "ft:gpt:org::1";
  world.owners.remember(model, { provider: "p", keyId: "0123456789ab", account: undefined });
  world.script = (call) => (call.key.endsWith("2") ? call.json(200, {}) : call.json(404, NO_OBJECT));
  expect(await callsOf(world, () => world.read(CHAT, { model, messages: [] }))).toBe(3);
  expect(await callsOf(world, () => world.read(CHAT, { model, messages: [] }))).toBe(1);
});

describe("while the maker has no room, and who stands in does not have the object", () => {
  const NEXT = { model: "m", input: "x", previous_response_id: "resp_1" };
  const api_keys = ["a", "b"].map((name, i) => ({
    ...{ key: `sk-fake-p-${i}`, name, quota_group: "g" },
    ...(i === 0 && { limits: { rpm: 1 } }),
  }));

  /** The maker has served its one request of this minute. */
  async function full(): Promise<World> {
    const world = worldOf(2, { api_keys });
    world.owners.remember("resp_1", { provider: "p", keyId: keyIdOf(world, 0), account: "group g" });
    world.script = (call) => (call.key.endsWith("0") ? call.json(200, {}) : call.json(404, NO_OBJECT));
    expect((await world.read(RESPONSES, NEXT)).status).toBe(200);
    return world;
  }

  test("the client is told when it is back", async () => {
    await using world = await full();
    const { status, headers } = await world.read(RESPONSES, NEXT);
    expect([status, world.call.key]).toEqual([429, "sk-fake-p-1"]);
    expect(Number(headers.get("retry-after"))).toBeGreaterThanOrEqual(60);
  });

  test("a request waits for it", async () => {
    await using world = await full();
    await world.time.advance(45_000);
    const { response } = world.ask(RESPONSES, NEXT);
    await world.time.advance(16_000);
    expect((await response).status).toBe(200);
    expect(world.calls).toHaveLength(3);
  });
});

test.each<[string, string]>([
  ["an object of an unknown maker", "file-unknown"],
  ["an object whose maker is gone", "file-gone"],
])("%s is not said to be nowhere while the key rests that most likely has it", async (_name, id) => {
  await using world = worldOf(3);
  world.owners.remember("file-gone", { provider: "p", keyId: "0123456789ab", account: undefined });
  const limit = { error: { message: "x", type: "requests", code: "rate_limit_exceeded" } };
  world.script = (call) =>
    call.key.endsWith("0") ? call.json(429, limit, { "retry-after": "300" }) : call.json(404, NO_OBJECT);
  await world.read("/v1/files");
  for (let i = 0; i < 2; i += 1) {
    let status: number | undefined;
    expect(await callsOf(world, async () => ({ status } = await world.read(`/v1/files/${id}`)))).toBe(2);
    expect(status).toBe(429);
  }
});

test("where the maker is no longer configured, who stands in for it says what is there", async () => {
  await using world = worldOf(2, {
    api_keys: ["a", "b"].map((name, i) => ({ key: `sk-fake-p-${i}`, name, quota_group: "g" })),
  });
  world.owners.remember("file-1", { provider: "p", keyId: "0123456789ab", account: "group g" });
  world.script = answers(404, NO_OBJECT);
  expect((await world.read("/v1/files/file-1")).status).toBe(404);
});
