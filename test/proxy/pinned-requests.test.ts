// Requests that need the account which made an object go to the key that has it.
import { describe, expect, test } from "bun:test";
import { responseEvents } from "../fixture/openai-answers.ts";
import { answers, provider, World, worldOf } from "./fixtures.ts";

const RESPONSES = "/v1/responses";
const CREATE = { model: "m", input: "hi" };
const NO_OBJECT = { error: { message: "No such object", type: "invalid_request_error", code: null } };
const made = (id: string, fields: object = {}) => answers(200, { id, object: "response", ...fields });

/** Makes responses with each of the keys; which key made which. */
async function makeAll(world: World, path: string, count: number): Promise<ReadonlyMap<string, string>> {
  const makers = new Map<string, string>();
  for (let i = 0; i < count; i++) {
    const id = `resp_${i}`;
    world.script = made(id);
    await world.read(path, CREATE);
    makers.set(id, world.call.key);
  }
  expect(new Set(makers.values()).size).toBe(count);
  world.script = answers(200, {});
  return makers;
}

/** Which keys were called since. */
async function keysOf(world: World, target: string, body?: unknown): Promise<string[]> {
  const before = world.calls.length;
  await world.read(target, body);
  return world.calls.slice(before).map(({ key }) => key.replace("sk-fake-", ""));
}

/** Has the key `p-1` say that the object is its own. */
async function madeBySecond(world: World, id: string): Promise<void> {
  world.owners.remember(id, { provider: "p", keyId: keyIdOf(world, 1), account: undefined });
  world.script = answers(200, {});
}

function keyIdOf(world: World, index: number, name = "p"): string {
  const id = world.setup.providers.get(name)?.config.keys[index]?.id;
  if (id === undefined) throw new Error("No such key");
  return id;
}

function disable(world: World, index: number): void {
  world.balancer.setDisabled([{ provider: "p", keyId: keyIdOf(world, index) }], true, world.time.now());
}

test("a known id goes to its maker, in the body as in the path", async () => {
  await using world = worldOf(3);
  for (const [id, maker] of await makeAll(world, RESPONSES, 3)) {
    await world.read(RESPONSES, { ...CREATE, previous_response_id: id });
    expect(world.call.key).toBe(maker);
    for (const path of [`${RESPONSES}/${id}`, `${RESPONSES}/${id}/input_items`]) {
      await world.read(path);
      expect(world.call.key).toBe(maker);
    }
    await world.read(`POST ${RESPONSES}/${id}/cancel`, {});
    expect(world.call.key).toBe(maker);
  }
});

