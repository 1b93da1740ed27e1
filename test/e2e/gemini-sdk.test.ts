// The official SDK of Google, unmodified, through the daemon: its own API, and the OpenAI API of the same provider.
import { afterAll, expect, setDefaultTimeout, test } from "bun:test";
import { readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ApiError, FunctionCallingConfigMode, GoogleGenAI } from "@google/genai";
import OpenAI from "openai";
import { events } from "../fixture/behaviours.ts";
import { post } from "../fixture/client.ts";
import { startDaemon } from "../fixture/daemon.ts";
import { failure } from "../fixture/failure.ts";
import {
  FILE,
  GEMINI,
  GEMINI_WORDS,
  gemini,
  geminiChunks,
  geminiEvents,
  googleFault,
  interactionEvents,
} from "../fixture/gemini-answers.ts";
import { fakeSecret } from "../fixture/secrets.ts";
import { TEST_DEADLINE_MS, until } from "../fixture/until.ts";
import { type Behaviour, type Call, startUpstream } from "../fixture/upstream.ts";

setDefaultTimeout(TEST_DEADLINE_MS);

const KEYS = [fakeSecret("gemini_a"), fakeSecret("gemini_b")] as const;
const TOKEN = fakeSecret("gemini_token");
const TEXT = GEMINI_WORDS.join("");
/** By path, as the model of a native call is no part of its body. */
const byPath: [RegExp, Behaviour][] = [];
const upstream = startUpstream({
  otherwise: (call) => (byPath.find(([pattern]) => pattern.test(call.path))?.[1] ?? gemini)(call),
});
const origin = new URL(upstream.url).origin;
const daemon = await startDaemon(configFor(KEYS));
afterAll(async () => {
  await daemon.stop();
  await upstream[Symbol.asyncDispose]();
});

const client = clientOf(daemon.url);
const beta = clientOf(daemon.url, { apiVersion: "v1beta" });

function configFor(keys: readonly string[]): string {
  const provider = { name: "gemini", base_url: `${origin}/v1beta/openai`, api_keys: keys };
  const auth = { client_tokens: [TOKEN], allow_query_key: true };
  return JSON.stringify({ auth, queue: { max_wait: "0s" }, providers: [provider] });
}

function clientOf(url: string, options: { apiVersion?: string; apiKey?: string } = {}): GoogleGenAI {
  const { apiKey = TOKEN, apiVersion } = options;
  return new GoogleGenAI({ apiKey, httpOptions: { baseUrl: `${url}/gemini`, ...(apiVersion && { apiVersion }) } });
}

function last(): Call {
  const call = upstream.calls.at(-1);
  if (call === undefined) throw new Error("No call");
  return call;
}

test.each([
  ["the stable version, which shares its place with OpenAI's API", client, "/v1"],
  ["v1beta", beta, "/v1beta"],
  ["v1alpha", clientOf(daemon.url, { apiVersion: "v1alpha" }), "/v1alpha"],
])("generated content by %s: the key in place of the token, every byte as it was sent", async (_, ai, version) => {
  const answer = await ai.models.generateContent({ model: GEMINI, contents: "hi \u{1F600}" });
  expect(answer.text).toBe(TEXT);
  expect(answer.usageMetadata?.thoughtsTokenCount).toBe(5);
  expect(last().path).toBe(`${version}/models/${GEMINI}:generateContent`);
  expect(KEYS as readonly unknown[]).toContain(last().headers.get("x-goog-api-key"));
  expect(last().headers.has("authorization")).toBe(false);
  expect(new TextDecoder().decode(last().body)).toBe(
    '{"contents":[{"parts":[{"text":"hi \u{1F600}"}],"role":"user"}]}',
  );
});

test("streamed content, with its usage in the log", async () => {
  const words: string[] = [];
  for await (const chunk of await client.models.generateContentStream({ model: GEMINI, contents: "hi" })) {
    words.push(chunk.text ?? "");
  }
  expect(words).toEqual([...GEMINI_WORDS]);
  expect(last().path).toEndWith(":streamGenerateContent?alt=sse");
  await until("the log line", () => /"prompt_tokens":9,"completion_tokens":9,/.test(daemon.logs()));
});

