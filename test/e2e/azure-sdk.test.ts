// The Azure client of the official OpenAI SDK, unmodified, through the daemon.
import { afterAll, expect, setDefaultTimeout, test } from "bun:test";
import OpenAI, { AzureOpenAI, toFile } from "openai";
import { events, fixed } from "../fixture/behaviours.ts";
import { startDaemon } from "../fixture/daemon.ts";
import { failure } from "../fixture/failure.ts";
import { CHAT_TEXT, CHAT_WORDS, chatEvents, openai, VECTOR } from "../fixture/openai-answers.ts";
import { fakeSecret } from "../fixture/secrets.ts";
import { TEST_DEADLINE_MS, until } from "../fixture/until.ts";
import { type Behaviour, type Call, startUpstream } from "../fixture/upstream.ts";

setDefaultTimeout(TEST_DEADLINE_MS);

const KEYS = [fakeSecret("azure_a"), fakeSecret("azure_b")] as const;
const TOKEN = fakeSecret("azure_token");
const VERSION = "2024-10-21";
/** OpenAI's answers on Azure's paths, with what Azure adds to its streams. */
const azure: Behaviour = (call) => {
  if (call.path.includes("/no-such/")) return fixed(404, JSON.stringify(NO_DEPLOYMENT))(call);
  const path = call.path.replace(/^\/openai(?:\/v1)?(?:\/deployments\/[^/]+)?/, "").replace(/\?.*$/, "");
  if (path === "/chat/completions" && /"stream"\s*:\s*true/.test(textOf(call))) return events(azureEvents());
  return openai({ ...call, path });
};
const NO_DEPLOYMENT = {
  error: { code: "DeploymentNotFound", message: "The API deployment for this resource does not exist." },
};
const upstream = startUpstream({ otherwise: azure });
const origin = new URL(upstream.url).origin;
const daemon = await startDaemon(configFor(KEYS));
afterAll(async () => {
  await daemon.stop();
  await upstream[Symbol.asyncDispose]();
});

const client = new AzureOpenAI({
  apiKey: TOKEN,
  endpoint: `${daemon.url}/azure`,
  apiVersion: VERSION,
  maxRetries: 0,
});
const messages = [{ role: "user" as const, content: "hi" }];

function configFor(keys: readonly string[]): string {
  const include = ["*", "my-gpt"];
  const provider = { name: "azure", base_url: `${origin}/openai/v1`, api_keys: keys, models: { include } };
  const auth = { client_tokens: [TOKEN] };
  return JSON.stringify({ auth, queue: { max_wait: "0s" }, providers: [provider] });
}

/** An event without choices first, with the results of the filter, and an empty one with the usage last. */
function azureEvents(): string[] {
  const filter = { choices: [], prompt_filter_results: [{ prompt_index: 0, content_filter_results: {} }] };
  const usage = { choices: [], usage: { prompt_tokens: 9, completion_tokens: 4, total_tokens: 13 } };
  const chunks = chatEvents();
  const done = chunks.pop() ?? "";
  return [`data: ${JSON.stringify(filter)}\n\n`, ...chunks, `data: ${JSON.stringify(usage)}\n\n`, done];
}

function textOf({ body }: Call): string {
  return new TextDecoder().decode(body);
}

function last(): Call {
  const call = upstream.calls.at(-1);
  if (call === undefined) throw new Error("No call");
  return call;
}

test("a chat by deployment: the key in place of the token, every byte as it was sent", async () => {
  const answer = await client.chat.completions.create({ model: "my-gpt", messages });
  expect(answer.choices[0]?.message.content).toBe(CHAT_TEXT);
  expect(last().path).toBe(`/openai/deployments/my-gpt/chat/completions?api-version=${VERSION}`);
  expect(KEYS as readonly unknown[]).toContain(last().headers.get("api-key"));
  expect(last().headers.has("authorization")).toBe(false);
  expect(textOf(last())).toBe(JSON.stringify({ model: "my-gpt", messages }));
});

test("a client that is fixed to a deployment may name any model in the body", async () => {
  const fixedTo = new AzureOpenAI({
    apiKey: TOKEN,
    endpoint: `${daemon.url}/azure`,
    apiVersion: VERSION,
    deployment: "dep",
  });
  await fixedTo.chat.completions.create({ model: "gpt-9", messages });
  expect(last().path).toBe(`/openai/deployments/dep/chat/completions?api-version=${VERSION}`);
  expect(last().model).toBe("gpt-9");
});

test("a streamed chat, with the usage of its last event in the log", async () => {
  const words: string[] = [];
  for await (const chunk of await client.chat.completions.create({ model: "my-gpt", messages, stream: true })) {
    const content = chunk.choices[0]?.delta.content;
    if (content) words.push(content);
  }
  expect(words).toEqual([...CHAT_WORDS]);
  await until("the log line", () => /"prompt_tokens":9,"completion_tokens":4,/.test(daemon.logs()));
});