describe("every place in which an object may be named", () => {
  test.each<[string, string, unknown]>([
    ["GET /v1/files/file-1", "file-1", undefined],
    ["GET /v1/files/file-1/content", "file-1", undefined],
    ["DELETE /v1/files/file-1", "file-1", undefined],
    ["GET /v1/vector_stores/vs_1/file_batches/vsfb_1", "vsfb_1", undefined],
    ["GET /v1/chat/completions/chatcmpl-1", "chatcmpl-1", undefined],
    ["GET /v1/agents/sessions/whatever-form", "whatever-form", undefined],
    ["GET /v1/files/file%2D1", "file-1", undefined],
    ["/v1/batches", "file-1", { input_file_id: "file-1", endpoint: "/v1/responses" }],
    ["/v1/batches", "9f0c3c1e-3b1f", { input_files: ["9f0c3c1e-3b1f"] }],
    ["/v1/fine_tuning/jobs", "file-1", { model: "m", training_file: "file-1" }],
    ["/v1/uploads/upload_1/complete", "part_1", { part_ids: ["part_0", "part_1"] }],
    ["/v1/vector_stores", "file-2", { file_ids: ["file-0", "file-2"] }],
    ["/v1/threads/runs", "asst_1", { assistant_id: "asst_1", thread: { messages: [] } }],
    ["/v1/assistants", "vs_1", { model: "m", tool_resources: { file_search: { vector_store_ids: ["vs_1"] } } }],
    ["/v1/chat/completions", "file-1", { model: "m", messages: [{ content: [{ file: { file_id: "file-1" } }] }] }],
    [RESPONSES, "conv_1", { ...CREATE, conversation: "conv_1" }],
    [RESPONSES, "conv_1", { ...CREATE, conversation: { id: "conv_1" } }],
    [RESPONSES, "file-1", { ...CREATE, input: [{ content: [{ type: "input_file", file_id: "file-1" }] }] }],
    [RESPONSES, "vs_1", { ...CREATE, tools: [{ type: "file_search", vector_store_ids: ["vs_0", "vs_1"] }] }],
    [RESPONSES, "cntr_1", { ...CREATE, tools: [{ type: "code_interpreter", container: "cntr_1" }] }],
    [RESPONSES, "file-1", { ...CREATE, tools: [{ container: { type: "auto", file_ids: ["file-1"] } }] }],
    [RESPONSES, "rs_1", { ...CREATE, input: [{ type: "item_reference", id: "rs_1" }] }],
    ["GET /v1/files?limit=2&after=file-1", "file-1", undefined],
    ["/v1/chat/completions", "ft:gpt-4o:org::1", { model: "ft:gpt-4o:org::1", messages: [] }],
    ["/v1/chat/completions", "audio_1", { model: "m", messages: [{ role: "assistant", audio: { id: "audio_1" } }] }],
    [RESPONSES, "pmpt_1", { ...CREATE, prompt: { id: "pmpt_1", version: "2" } }],
  ])("%s names %s", async (target, id, body) => {
    await using world = worldOf(3);
    await madeBySecond(world, id);
    expect(await keysOf(world, target, body)).toEqual(["p-1"]);
  });
});

test.each<[string, string, string]>([
  ["/v1/videos/edits", "video[id]", "video_1"],
  ["/v1/videos/extensions", "video[id]", "video_1"],
  ["/v1/videos", "input_reference[file_id]", "file-1"],
  ["/v1/audio/voices", "consent", "cons_1"],
  ["/v1/images/edits", "image[][file_id]", "file-1"],
])("%s names an object in the field %s of a form", async (path, field, id) => {
  await using world = worldOf(3);
  await madeBySecond(world, id);
  const form = `--XX\r\nContent-Disposition: form-data; name="${field}"\r\n\r\n${id}\r\n--XX--\r\n`;
  await world.read(path, form, { headers: { "content-type": "multipart/form-data; boundary=XX" } });
  expect(world.call.key).toBe("sk-fake-p-1");
});

test("a text in a form, or a file of that name, names none", async () => {
  await using world = worldOf(2);
  await madeBySecond(world, "file-1");
  const part = (head: string) => `--XX\r\nContent-Disposition: form-data; ${head}\r\n\r\nfile-1\r\n`;
  const form = `${part('name="prompt"')}${part('name="file_id"; filename="a"')}${part('name="model"')}--XX--\r\n`;
  for (let i = 0; i < 2; i += 1) {
    await world.read("/v1/images/edits", form, { headers: { "content-type": "multipart/form-data; boundary=XX" } });
  }
  expect(new Set(world.calls.map(({ key }) => key)).size).toBe(2);
});

test("items that are in the request itself need nobody, but for reasoning that is not", async () => {
  await using world = worldOf(3);
  for (const id of ["msg_1", "fc_1", "rs_1"]) {
    world.owners.remember(id, { provider: "p", keyId: keyIdOf(world, 1), account: undefined });
  }
  world.script = answers(200, {});
  const input = [
    { type: "message", id: "msg_1" },
    { type: "function_call", id: "fc_1" },
  ];
  const keys = new Set<string | undefined>();
  for (let i = 0; i < 3; i++) keys.add((await keysOf(world, RESPONSES, { ...CREATE, input }))[0]);
  expect(keys.size).toBe(3);
  for (let i = 0; i < 3; i++) {
    const body = { ...CREATE, input: [...input, { type: "reasoning", id: "rs_1", summary: [] }] };
    expect(await keysOf(world, RESPONSES, body)).toEqual(["p-1"]);
  }
});

