// The official SDK of Anthropic, unmodified, through the daemon.
import { afterAll, expect, setDefaultTimeout, test } from "bun:test";
import Anthropic, { toFile } from "@anthropic-ai/sdk";
import { anthropic, anthropicFault, CLAUDE, CLAUDE_WORDS, claudeEvents } from "../fixture/anthropic-answers.ts";
import { events } from "../fixture/behaviours.ts";
import { startDaemon } from "../fixture/daemon.ts";
import { failure } from "../fixture/failure.ts";
import { fakeSecret } from "../fixture/secrets.ts";
import { TEST_DEADLINE_MS, until } from "../fixture/until.ts";
import { type Behaviour, startUpstream } from "../fixture/upstream.ts";

setDefaultTimeout(TEST_DEADLINE_MS);

const KEYS = [fakeSecret("claude_a"), fakeSecret("claude_b")] as const;
const TOKEN = fakeSecret("claude_token");
const upstream = startUpstream({ otherwise: anthropic });
const daemon = await startDaemon(configFor(KEYS));
afterAll(async () => {
  await daemon.stop();
  await upstream[Symbol.asyncDispose]();
});

const client = new Anthropic({ apiKey: TOKEN, baseURL: `${daemon.url}/claude`, maxRetries: 0 });
const params = { model: CLAUDE, max_tokens: 16, messages: [{ role: "user" as const, content: "hi \u{1F600}" }] };

function configFor(keys: readonly string[]): string {
  const provider = { name: "claude", dialect: "anthropic", base_url: upstream.url, api_keys: keys };
  return JSON.stringify({
    auth: { client_tokens: [TOKEN] },
    queue: { max_wait: "0s" },
    providers: [provider],
    models: { fast: [`claude/${CLAUDE}`] },
  });
}

test("a message: the key in place of the token, every byte as it was sent", async () => {
  const answer = await client.messages.create(params);
  expect(answer.content[0]).toEqual({ type: "text", text: CLAUDE_WORDS.join("") } as never);
  expect(answer._request_id).toBe("req_upstream");
  const call = upstream.calls.at(-1);
  expect(call?.path).toBe("/v1/messages");
  expect(KEYS as readonly unknown[]).toContain(call?.headers.get("x-api-key"));
  expect(call?.headers.has("authorization")).toBe(false);
  expect(call?.headers.get("anthropic-version")).toMatch(/^\d{4}-\d\d-\d\d$/);
  expect(new TextDecoder().decode(call?.body)).toBe(JSON.stringify(params));
});

test.each([
  [
    "x-api-key",
    new Anthropic({ apiKey: null, defaultHeaders: { "x-api-key": TOKEN }, baseURL: `${daemon.url}/claude` }),
  ],
  ["authToken", new Anthropic({ apiKey: null, authToken: TOKEN, baseURL: `${daemon.url}/claude` })],
])("the client token as %s", async (_, other) => {
  expect((await other.messages.create(params)).id).toBe("msg_1");
});

test("a streamed message, raw and by the helper, with the usage of its last event in the log", async () => {
  const words: string[] = [];
  for await (const event of await client.messages.create({ ...params, stream: true })) {
    if (event.type === "content_block_delta" && event.delta.type === "text_delta") words.push(event.delta.text);
  }
  expect(words).toEqual([...CLAUDE_WORDS]);
  const final = await client.messages.stream(params).finalMessage();
  expect(final.content[0]).toMatchObject({ type: "text", text: CLAUDE_WORDS.join("") });
  expect(final.usage.output_tokens).toBe(12);
  await until("the log line", () => /"prompt_tokens":129,"completion_tokens":12,/.test(daemon.logs()));
});

test("a tool call", async () => {
  const tools = [{ name: "get_weather", input_schema: { type: "object" as const } }];
  const answer = await client.messages.create({ ...params, tools });
  expect(answer.content[0]).toMatchObject({ type: "tool_use", name: "get_weather", input: { city: "Paris" } });
});

test("tokens are counted", async () => {
  expect((await client.messages.countTokens({ model: CLAUDE, messages: params.messages })).input_tokens).toBe(7);
});

test("models: every page of the list is known here, and listed once", async () => {
  await until("the model list", async () => (await client.models.list()).data.length > 0);
  const ids: string[] = [];
  for await (const model of client.models.list({ limit: 2 })) ids.push(model.id);
  expect(ids).toEqual([CLAUDE, "claude-opus-4-8", "claude-sonnet-5", "claude-sonnet-4-6", "claude-mythos"]);
  expect(upstream.listings.map(({ path }) => path)).toContain("/v1/models?limit=1000&after_id=claude-opus-4-8");
  for (const name of [CLAUDE, CLAUDE.replace(/-\d{8}$/, "")]) {
    expect(await client.models.retrieve(name)).toMatchObject({ id: CLAUDE, display_name: CLAUDE, type: "model" });
  }
});