test("a stream without alt=sse, which is a JSON array", async () => {
  const path = `/gemini/v1beta/models/${GEMINI}:streamGenerateContent`;
  const answer = await daemon.ask(path, post({ contents: [] }, { "x-goog-api-key": TOKEN }));
  expect(answer.json<unknown>()).toEqual(geminiChunks());
});

test("the elements of such an array come as they are made, and an error closes it where it breaks off", async () => {
  const [first = "", second = ""] = geminiChunks().map((chunk) => JSON.stringify(chunk));
  const seen = Promise.withResolvers<void>();
  const pieces = async function* () {
    yield `[${first}`;
    await seen.promise;
    yield `,\r\n${second}`;
  };
  const headers = { "content-type": "application/json; charset=UTF-8" };
  byPath.push([/array-cut:/, () => new Response(events(pieces()).body, { headers })]);
  const path = `${daemon.url}/gemini/v1beta/models/array-cut:streamGenerateContent`;
  const response = await fetch(path, post({ contents: [] }, { "x-goog-api-key": TOKEN }));
  let text = "";
  for await (const piece of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    text += piece;
    if (text === `[${first}`) seen.resolve();
  }
  const [one, two, error] = JSON.parse(text);
  expect([one, two]).toEqual(geminiChunks().slice(0, 2));
  expect(error).toMatchObject({ error: { code: 503, status: "UNAVAILABLE" } });
});

test("a function call", async () => {
  const parameters = { type: "OBJECT", properties: { city: { type: "STRING" } } } as never;
  const tools = [{ functionDeclarations: [{ name: "get_weather", parameters }] }];
  const toolConfig = { functionCallingConfig: { mode: FunctionCallingConfigMode.ANY } };
  const answer = await client.models.generateContent({ model: GEMINI, contents: "?", config: { tools, toolConfig } });
  expect(answer.functionCalls?.[0]).toMatchObject({ name: "get_weather", args: { city: "Paris" } });
});

test("tokens are counted, contents embedded, one and many", async () => {
  expect((await client.models.countTokens({ model: GEMINI, contents: "a" })).totalTokens).toBe(7);
  const many = await beta.models.embedContent({ model: "embedding-9", contents: ["a", "b"] });
  expect(many.embeddings?.[0]?.values).toEqual([0.5, -1]);
  const one = await daemon.ask("/gemini/v1beta/models/e:embedContent", post({}, { "x-goog-api-key": TOKEN }));
  expect(one.json<unknown>()).toEqual({ embedding: { values: [0.5, -1] } });
});

test("models of Google's own API, and of the OpenAI API of the same provider", async () => {
  const names: (string | undefined)[] = [];
  for await (const model of await client.models.list()) names.push(model.name);
  expect(names).toEqual([`models/${GEMINI}`, "models/gemini-3-pro"]);
  expect((await client.models.get({ model: GEMINI })).name).toBe(`models/${GEMINI}`);
  const openai = new OpenAI({ apiKey: TOKEN, baseURL: `${daemon.url}/v1`, maxRetries: 0 });
  await until("the model list", async () => (await openai.models.list()).data.length > 0);
  expect((await openai.models.list()).data.map(({ id }) => id)).toEqual([GEMINI, "gemini-3-pro", "text-embedding-9"]);
  for (const model of [GEMINI, `models/${GEMINI}`]) {
    expect((await openai.models.retrieve(model)).id).toBe(GEMINI);
    const answer = await openai.chat.completions.create({ model, messages: [] });
    expect(answer.model).toBe(model);
    expect(last().headers.get("authorization")).toStartWith("Bearer ");
    expect(last().headers.has("x-goog-api-key")).toBe(false);
  }
});

test("a file: uploaded in the resumable protocol through the daemon, read, downloaded, all with one key", async () => {
  const before = upstream.calls.length;
  const made = await client.files.upload({ file: new Blob([FILE]), config: { mimeType: "text/plain" } });
  expect(made.name).toBe("files/abc");
  const [start, sent] = upstream.calls.slice(before);
  expect(start?.path).toBe("/upload/v1/files");
  expect(sent?.path).toBe("/upload/v1/files?upload_id=session-1&upload_protocol=resumable");
  expect(sent?.body).toEqual(FILE);
  expect((await client.files.get({ name: "files/abc" })).name).toBe("files/abc");
  const path = join(tmpdir(), `ob-download-${process.pid}`);
  await client.files.download({ file: "files/abc", downloadPath: path });
  await until("the download", async () => (await readFile(path).catch(() => FILE.slice(1))).length === FILE.length);
  expect(new Uint8Array(await readFile(path))).toEqual(FILE);
  await rm(path);
  expect(last().path).toBe("/download/v1/files/abc:download?alt=media");
  const keys = upstream.calls.slice(before).map(({ headers }) => headers.get("x-goog-api-key"));
  expect(new Set(keys)).toEqual(new Set([KEYS[0]]));
});