test("a name inside a text, or under a name of another kind, names nothing", async () => {
  await using world = worldOf(2);
  await madeBySecond(world, "file-1");
  for (const text of [JSON.stringify({ file_id: "file-1" }), 'the "file_id": "file-1"', "file-1"]) {
    expect(await keysOf(world, RESPONSES, { ...CREATE, input: text })).toHaveLength(1);
  }
  expect(new Set(world.calls.map(({ key }) => key)).size).toBe(2);
});

describe("what answers teach", () => {
  const content = "gAAAAABo-encrypted-content-of-some-length";
  test.each<[string, string, unknown, unknown, string, unknown]>([
    ["a file", "/v1/files", {}, { id: "file-1", object: "file" }, "/v1/files/file-1", undefined],
    ["an upload", "/v1/uploads", {}, { id: "upload_1", file: { id: "file-1" } }, "/v1/files/file-1", undefined],
    [
      "the files of a batch",
      "/v1/batches",
      {},
      { id: "batch_1", output_file_id: "file-o", error_file_id: null },
      "/v1/files/file-o/content",
      undefined,
    ],
    [
      "the results of a job",
      "/v1/fine_tuning/jobs",
      {},
      { id: "ftjob-1", result_files: ["file-r"] },
      "/v1/files/file-r/content",
      undefined,
    ],
    [
      "a list",
      "GET /v1/files",
      undefined,
      { data: [{ id: "file-1" }, { id: "file-2" }] },
      "/v1/files/file-2",
      undefined,
    ],
    [
      "a stored completion",
      "/v1/chat/completions",
      { model: "m", store: true },
      { id: "chatcmpl-1", choices: [] },
      "/v1/chat/completions/chatcmpl-1",
      undefined,
    ],
    [
      "items of a response",
      RESPONSES,
      CREATE,
      { id: "resp_1", output: [{ id: "rs_1", type: "reasoning" }] },
      RESPONSES,
      { ...CREATE, input: [{ type: "item_reference", id: "rs_1" }] },
    ],
    [
      "encrypted reasoning that nobody stores",
      RESPONSES,
      { ...CREATE, store: false },
      { id: "resp_1", store: false, output: [{ id: "rs_1", encrypted_content: content }] },
      RESPONSES,
      {
        ...CREATE,
        input: [
          { type: "reasoning", encrypted_content: content },
          { role: "user", content: "go on" },
        ],
      },
    ],
    [
      "a compacted conversation",
      "/v1/responses/compact",
      CREATE,
      { id: "cmp_1", output: [{ type: "compaction", encrypted_content: content }] },
      RESPONSES,
      { ...CREATE, input: [{ type: "compaction", encrypted_content: content }] },
    ],
  ])("%s", async (_name, target, body, answer, later, laterBody) => {
    await using world = worldOf(3, { stateful_key: "mine", api_keys: ["sk-a", "sk-b", { key: "sk-c", name: "mine" }] });
    world.script = answers(200, answer);
    await world.read(target, body);
    const maker = world.call.key;
    world.script = answers(200, {});
    await world.read(RESPONSES, CREATE);
    for (let i = 0; i < 3; i++) {
      await world.read(later, laterBody);
      expect(world.call.key).toBe(maker);
    }
  });

  test("a stream, before it ends", async () => {
    await using world = worldOf(3);
    world.script = () => {};
    const { response } = world.ask(RESPONSES, { ...CREATE, stream: true });
    const events = responseEvents(["a"]);
    await Promise.resolve();
    await new Promise((resolve) => setImmediate(resolve));
    const { call } = world;
    const id = /"id":"(resp_[^"]+)"/.exec(events.join(""))?.[1] ?? "";
    call.stream(...events.slice(0, 4));
    const answer = await response;
    expect(world.owners.ownerOf(id)?.keyId).toBe(keyIdOf(world, 0));
    for (const event of events.slice(4)) call.data(event);
    call.end();
    await answer.text();
  });

  test("a stored completion in a stream, and no other", async () => {
    await using world = worldOf(2);
    const chunk = (id: string) =>
      `data: ${JSON.stringify({ id, choices: [{ index: 0, delta: { content: "a" } }] })}\n\n`;
    for (const [id, store] of [
      ["chatcmpl-kept", true],
      ["chatcmpl-lost", false],
    ] as const) {
      world.script = (call) => call.stream(chunk(id), "data: [DONE]\n\n").end();
      await world.read("/v1/chat/completions", { model: "m", store, stream: true });
      expect(world.owners.ownerOf(id) !== undefined).toBe(store);
    }
  });

  test("a call of the realtime API, by its Location", async () => {
    await using world = worldOf(2);
    const headers = { "content-type": "application/sdp", location: "/v1/realtime/calls/rtc_1" };
    world.script = (call) => call.head(201, headers).data("v=0").end();
    await world.read("/v1/realtime/calls", "v=0");
    expect(world.owners.ownerOf("rtc_1")).toBeDefined();
  });

  test("what is deleted is forgotten", async () => {
    await using world = worldOf(2);
    await madeBySecond(world, "file-1");
    world.script = answers(200, { id: "file-1", object: "file", deleted: true });
    await world.read("DELETE /v1/files/file-1");
    expect(world.owners.ownerOf("file-1")).toBeUndefined();
  });

  test("nothing is learnt from a file's content, an error, or what only computes", async () => {
    await using world = worldOf(2);
    const body = { id: "file-1", data: [{ id: "file-2" }] };
    world.script = answers(200, body);
    await world.read("/v1/files/file-0/content");
    await world.read("/v1/embeddings", { model: "m", input: "x" });
    await world.read("/v1/chat/completions", { model: "m", messages: [] });
    world.script = answers(400, body);
    await world.read("/v1/batches", {});
    expect([world.owners.ownerOf("file-1"), world.owners.ownerOf("file-2")]).toEqual([undefined, undefined]);
  });
});

