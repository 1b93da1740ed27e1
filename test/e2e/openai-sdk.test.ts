// The official OpenAI SDK, unmodified, through the daemon.
import { afterAll, expect, setDefaultTimeout, test } from "bun:test";
import OpenAI, { toFile } from "openai";
import type { ChatCompletionTool } from "openai/resources/chat/completions";
import { events, fixed, silent } from "../fixture/behaviours.ts";
import { MODEL } from "../fixture/client.ts";
import { startDaemon } from "../fixture/daemon.ts";
import { CHAT_TEXT, CHAT_WORDS, chatEvents, openai, SPEECH, VECTOR } from "../fixture/openai-answers.ts";
import { fakeSecret } from "../fixture/secrets.ts";
import { TEST_DEADLINE_MS, until } from "../fixture/until.ts";
import { startUpstream } from "../fixture/upstream.ts";

setDefaultTimeout(TEST_DEADLINE_MS);

const KEY = fakeSecret("sdk", true);
const TOKEN = fakeSecret("sdk_token");
const upstream = startUpstream({ otherwise: openai, models: { "never-answers": silent } });
const daemon = await startDaemon(
  JSON.stringify({
    auth: { client_tokens: [TOKEN] },
    providers: [{ name: "main", base_url: upstream.url, api_keys: [KEY], max_retries: 0 }],
  }),
);
afterAll(async () => {
  await daemon.stop();
  await upstream[Symbol.asyncDispose]();
});

const client = new OpenAI({ apiKey: TOKEN, baseURL: `${daemon.url}/v1`, maxRetries: 0 });
const messages = [{ role: "user" as const, content: "hi" }];

test("chat completion", async () => {
  const answer = await client.chat.completions.create({ model: MODEL, messages });
  expect(answer.choices[0]?.message.content).toBe(CHAT_TEXT);
  expect(answer.usage?.total_tokens).toBe(13);
  expect(answer._request_id).toBeString();
  expect(upstream.calls.at(-1)?.key).toBe(KEY);
});

test("streamed chat completion", async () => {
  const words: string[] = [];
  for await (const chunk of await client.chat.completions.create({ model: MODEL, messages, stream: true })) {
    const content = chunk.choices[0]?.delta.content;
    if (content) words.push(content);
  }
  expect(words).toEqual([...CHAT_WORDS]);
});

test("streaming helper with its final message", async () => {
  const stream = client.chat.completions.stream({ model: MODEL, messages });
  expect(await stream.finalContent()).toBe(CHAT_TEXT);
});

test("tool call", async () => {
  const parameters = { type: "object", properties: { city: { type: "string" } }, required: ["city"] };
  const tools: ChatCompletionTool[] = [{ type: "function", function: { name: "get_weather", parameters } }];
  const answer = await client.chat.completions.create({ model: MODEL, messages, tools });
  const call = answer.choices[0]?.message.tool_calls?.[0];
  expect(call).toMatchObject({ type: "function", function: { name: "get_weather", arguments: '{"city":"Paris"}' } });
});

test("structured output", async () => {
  const schema = { type: "object", properties: { city: { type: "string" }, degrees: { type: "number" } } };
  const answer = await client.chat.completions.parse({
    model: MODEL,
    messages,
    response_format: { type: "json_schema", json_schema: { name: "weather", schema } },
  });
  expect(answer.choices[0]?.message.parsed as unknown).toEqual({ city: "Paris", degrees: 21 });
});

test("legacy completion", async () => {
  const answer = await client.completions.create({ model: "gpt-3.5-turbo-instruct", prompt: "hi" });
  expect(answer.choices[0]?.text).toBe(CHAT_TEXT);
});

test.each(["float", "base64"] as const)("embeddings as %s", async (encoding_format) => {
  const answer = await client.embeddings.create({ model: "text-embedding-3-small", input: ["a"], encoding_format });
  const embedding: unknown = answer.data[0]?.embedding;
  if (encoding_format === "float") return expect(embedding).toEqual([...VECTOR]);
  const bytes = Uint8Array.from(Buffer.from(String(embedding), "base64"));
  expect([...new Float32Array(bytes.buffer)]).toEqual([...VECTOR]);
});

test("embeddings in the SDK's own encoding", async () => {
  const answer = await client.embeddings.create({ model: "text-embedding-3-small", input: "a" });
  expect(answer.data[0]?.embedding).toEqual([...VECTOR]);
});

test("models, listed and one", async () => {
  await until("the model list", async () => (await client.models.list()).data.length > 0);
  const ids = (await client.models.list()).data.map((model) => model.id);
  expect(ids).toEqual([MODEL, "gpt-4o"]);
  expect((await client.models.retrieve(MODEL)).id).toBe(MODEL);
});

test("response, at once and read again by its id", async () => {
  const answer = await client.responses.create({ model: MODEL, input: "hi" });
  expect(answer.output_text).toBe(CHAT_TEXT);
  expect((await client.responses.retrieve(answer.id)).id).toBe(answer.id);
});

test("streamed response", async () => {
  const stream = await client.responses.create({ model: MODEL, input: "hi", stream: true });
  const deltas: string[] = [];
  for await (const event of stream) if (event.type === "response.output_text.delta") deltas.push(event.delta);
  expect(deltas).toEqual([...CHAT_WORDS]);
  const helper = client.responses.stream({ model: MODEL, input: "hi" });
  expect((await helper.finalResponse()).output_text).toBe(CHAT_TEXT);
});

test("image generation and edit", async () => {
  const made = await client.images.generate({ model: "gpt-image-1", prompt: "a hat" });
  expect(made.data?.[0]?.b64_json).toBe("aGk=");
  const image = await toFile(SPEECH, "hat.png", { type: "image/png" });
  const edited = await client.images.edit({ model: "gpt-image-1", prompt: "a red hat", image });
  expect(edited.data?.[0]?.b64_json).toBe("aGk=");
  expect(holds(upstream.calls.at(-1)?.body, SPEECH)).toBe(true);
});