test("an upload goes on without a credential, as Python's library does it, and nothing else does", async () => {
  const command = (name: string) => ({ "x-goog-upload-command": name, "x-goog-upload-protocol": "resumable" });
  const begun = await daemon.ask(
    "/gemini/upload/v1beta/files",
    post({}, { ...command("start"), "x-goog-api-key": TOKEN }),
  );
  const { pathname, search } = new URL(begun.headers.get("x-goog-upload-url") ?? "");
  const part = () => post("abc", command("upload, finalize"));
  const done = await daemon.ask(pathname + search, part());
  expect([done.status, done.json<{ file: { name: string } }>().file.name]).toEqual([200, "files/abc"]);
  expect(last().headers.get("x-goog-api-key")).toBe(KEYS[0]);
  for (const path of [`${pathname}?upload_id=guessed`, pathname, `/gemini/v1beta/files${search}`]) {
    const refused = await daemon.ask(path, part());
    expect([refused.status, refused.json<{ error: { status: string } }>().error.status]).toEqual([
      401,
      "UNAUTHENTICATED",
    ]);
  }
});

test("what names a file or a cache is computed with the key that has it", async () => {
  const before = upstream.calls.length;
  const fileData = { fileUri: "https://generativelanguage.googleapis.com/v1beta/files/abc", mimeType: "text/plain" };
  for (let call = 0; call < 3; call += 1) {
    await client.models.generateContent({ model: GEMINI, contents: [{ parts: [{ fileData }] }] });
    const config = { cachedContent: "cachedContents/c1" };
    await client.models.generateContent({ model: GEMINI, contents: "hi", config });
  }
  const keys = upstream.calls.slice(before).map(({ headers }) => headers.get("x-goog-api-key"));
  expect(new Set(keys)).toEqual(new Set([KEYS[0]]));
});

test("caches and batches stay with one key", async () => {
  const before = upstream.calls.length;
  expect((await client.caches.create({ model: GEMINI, config: {} })).name).toBe("cachedContents/c1");
  const src = [{ contents: [{ parts: [{ text: "hi" }] }] }];
  const batch = await client.batches.create({ model: GEMINI, src });
  expect((await client.batches.get({ name: batch.name ?? "" })).name).toBe("batches/b1");
  const keys = upstream.calls.slice(before).map(({ headers }) => headers.get("x-goog-api-key"));
  expect(keys).toEqual([KEYS[0], KEYS[0], KEYS[0]]);
});

test("interactions: made, streamed, continued with the key that made them", async () => {
  const made = await client.interactions.create({ model: GEMINI, input: "hi" });
  expect(made.id).toBe("v1_interaction");
  const maker = last().headers.get("x-goog-api-key");
  const words: string[] = [];
  const stream = await client.interactions.create({ model: GEMINI, input: "hi", stream: true });
  for await (const event of stream) {
    if (event.event_type === "step.delta" && event.delta.type === "text") words.push(event.delta.text ?? "");
  }
  expect(words).toEqual([...GEMINI_WORDS]);
  const second = last().headers.get("x-goog-api-key");
  expect(second).not.toBe(maker);
  // Both have the same id here: the one that made it last is its owner.
  await client.interactions.create({ model: GEMINI, input: "on", previous_interaction_id: "v1_interaction" });
  await client.interactions.get("v1_interaction");
  const keys = upstream.calls.slice(-2).map(({ headers }) => headers.get("x-goog-api-key"));
  expect(keys).toEqual([second, second]);
});

test.each(["x-goog-api-key", "?key="])("the client token as %s", async (way) => {
  const isQuery = way === "?key=";
  const path = `/gemini/v1beta/models/${GEMINI}:generateContent${isQuery ? `?key=${TOKEN}&x=1` : ""}`;
  const answer = await daemon.ask(path, post({ contents: [] }, isQuery ? {} : { [way]: TOKEN }));
  expect(answer.status).toBe(200);
  expect(last().path).toEndWith(isQuery ? ":generateContent?x=1" : ":generateContent");
});