describe("the stateful key serves", () => {
  test.each<[string, string, unknown]>([
    ["an unknown id", RESPONSES, { ...CREATE, previous_response_id: "resp_unknown" }],
    ["an unknown id in the path", `${RESPONSES}/resp_unknown`, undefined],
    ["a conversation", RESPONSES, { ...CREATE, conversation: "conv_1" }],
    ["a file in a chat", "/v1/chat/completions", { model: "m", messages: [{ file: { file_id: "file-1" } }] }],
    ["encrypted reasoning", RESPONSES, { model: "m", input: [{ type: "reasoning", encrypted_content: "x" }] }],
    ["files", "/v1/files", undefined],
    ["new files", "/v1/files", {}],
    ["batches", "/v1/batches", { input_file_id: "f" }],
  ])("%s", async (_name, path, body) => {
    await using world = worldOf(3, {
      api_keys: ["sk-fake-p-0", { key: "sk-fake-p-1", name: "mine" }, "sk-fake-p-2"],
      stateful_key: "mine",
    });
    world.script = answers(200, {});
    for (let i = 0; i < 3; i++) {
      await world.read(path, body);
      expect(world.call.key).toBe("sk-fake-p-1");
    }
  });
});

test.each([
  { conversation: null },
  { background: true },
  { store: false },
  { input: [{ type: "reasoning", id: "rs_unknown", summary: [] }] },
  { input: [{ id: "assistant-1", role: "assistant", content: "x" }] },
  { tools: [{ type: "code_interpreter", container: { type: "auto" } }] },
  { tools: [{ type: "function", parameters: { properties: { file_id: { type: "string" } } } }] },
])("%p pins nothing", async (fields) => {
  await using world = worldOf(3);
  world.script = answers(200, {});
  for (let i = 0; i < 3; i++) await world.read(RESPONSES, { ...CREATE, ...fields });
  expect(new Set(world.calls.map(({ key }) => key)).size).toBe(3);
});