test("transcription: multipart up", async () => {
  const file = await toFile(SPEECH, "speech.mp3", { type: "audio/mpeg" });
  const answer = await client.audio.transcriptions.create({ model: "whisper-1", file });
  expect(answer.text).toBe("a transcript");
  const call = upstream.calls.at(-1);
  expect(call?.headers.get("content-type")).toStartWith("multipart/form-data; boundary=");
  expect(holds(call?.body, SPEECH)).toBe(true);
});

test("speech: binary down", async () => {
  const answer = await client.audio.speech.create({ model: "tts-1", voice: "alloy", input: "hi" });
  expect(answer.headers.get("content-type")).toBe("audio/mpeg");
  expect(new Uint8Array(await answer.arrayBuffer())).toEqual(SPEECH);
});

test("file upload and its content", async () => {
  const file = await toFile(SPEECH, "batch.jsonl");
  const answer = await client.files.create({ file, purpose: "batch" });
  expect(answer.bytes).toBe(upstream.calls.at(-1)?.body.length ?? 0);
  const content = await client.files.content(answer.id);
  expect(new Uint8Array(await content.arrayBuffer())).toEqual(SPEECH);
});

test("moderation and batch", async () => {
  expect((await client.moderations.create({ input: "hi" })).id).toBe("modr-1");
  const input = { input_file_id: "file-1", endpoint: "/v1/chat/completions", completion_window: "24h" } as const;
  expect((await client.batches.create(input)).id).toBe("batch_1");
});

test.each([
  [400, OpenAI.BadRequestError],
  [404, OpenAI.NotFoundError],
  [409, OpenAI.ConflictError],
  [422, OpenAI.UnprocessableEntityError],
  [500, OpenAI.InternalServerError],
] as const)("an upstream %d is the SDK's own class of error", async (status, expected) => {
  const body = { error: { message: "scripted", type: "invalid_request_error", param: "messages", code: "scripted" } };
  upstream.byModel(`status-${status}`, fixed(status, JSON.stringify(body)));
  const error = await failure(client.chat.completions.create({ model: `status-${status}`, messages }));
  expect(error).toBeInstanceOf(expected);
  expect(error).toMatchObject({ status, code: "scripted", param: "messages" });
});

test("a wrong client token is an AuthenticationError", async () => {
  const stranger = new OpenAI({ apiKey: fakeSecret("stranger"), baseURL: `${daemon.url}/v1`, maxRetries: 0 });
  const error = await failure(stranger.chat.completions.create({ model: MODEL, messages }));
  expect(error).toBeInstanceOf(OpenAI.AuthenticationError);
  expect(error).toMatchObject({ code: "invalid_api_key" });
});

test("a provider whose only key is limited is a RateLimitError that says when to come back", async () => {
  const error = await limited();
  expect(error).toBeInstanceOf(OpenAI.RateLimitError);
  expect(error).toMatchObject({ code: "rate_limit_exceeded" });
  expect(Number((error as InstanceType<typeof OpenAI.RateLimitError>).headers.get("retry-after"))).toBeGreaterThan(30);
});

test("a stream that breaks off is an APIError after the words that came", async () => {
  upstream.byModel("breaks-off", () => events(chatEvents().slice(0, 3)));
  const words: string[] = [];
  const stream = await client.chat.completions.create({ model: "breaks-off", messages, stream: true });
  const read = async () => {
    for await (const chunk of stream) words.push(chunk.choices[0]?.delta.content ?? "");
  };
  const error = await failure(read());
  expect(error).toBeInstanceOf(OpenAI.APIError);
  expect(error).toMatchObject({ code: "upstream_stream_interrupted" });
  expect(words.join("")).toBe(CHAT_WORDS.slice(0, 2).join(""));
});

test("abort by the client reaches the upstream", async () => {
  const leave = new AbortController();
  const asked = client.chat.completions.create({ model: "never-answers", messages }, { signal: leave.signal });
  await until("the upstream call", () => upstream.open(KEY) === 1);
  leave.abort();
  expect(await failure(asked)).toBeInstanceOf(OpenAI.APIUserAbortError);
  await until("the end of the upstream call", () => upstream.open(KEY) === 0);
});

test("the client's timeout reaches the upstream", async () => {
  const asked = client.chat.completions.create({ model: "never-answers", messages }, { timeout: 300 });
  expect(await failure(asked)).toBeInstanceOf(OpenAI.APIConnectionTimeoutError);
  await until("the end of the upstream call", () => upstream.open(KEY) === 0);
});

function failure(promise: PromiseLike<unknown>): Promise<unknown> {
  return Promise.resolve(promise).then(
    () => new Error("The call succeeded"),
    (error: unknown) => error,
  );
}

/** Its own daemon: the key rests afterwards. */
async function limited(): Promise<unknown> {
  await using slow = startUpstream({
    otherwise: fixed(429, '{"error":{"message":"Rate limit reached","type":"requests","code":"rate_limit_exceeded"}}', {
      "retry-after": "60",
    }),
  });
  const provider = { name: "slow", base_url: slow.url, api_keys: [KEY] };
  await using other = await startDaemon(JSON.stringify({ providers: [provider] }));
  const stranger = new OpenAI({ apiKey: "none", baseURL: `${other.url}/v1`, maxRetries: 0 });
  return await failure(stranger.chat.completions.create({ model: MODEL, messages }));
}

function holds(body: Uint8Array | undefined, part: Uint8Array): boolean {
  return body !== undefined && Buffer.from(body).includes(part);
}