test("batches and files stay with one key, in the credential of the native API", async () => {
  const batch = { requests: [{ custom_id: "a", params }] };
  const { id } = await client.messages.batches.create(batch);
  const ids: string[] = [];
  for await (const { custom_id } of await client.messages.batches.results(id)) ids.push(custom_id);
  expect(ids).toEqual(["a", "b"]);
  const file = await toFile(new Uint8Array([1, 2, 3]), "a.txt");
  await client.beta.files.upload({ file });
  for await (const listed of client.beta.files.list()) expect(listed.id).toBe("file_1");
  const keys = upstream.calls.slice(-5).map(({ headers }) => headers.get("x-api-key"));
  expect(new Set(keys).size).toBe(1);
  expect(keys[0]).toBe(KEYS[0]);
});

test.each<[string, Behaviour]>([
  ["529", anthropicFault(529, "overloaded_error", "Overloaded")],
  ["429", anthropicFault(429, "rate_limit_error", "Slow down", { "retry-after": "1" })],
  ["401", anthropicFault(401, "authentication_error", "invalid x-api-key")],
  ["400 without credit", anthropicFault(400, "invalid_request_error", "Your credit balance is too low to access it.")],
])("a key that answers %s is not noticed", async (_, fault) => {
  const [bad, good] = [fakeSecret(`claude_bad_${_}`), fakeSecret(`claude_good_${_}`)];
  upstream.byKey(bad, fault);
  await using other = await startDaemon(configFor([bad, good]));
  const own = new Anthropic({ apiKey: TOKEN, baseURL: `${other.url}/claude`, maxRetries: 0 });
  for (let call = 0; call < 3; call += 1) expect((await own.messages.create(params)).id).toBe("msg_1");
});

test.each([
  [400, "invalid_request_error", Anthropic.BadRequestError],
  [403, "permission_error", Anthropic.PermissionDeniedError],
  [404, "not_found_error", Anthropic.NotFoundError],
  [413, "request_too_large", Anthropic.APIError],
] as const)("an upstream %d %s is the SDK's own class of error", async (status, type, expected) => {
  upstream.byModel(`status-${status}`, anthropicFault(status, type, "scripted"));
  const error = await failure(client.messages.create({ ...params, model: `status-${status}` }));
  expect(error).toBeInstanceOf(expected);
  expect(error).toMatchObject({ status, type, apiMessage: "scripted" });
});

test("a wrong client token is an AuthenticationError in Anthropic's shape", async () => {
  const stranger = new Anthropic({ apiKey: fakeSecret("stranger"), baseURL: `${daemon.url}/claude`, maxRetries: 0 });
  const error = await failure(stranger.messages.create(params));
  expect(error).toBeInstanceOf(Anthropic.AuthenticationError);
  expect(error).toMatchObject({ type: "authentication_error", errorCode: "invalid_api_key" });
  expect(error).toHaveProperty("requestID", expect.stringMatching(/^req_/));
});

test("where all keys are limited it is a RateLimitError that says when to come back", async () => {
  const bad = fakeSecret("claude_limited");
  upstream.byKey(bad, anthropicFault(429, "rate_limit_error", "Slow down", { "retry-after": "60" }));
  await using other = await startDaemon(configFor([bad]));
  const own = new Anthropic({ apiKey: TOKEN, baseURL: `${other.url}/claude`, maxRetries: 0 });
  const error = await failure(own.messages.create(params));
  expect(error).toBeInstanceOf(Anthropic.RateLimitError);
  expect(error).toMatchObject({ type: "rate_limit_error", errorCode: "rate_limit_exceeded" });
  expect(Number((error as InstanceType<typeof Anthropic.RateLimitError>).headers.get("retry-after"))).toBeGreaterThan(
    30,
  );
});

test("a stream that breaks off is an APIError after the words that came", async () => {
  upstream.byModel("breaks-off", () => events(claudeEvents().slice(0, 5)));
  const words: string[] = [];
  const stream = await client.messages.create({ ...params, model: "breaks-off", stream: true });
  const read = async () => {
    for await (const event of stream) if (event.type === "content_block_delta") words.push(event.type);
  };
  const error = await failure(read());
  expect(error).toBeInstanceOf(Anthropic.APIError);
  expect(error).toMatchObject({ type: "api_error", errorCode: "upstream_stream_interrupted" });
  expect(words).toHaveLength(2);
});

test("the base URL without a provider works too, and knows names of the operator's own", async () => {
  const plain = new Anthropic({ apiKey: TOKEN, baseURL: daemon.url, maxRetries: 0 });
  expect((await plain.messages.create(params)).id).toBe("msg_1");
  await plain.messages.create({ ...params, model: "fast" });
  expect(upstream.calls.at(-1)?.model).toBe(CLAUDE);
  // The provider's own path is the provider's own.
  await client.messages.create({ ...params, model: "fast" });
  expect(upstream.calls.at(-1)?.model).toBe("fast");
  const error = await failure(plain.messages.create({ ...params, model: "status-404" }));
  expect(error).toBeInstanceOf(Anthropic.NotFoundError);
});