describe("providers", () => {
  test("a provider form never leaves its provider, whoever made the object", async () => {
    await using world = new World({ providers: [provider("p", 2), provider("q", 2)] });
    const [[id]] = [...(await makeAll(world, "/p/v1/responses", 2))] as [[string, string]];
    await world.read("/q/v1/responses", { ...CREATE, previous_response_id: id });
    expect([world.call.provider, world.call.key]).toEqual(["q", "sk-fake-q-0"]);
  });

  test("a fallback route is left for the provider that made the object", async () => {
    const rest = { models: { any: ["p/m", "q/m"] } };
    await using world = new World({ providers: [provider("p", 2), provider("q", 2)], rest });
    await makeAll(world, "/q/v1/responses", 2);
    const maker = world.calls[1]?.key;
    await world.read(RESPONSES, { ...CREATE, model: "any", previous_response_id: "resp_1" });
    expect([world.call.provider, world.call.key]).toEqual(["q", maker ?? ""]);
  });

  test("a path that names no provider finds the one that made the object", async () => {
    await using world = new World({ providers: [provider("p", 2), provider("q", 2)] });
    world.script = answers(200, { id: "file-1" });
    await world.read("/q/v1/files", {});
    await world.read("/v1/files/file-1");
    expect([world.call.provider, world.call.key]).toEqual(["q", "sk-fake-q-0"]);
  });
});

describe("when the maker cannot serve", () => {
  const grouped = {
    api_keys: ["a", "b", "c"].map((name, i) => ({ key: `sk-fake-p-${i}`, name, quota_group: i > 0 ? "g" : "h" })),
  };

  test("a key of its quota group does, and no other", async () => {
    await using world = worldOf(3, grouped);
    await madeBySecond(world, "file-1");
    disable(world, 1);
    expect(await keysOf(world, "GET /v1/files/file-1")).toEqual(["p-2"]);
    disable(world, 2);
    world.script = answers(404, NO_OBJECT);
    const { status, text, headers } = await world.read("/v1/files/file-1");
    expect([status, JSON.parse(text).error.code, headers.get("x-should-retry")]).toEqual([
      409,
      "object_owner_gone",
      "false",
    ]);
    expect(JSON.parse(text).error.message).toContain(
      `file-1 was made by key b, id ${keyIdOf(world, 1)}, of p, which is disabled`,
    );
  });

  test("it does so within one request, after a refusal of the maker", async () => {
    await using world = worldOf(3, grouped);
    await madeBySecond(world, "file-1");
    world.script = (call) =>
      call.key === "sk-fake-p-1" ? call.json(401, { error: { code: "invalid_api_key" } }) : call.json(200, {});
    expect(await keysOf(world, "GET /v1/files/file-1")).toEqual(["p-1", "p-2"]);
  });

  test("keys of one project share objects, those of another project of the organization do not", async () => {
    await using world = worldOf(3);
    const projects: Record<string, string> = { "sk-fake-p-0": "x", "sk-fake-p-1": "y", "sk-fake-p-2": "y" };
    world.script = (call) =>
      call.json(200, { id: "resp_1" }, { "openai-organization": "o", "openai-project": projects[call.key] ?? "" });
    for (let i = 0; i < 3; i++) await world.read(RESPONSES, CREATE);
    const owner = world.owners.ownerOf("resp_1");
    expect(owner?.account).toBe("project y of o");
    disable(world, 2);
    expect(await keysOf(world, `GET ${RESPONSES}/resp_1`)).toEqual(["p-1"]);
  });

  test("what a stand-in does not have may still be there", async () => {
    await using world = worldOf(3, grouped);
    await madeBySecond(world, "file-1");
    world.script = (call) =>
      call.key === "sk-fake-p-1" ? call.json(401, { error: { code: "invalid_api_key" } }) : call.json(404, NO_OBJECT);
    const { status, text } = await world.read("/v1/files/file-1");
    expect(world.calls.map(({ key }) => key.slice(-1))).toEqual(["1", "2"]);
    expect([status, JSON.parse(text).error.code]).toEqual([503, "no_usable_key"]);
  });

  test("one that is out for a while is not replaced", async () => {
    await using world = worldOf(3);
    await madeBySecond(world, "file-1");
    world.script = answers(401, { error: { code: "invalid_api_key", message: "x" } });
    const answer = await world.read("/v1/files/file-1");
    expect([answer.status, world.calls.length]).toEqual([503, 1]);
  });

  test("a key that is no longer configured is told, unless another account has the object", async () => {
    await using world = worldOf(3);
    world.owners.remember("file-1", { provider: "p", keyId: "0123456789ab", account: undefined });
    world.script = answers(404, NO_OBJECT);
    const gone = await world.read("/v1/files/file-1");
    expect(gone.status).toBe(409);
    expect(gone.text).toContain(
      "file-1 was made by key id 0123456789ab, of p, which is no longer configured: add it again",
    );
    world.script = (call) => (call.key === "sk-fake-p-2" ? call.json(200, {}) : call.json(404, NO_OBJECT));
    await world.time.advance(60_000);
    expect((await world.read("/v1/files/file-1")).status).toBe(200);
    expect(world.owners.ownerOf("file-1")?.keyId).toBe(keyIdOf(world, 2));
  });

  test("nobody is left to be asked", async () => {
    await using world = worldOf(1);
    world.owners.remember("file-1", { provider: "p", keyId: keyIdOf(world, 0), account: undefined });
    disable(world, 0);
    expect((await world.read("/v1/files/file-1")).status).toBe(409);
    expect((await world.read("/v1/files/file-2")).status).toBe(503);
  });

  test("an object of a provider that is gone is told as well", async () => {
    await using world = worldOf(2);
    world.owners.remember("file-1", { provider: "old", keyId: "0123456789ab", account: undefined });
    world.script = answers(404, NO_OBJECT);
    const { status, text } = await world.read("/v1/files/file-1");
    expect(status).toBe(409);
    expect(text).toContain("of old, which is no longer configured, or its provider is not enabled: bring it back");
  });
});

