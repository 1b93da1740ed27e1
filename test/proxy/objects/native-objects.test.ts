// Objects of the native APIs of Gemini and Anthropic: learnt from answers, found in paths and bodies.
import { expect, test } from "bun:test";
import { answers, type FakeCall, provider, World } from "../fixtures.ts";

/** The end of the credential's number, in whatever header it came. */
function keyOf({ call: { headers } }: FakeCall): string {
  const at = headers.findIndex((text) => /sk-fake-\w+-\d$/.test(text));
  return headers[at]?.slice(-1) ?? "none";
}

function nativeWorld(dialect: "gemini" | "anthropic"): World {
  return new World({ providers: [provider("n", 3, { dialect })] });
}

/** Says that the third key made the object. */
function own(world: World, id: string): void {
  const keyId = world.setup.providers.get("n")?.config.keys[2]?.id ?? "";
  world.owners.remember(id, { provider: "n", keyId, account: undefined });
}

test.each<["gemini" | "anthropic", string, string, unknown]>([
  ["gemini", "files/abc", "GET /n/v1beta/files/abc", undefined],
  ["gemini", "files/abc", "GET /n/v1beta/files/abc:download?alt=media", undefined],
  ["gemini", "cachedContents/1", "PATCH /n/v1beta/cachedContents/1", { ttl: "60s" }],
  ["gemini", "models/veo/operations/1", "GET /n/v1beta/models/veo/operations/1", undefined],
  ["gemini", "v1_abc", "GET /n/v1beta/interactions/v1_abc", undefined],
  ["gemini", "v1_abc", "POST /n/v1beta/interactions", { model: "m", previous_interaction_id: "v1_abc", input: "x" }],
  [
    "gemini",
    "files/abc",
    "POST /n/v1beta/models/m:generateContent",
    {
      contents: [{ parts: [{ fileData: { fileUri: "https://generativelanguage.googleapis.com/v1beta/files/abc" } }] }],
    },
  ],
  ["gemini", "cachedContents/1", "POST /n/v1beta/models/m:generateContent", { cachedContent: "cachedContents/1" }],
  ["anthropic", "msgbatch_1", "GET /n/v1/messages/batches/msgbatch_1/results", undefined],
  [
    "anthropic",
    "file_1",
    "POST /n/v1/messages",
    { model: "m", messages: [{ content: [{ type: "document", source: { type: "file", file_id: "file_1" } }] }] },
  ],
  ["anthropic", "container_1", "POST /n/v1/messages", { model: "m", container: "container_1", messages: [] }],
])("%s: %s is named by %s", async (dialect, id, target, body) => {
  await using world = nativeWorld(dialect);
  own(world, id);
  world.script = answers(200, {});
  await world.read(target, body);
  expect(world.calls.map(keyOf)).toEqual(["2"]);
});

test.each<["gemini" | "anthropic", string, unknown, unknown, string]>([
  ["gemini", "POST /n/v1beta/cachedContents", {}, { name: "cachedContents/1" }, "cachedContents/1"],
  [
    "gemini",
    "POST /n/v1beta/interactions",
    { model: "m", input: "x" },
    { id: "v1_abc", status: "completed" },
    "v1_abc",
  ],
  ["gemini", "GET /n/v1beta/files", undefined, { files: [{ name: "files/abc" }] }, "files/abc"],
  ["anthropic", "POST /n/v1/messages/batches", { requests: [] }, { id: "msgbatch_1" }, "msgbatch_1"],
  ["anthropic", "POST /n/v1/files", {}, { id: "file_1", type: "file" }, "file_1"],
])("%s: %s teaches", async (dialect, target, body, answer, id) => {
  await using world = nativeWorld(dialect);
  world.script = answers(200, answer);
  await world.read(target, body);
  expect(world.owners.ownerOf(id)).toBeDefined();
});

test("Gemini's 403 for a file of another project blames no key, and the file is looked for", async () => {
  await using world = nativeWorld("gemini");
  const message = "You do not have permission to access the File abc or it may not exist.";
  world.script = (call, index) =>
    index === 0 ? call.json(403, { error: { code: 403, message, status: "PERMISSION_DENIED" } }) : call.json(200, {});
  await world.read("GET /n/v1beta/files/abc");
  expect(world.calls.map(keyOf)).toEqual(["0", "1"]);
  expect(world.changes).toEqual([]);
  const [pool] = world.balancer.report(world.time.now());
  expect(pool?.keys.map(({ failures }) => failures)).toEqual([0, 0, 0]);
});