test("embeddings, images and transcriptions go to their deployment", async () => {
  const answer = await client.embeddings.create({ model: "my-embedding", input: "a", encoding_format: "float" });
  expect(answer.data[0]?.embedding).toEqual([...VECTOR]);
  expect(last().path).toStartWith("/openai/deployments/my-embedding/embeddings?");
  await client.images.generate({ model: "my-image", prompt: "a hat" });
  expect(last().path).toStartWith("/openai/deployments/my-image/images/generations?");
  const file = await toFile(new Uint8Array([1, 2]), "a.mp3");
  expect((await client.audio.transcriptions.create({ model: "my-whisper", file })).text).toBe("a transcript");
  expect(last().path).toStartWith("/openai/deployments/my-whisper/audio/transcriptions?");
});

test("a response, streamed, and read again with the key that made it", async () => {
  const answer = await client.responses.create({ model: "my-gpt", input: "hi" });
  expect(last().path).toBe(`/openai/responses?api-version=${VERSION}`);
  const maker = last().headers.get("api-key");
  expect((await client.responses.retrieve(answer.id)).output_text).toBe(CHAT_TEXT);
  expect(last().path).toBe(`/openai/responses/${answer.id}?api-version=${VERSION}`);
  expect(last().headers.get("api-key")).toBe(maker);
  const deltas: string[] = [];
  for await (const event of await client.responses.create({ model: "my-gpt", input: "hi", stream: true })) {
    if (event.type === "response.output_text.delta") deltas.push(event.delta);
  }
  expect(deltas).toEqual([...CHAT_WORDS]);
});

test("files and batches stay with one key", async () => {
  const before = upstream.calls.length;
  const { id } = await client.files.create({ file: await toFile(new Uint8Array([1]), "b.jsonl"), purpose: "batch" });
  await client.batches.create({ input_file_id: id, endpoint: "/v1/chat/completions", completion_window: "24h" });
  const calls = upstream.calls.slice(before);
  expect(calls.map(({ path }) => path)).toEqual([
    `/openai/files?api-version=${VERSION}`,
    `/openai/batches?api-version=${VERSION}`,
  ]);
  expect(calls.map(({ headers }) => headers.get("api-key"))).toEqual([KEYS[0], KEYS[0]]);
});

test("the v1 API, by Azure's path and by that of every provider", async () => {
  for (const baseURL of [`${daemon.url}/azure/openai/v1`, `${daemon.url}/azure/v1`]) {
    const plain = new OpenAI({ apiKey: TOKEN, baseURL, maxRetries: 0 });
    const answer = await plain.chat.completions.create({ model: "my-gpt", messages });
    expect(answer.choices[0]?.message.content).toBe(CHAT_TEXT);
    expect(last().path).toBe("/openai/v1/chat/completions");
    expect(last().headers.has("api-key")).toBe(true);
    expect((await plain.responses.create({ model: "my-gpt", input: "hi" })).output_text).toBe(CHAT_TEXT);
    expect(last().path).toBe("/openai/v1/responses");
  }
});

test("only deployments that the operator names are listed: the provider's list is of what could be deployed", async () => {
  const plain = new OpenAI({ apiKey: TOKEN, baseURL: `${daemon.url}/v1`, maxRetries: 0 });
  expect((await plain.models.list()).data.map(({ id }) => id)).toEqual(["my-gpt"]);
  expect(upstream.listings).toEqual([]);
  // Its own path says what the provider says.
  expect((await client.models.list()).data.map(({ id }) => id)).toEqual(["gpt-4o-mini", "gpt-4o"]);
});

test.each<[string, Behaviour]>([
  [
    "429",
    fixed(429, '{"error":{"code":"429","message":"Please retry after 6 seconds."}}', { "retry-after-ms": "900" }),
  ],
  ["401", fixed(401, '{"error":{"code":"401","message":"Access denied due to invalid subscription key"}}')],
])("a key that answers %s is not noticed", async (_, fault) => {
  const [bad, good] = [fakeSecret(`azure_bad_${_}`), fakeSecret(`azure_good_${_}`)];
  upstream.byKey(bad, fault);
  await using other = await startDaemon(configFor([bad, good]));
  const own = client.withOptions({ endpoint: `${other.url}/azure` });
  for (let call = 0; call < 3; call += 1) {
    const answer = await own.chat.completions.create({ model: "my-gpt", messages });
    expect(answer.choices[0]?.message.content).toBe(CHAT_TEXT);
  }
});

test("a deployment that does not exist is a NotFoundError in the provider's words", async () => {
  const error = await failure(client.chat.completions.create({ model: "no-such", messages }));
  expect(error).toBeInstanceOf(OpenAI.NotFoundError);
  expect(error).toMatchObject({ code: "DeploymentNotFound" });
});

test("a wrong client token is an AuthenticationError, a broken stream an APIError", async () => {
  const stranger = client.withOptions({ apiKey: fakeSecret("stranger") });
  const error = await failure(stranger.chat.completions.create({ model: "my-gpt", messages }));
  expect(error).toBeInstanceOf(OpenAI.AuthenticationError);
  expect(error).toMatchObject({ code: "invalid_api_key" });
  upstream.byModel("breaks-off", () => events(azureEvents().slice(0, 4)));
  const stream = await client.chat.completions.create({ model: "breaks-off", messages, stream: true });
  const read = async () => {
    for await (const _ of stream);
  };
  expect(await failure(read())).toMatchObject({ code: "upstream_stream_interrupted" });
});