describe("an object that nobody knows is looked for", () => {
  const having = (key: string) => (call: World["call"]) =>
    call.key === `sk-fake-${key}` ? call.json(200, {}) : call.json(404, NO_OBJECT);

  test.each<[string, unknown]>([
    ["GET /v1/files/file-1", undefined],
    ["DELETE /v1/files/file-1", undefined],
    ["POST /v1/threads/thread_1/runs", { assistant_id: "asst_1" }],
    [RESPONSES, { ...CREATE, previous_response_id: "resp_1" }],
  ])("%s, once", async (target, body) => {
    await using world = worldOf(3);
    world.script = having("p-2");
    expect(await keysOf(world, target, body)).toEqual(["p-0", "p-1", "p-2"]);
    expect(await keysOf(world, target, body)).toEqual(["p-2"]);
    expect(world.changes).toEqual([]);
  });

  test.each([
    ["previous_response_not_found", { ...CREATE, previous_response_id: "resp_1" }],
    ["invalid_encrypted_content", { ...CREATE, input: [{ type: "reasoning", encrypted_content: "blob" }] }],
  ])("after a 400 %s", async (code, body) => {
    await using world = worldOf(2);
    world.script = (call) => (call.key === "sk-fake-p-1" ? call.json(200, {}) : call.json(400, { error: { code } }));
    expect(await keysOf(world, RESPONSES, body)).toEqual(["p-0", "p-1"]);
  });

  test("one key of each account is asked, eight in all, and for a minute not again", async () => {
    const api_keys = Array.from({ length: 24 }, (_, i) => ({ key: `sk-fake-p-${i}`, quota_group: `g${i >> 1}` }));
    await using world = worldOf(0, { api_keys });
    world.script = answers(404, NO_OBJECT);
    const even = ["p-0", "p-2", "p-4", "p-6", "p-8", "p-10", "p-12", "p-14"];
    expect(await keysOf(world, "GET /v1/files/file-1")).toEqual(even);
    expect(await keysOf(world, "GET /v1/files/file-1")).toEqual(["p-0"]);
    await world.time.advance(60_000);
    expect(await keysOf(world, "GET /v1/files/file-1")).toEqual(even);
  });

  test("the client gets the answer of the stateful key where nobody has it", async () => {
    await using world = worldOf(2);
    world.script = (call) => call.json(404, { error: { message: `not at ${call.key.slice(-1)}`, code: null } });
    const { status, text } = await world.read("/v1/files/file-1");
    expect([status, JSON.parse(text).error.message]).toEqual([404, "not at 0"]);
  });

  test("a key that is dead is passed over", async () => {
    await using world = worldOf(3);
    world.script = (call) =>
      call.key === "sk-fake-p-2" ? call.json(200, {}) : call.json(401, { error: { code: "invalid_api_key" } });
    expect(await keysOf(world, "GET /v1/files/file-1")).toEqual(["p-0", "p-1", "p-2"]);
  });

  test("what a key could not say is asked again the next time", async () => {
    await using world = worldOf(3);
    world.script = (call) =>
      call.key === "sk-fake-p-1" ? call.json(401, { error: { code: "invalid_api_key" } }) : call.json(404, NO_OBJECT);
    expect(await keysOf(world, "GET /v1/files/file-1")).toEqual(["p-0", "p-1", "p-2"]);
    expect(await keysOf(world, "GET /v1/files/file-1")).toEqual(["p-0", "p-2"]);
  });

  test("other errors end it: they may be about this very request", async () => {
    await using world = worldOf(2);
    world.script = answers(400, NO_OBJECT);
    expect(await keysOf(world, "GET /v1/files/file-1")).toEqual(["p-0"]);
  });

  test("what its own key does not have is nowhere", async () => {
    await using world = worldOf(2);
    await madeBySecond(world, "file-1");
    world.script = answers(404, NO_OBJECT);
    expect(await keysOf(world, "GET /v1/files/file-1")).toEqual(["p-1"]);
  });
});