test.each<[string, Behaviour]>([
  ["429", googleFault(429, "RESOURCE_EXHAUSTED", "Quota exceeded")],
  ["503", googleFault(503, "UNAVAILABLE", "The model is overloaded.")],
  [
    "400 API_KEY_INVALID",
    googleFault(400, "INVALID_ARGUMENT", "API key not valid. Please pass a valid API key.", [
      { "@type": "type.googleapis.com/google.rpc.ErrorInfo", reason: "API_KEY_INVALID", domain: "googleapis.com" },
    ]),
  ],
])("a key that answers %s is not noticed", async (_, fault) => {
  const [bad, good] = [fakeSecret(`gemini_bad_${_}`), fakeSecret(`gemini_good_${_}`)];
  upstream.byKey(bad, fault);
  await using other = await startDaemon(configFor([bad, good]));
  const own = clientOf(other.url);
  for (let call = 0; call < 3; call += 1) {
    expect((await own.models.generateContent({ model: GEMINI, contents: "hi" })).text).toBe(TEXT);
  }
});

test("an upstream error is an ApiError with its status and the provider's words", async () => {
  byPath.push([/refused:/, googleFault(400, "INVALID_ARGUMENT", "scripted")]);
  const error = await failure(client.models.generateContent({ model: "refused", contents: "hi" }));
  expect(error).toBeInstanceOf(ApiError);
  expect(error).toMatchObject({ status: 400, message: expect.stringContaining("scripted") });
});

test("an error made here has Google's shape", async () => {
  const stranger = clientOf(daemon.url, { apiKey: fakeSecret("stranger") });
  const error = await failure(stranger.models.generateContent({ model: GEMINI, contents: "hi" }));
  expect(error).toBeInstanceOf(ApiError);
  const { status, message } = error as ApiError;
  expect(status).toBe(401);
  expect(JSON.parse(message)).toMatchObject({
    error: { code: 401, status: "UNAUTHENTICATED", details: [{ reason: "invalid_api_key" }] },
  });
});

test("where all keys are limited the error says when to come back", async () => {
  const wait = { "@type": "type.googleapis.com/google.rpc.RetryInfo", retryDelay: "60s" };
  const bad = fakeSecret("gemini_limited");
  upstream.byKey(bad, googleFault(429, "RESOURCE_EXHAUSTED", "Quota exceeded", [wait]));
  await using other = await startDaemon(configFor([bad]));
  const { message } = (await failure(
    clientOf(other.url).models.generateContent({ model: GEMINI, contents: "" }),
  )) as Error;
  const { error } = JSON.parse(message);
  expect(error).toMatchObject({
    code: 429,
    status: "RESOURCE_EXHAUSTED",
    details: [{ reason: "rate_limit_exceeded" }, {}],
  });
  expect(Number.parseInt(error.details[1].retryDelay, 10)).toBeGreaterThan(30);
});

test("a stream that breaks off is an ApiError after the words that came", async () => {
  byPath.push([/breaks-off:/, () => events(geminiEvents().slice(0, 2))]);
  const words: (string | undefined)[] = [];
  const stream = await client.models.generateContentStream({ model: "breaks-off", contents: "hi" });
  const read = async () => {
    for await (const chunk of stream) words.push(chunk.text);
  };
  const error = await failure(read());
  expect(error).toBeInstanceOf(ApiError);
  expect(error).toMatchObject({ status: 503, message: expect.stringContaining("upstream_stream_interrupted") });
  expect(words).toEqual(GEMINI_WORDS.slice(0, 2));
});

test("an interaction that breaks off ends in its error event", async () => {
  byPath.push([/\/interactions\?cut/, () => events(interactionEvents().slice(0, 3))]);
  const path = "/gemini/v1beta/interactions?cut";
  const answer = await daemon.ask(
    path,
    post({ model: GEMINI, input: "hi", stream: true }, { "x-goog-api-key": TOKEN }),
  );
  const event = answer.text.trimEnd().split("\n").at(-1)?.slice("data: ".length) ?? "";
  expect(JSON.parse(event)).toMatchObject({ event_type: "error", error: { code: "upstream_stream_interrupted" } });
});
