// Requests that need the account which made an object go to the key that has it.
import { describe, expect, test } from "bun:test";
import { StatefulOwners } from "../../src/proxy/stateful-owners.ts";
import { responseEvents } from "../fixture/openai-answers.ts";
import { answers, provider, World, worldOf } from "./fixtures.ts";

const RESPONSES = "/v1/responses";
const CREATE = { model: "m", input: "hi" };
const made = (id: string) => answers(200, { id, object: "response" });

/** Makes objects with each of the keys; which key made which. */
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

test("the id of a stream is remembered from its first event", async () => {
  await using world = worldOf(3);
  world.script = (call) => call.stream(...responseEvents(["a"])).end();
  const { text } = await world.read(RESPONSES, { ...CREATE, stream: true });
  const id = /"id":"(resp_[^"]+)"/.exec(text)?.[1];
  const maker = world.call.key;
  world.script = answers(200, {});
  await world.read(RESPONSES, CREATE);
  for (let i = 0; i < 3; i++) {
    await world.read(RESPONSES, { ...CREATE, previous_response_id: id });
    expect(world.call.key).toBe(maker);
  }
});

describe("the stateful key serves", () => {
  test.each<[string, string, unknown]>([
    ["an unknown id", RESPONSES, { ...CREATE, previous_response_id: "resp_unknown" }],
    ["an unknown id in the path", `${RESPONSES}/resp_unknown`, undefined],
    ["a conversation", RESPONSES, { ...CREATE, conversation: "conv_1" }],
    ["background work", RESPONSES, { ...CREATE, background: true }],
    ["encrypted reasoning", RESPONSES, { model: "m", input: [{ type: "reasoning", encrypted_content: "x" }] }],
    ["files", "/v1/files", undefined],
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

test.each([{ conversation: null }, { background: false }])("%p pins nothing", async (fields) => {
  await using world = worldOf(3);
  world.script = answers(200, {});
  for (let i = 0; i < 3; i++) await world.read(RESPONSES, { ...CREATE, ...fields });
  expect(new Set(world.calls.map(({ key }) => key)).size).toBe(3);
});

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

test("a pinned key that fails is not replaced", async () => {
  await using world = worldOf(3);
  world.script = answers(401, { error: { code: "invalid_api_key", message: "x" } });
  const answer = await world.read("/v1/files");
  expect([answer.status, world.calls.length]).toEqual([503, 1]);
});

describe("StatefulOwners", () => {
  test("forgets the least recently used id beyond 10,000", () => {
    const owners = new StatefulOwners();
    const owner = { provider: "p", keyId: "k" };
    for (let i = 0; i < 10_000; i++) owners.remember(`r${i}`, owner);
    expect(owners.ownerOf("r0")).toBe(owner);
    owners.remember("one more", owner);
    expect([owners.ownerOf("r0"), owners.ownerOf("r1"), owners.ownerOf("one more")]).toEqual([owner, undefined, owner]);
  });
});