describe("a new object", () => {
  test("is made by another key where the stateful one is dead", async () => {
    await using world = worldOf(3);
    world.script = (call) =>
      call.key === "sk-fake-p-0"
        ? call.json(401, { error: { code: "invalid_api_key" } })
        : call.json(200, { id: "file-1" });
    expect(await keysOf(world, "/v1/files", {})).toEqual(["p-0", "p-1"]);
    expect(await keysOf(world, "/v1/files", {})).toEqual(["p-1"]);
    expect(await keysOf(world, "GET /v1/files/file-1")).toEqual(["p-1"]);
  });

  test("is made by any key where the operator says so, and stays with that one", async () => {
    await using world = worldOf(3, { new_objects: "any_key" });
    const makers: (string | undefined)[] = [];
    for (let i = 0; i < 3; i++) {
      world.script = answers(200, { id: `conv_${i}` });
      makers.push(...(await keysOf(world, "/v1/conversations", {})));
    }
    expect(new Set(makers).size).toBe(3);
    world.script = answers(200, {});
    for (const [i, maker] of makers.entries()) {
      expect(await keysOf(world, RESPONSES, { ...CREATE, conversation: `conv_${i}` })).toEqual([maker ?? ""]);
    }
    expect(await keysOf(world, "GET /v1/conversations/conv_9")).toContain("p-0");
    expect(await keysOf(world, "/v1/organization/projects", {})).toEqual(["p-0"]);
  });

  test("waits for the stateful key where that only rests, since what belongs together is made by one account", async () => {
    await using world = worldOf(3);
    world.script = (call, index) =>
      index === 0 ? call.json(429, { error: { code: "x" } }, { "retry-after": "2" }) : call.json(200, {});
    const { response } = world.ask("/v1/files", {});
    await world.time.advance(5_000);
    expect((await response).status).toBe(200);
    expect(world.calls.map(({ key }) => key)).toEqual(["sk-fake-p-0", "sk-fake-p-0"]);
  });

  test("does not wait for a stateful key that rests for long", async () => {
    await using world = worldOf(3);
    world.script = (call) =>
      call.key === "sk-fake-p-0"
        ? call.json(429, { error: { code: "x" } }, { "retry-after": "3600" })
        : call.json(200, {});
    expect(await keysOf(world, "/v1/files", {})).toEqual(["p-0", "p-1"]);
    expect(await keysOf(world, "/v1/files", {})).toEqual(["p-1"]);
  });

  test("a list is not that of another account", async () => {
    await using world = worldOf(3);
    world.script = answers(401, { error: { code: "invalid_api_key", message: "x" } });
    const answer = await world.read("/v1/files");
    expect([answer.status, world.calls.length]).toEqual([503, 1]);
  });
});
