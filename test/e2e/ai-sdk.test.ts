// The `ai` package with its OpenAI-compatible provider, unmodified, through the daemon.
import { afterAll, expect, setDefaultTimeout, test } from "bun:test";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { APICallError, embed, generateImage, generateText, jsonSchema, streamText, tool } from "ai";
import { fixed } from "../fixture/behaviours.ts";
import { MODEL } from "../fixture/client.ts";
import { startDaemon } from "../fixture/daemon.ts";
import { CHAT_TEXT, CHAT_WORDS, openai, SPEECH, VECTOR } from "../fixture/openai-answers.ts";
import { fakeSecret } from "../fixture/secrets.ts";
import { TEST_DEADLINE_MS } from "../fixture/until.ts";
import { startUpstream } from "../fixture/upstream.ts";

setDefaultTimeout(TEST_DEADLINE_MS);

const upstream = startUpstream({ otherwise: openai });
const daemon = await startDaemon(
  JSON.stringify({ providers: [{ name: "main", base_url: upstream.url, api_keys: [fakeSecret("ai_sdk")] }] }),
);
afterAll(async () => {
  await daemon.stop();
  await upstream[Symbol.asyncDispose]();
});

const provider = createOpenAICompatible({ name: "balance", baseURL: `${daemon.url}/v1`, apiKey: "any" });

test("generateText", async () => {
  const answer = await generateText({ model: provider.chatModel(MODEL), prompt: "hi" });
  expect(answer.text).toBe(CHAT_TEXT);
  expect(answer.finishReason).toBe("stop");
});

test("streamText", async () => {
  const words: string[] = [];
  for await (const word of streamText({ model: provider.chatModel(MODEL), prompt: "hi" }).textStream) words.push(word);
  expect(words.join("")).toBe(CHAT_WORDS.join(""));
});

test("generateText with a tool", async () => {
  const inputSchema = jsonSchema({ type: "object", properties: { city: { type: "string" } } });
  const answer = await generateText({
    model: provider.chatModel(MODEL),
    prompt: "hi",
    tools: { get_weather: tool({ inputSchema }) },
  });
  expect(answer.toolCalls.map(({ toolName, input }) => [toolName, input])).toEqual([
    ["get_weather", { city: "Paris" }],
  ]);
});

test("generateText with a model of the older completions", async () => {
  const answer = await generateText({ model: provider.completionModel("gpt-3.5-turbo-instruct"), prompt: "hi" });
  expect(answer.text).toBe(CHAT_TEXT);
});

test("generateImage, and a changed one: multipart", async () => {
  const model = provider.imageModel("gpt-image-1");
  expect((await generateImage({ model, prompt: "a hat" })).image.base64).toBe("aGk=");
  const changed = await generateImage({ model, prompt: { text: "a red hat", images: [SPEECH] } });
  expect(changed.image.base64).toBe("aGk=");
  expect(upstream.calls.at(-1)?.path).toBe("/v1/images/edits");
  expect(Buffer.from(upstream.calls.at(-1)?.body ?? []).includes(SPEECH)).toBe(true);
});

test("embed", async () => {
  const answer = await embed({ model: provider.embeddingModel("text-embedding-3-small"), value: "a" });
  expect(answer.embedding).toEqual([...VECTOR]);
});

test("an upstream error keeps its status and text", async () => {
  upstream.byModel("refused", fixed(422, '{"error":{"message":"scripted text","type":"t","param":null,"code":"c"}}'));
  const asked = generateText({ model: provider.chatModel("refused"), prompt: "hi", maxRetries: 0 });
  const error = await asked.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(APICallError.isInstance(error)).toBe(true);
  expect(error).toMatchObject({ statusCode: 422, message: "scripted text" });
});
