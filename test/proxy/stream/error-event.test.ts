// The event that ends an interrupted stream is raised by the official SDKs; none of them takes it for a normal end.
import { describe, expect, test } from "bun:test";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { streamText } from "ai";
import OpenAI, { APIError } from "openai";
import { errorEvent } from "../../../src/proxy/stream/error-event.ts";
import { createFramer } from "../../../src/proxy/stream/framer.ts";
import { createInspector } from "../../../src/proxy/stream/inspector.ts";
import type { StreamProtocol } from "../../../src/proxy/stream/protocol.ts";
import { readStream } from "../../fixture/sse/stream-fixture.ts";

const CODE = "upstream_stream_interrupted";
const MESSAGE = 'The upstream ended the stream early\n"quoted" (req_000000000000000000000000)';
const ERROR = { message: MESSAGE, code: CODE, sequenceNumber: 5 };
const PROTOCOLS: readonly StreamProtocol[] = [
  "chat",
  "completions",
  "responses",
  "messages",
  "gemini",
  "assistants",
  "interactions",
  "other",
];
const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

function dataOf(protocol: StreamProtocol) {
  const [event] = createFramer().push(errorEvent(protocol, ERROR)).events;
  return { event: event?.event, data: JSON.parse(event?.data ?? "") as unknown };
}

/** Answers everything with the first `events` events of a fixture and the error event. */
function serveInterrupted(protocol: StreamProtocol, fixture: string, events: number) {
  const seen = createFramer().push(readStream(fixture)).events.slice(0, events);
  const body = Buffer.concat([...seen.map((event) => event.raw), errorEvent(protocol, ERROR)]);
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: () => new Response(body, { headers: { "content-type": "text/event-stream" } }),
  });
  return { baseURL: `${server.url}v1`, [Symbol.asyncDispose]: () => server.stop(true) };
}

function clientOf(baseURL: string): OpenAI {
  return new OpenAI({ apiKey: "sk-fake-client", baseURL, maxRetries: 0 });
}

describe("errorEvent", () => {
  const openAi = { message: MESSAGE, type: "server_error", param: null, code: CODE };

  test.each<[StreamProtocol, string | undefined, object]>([
    ["chat", undefined, { error: openAi }],
    ["completions", undefined, { error: openAi }],
    [
      "responses",
      "error",
      { type: "error", code: CODE, message: MESSAGE, param: null, sequence_number: 5, error: openAi },
    ],
    [
      "messages",
      "error",
      { type: "error", error: { type: "api_error", message: MESSAGE, details: { error_code: CODE } } },
    ],
    [
      "gemini",
      undefined,
      {
        error: {
          code: 503,
          message: MESSAGE,
          status: "UNAVAILABLE",
          details: [{ "@type": "type.googleapis.com/google.rpc.ErrorInfo", reason: CODE, domain: "openai-balance" }],
        },
      },
    ],
    ["assistants", "error", { error: openAi }],
    ["interactions", "error", { event_type: "error", error: { code: CODE, message: MESSAGE } }],
    ["other", "error", { error: openAi }],
  ])("speaks %s", (protocol, event, data) => {
    expect(dataOf(protocol)).toEqual({ event, data });
  });

  test.each(PROTOCOLS)("is one whole event that an inspector of %s takes for an error, and for no end", (protocol) => {
    const bytes = errorEvent(protocol, ERROR);
    const framed = createFramer().push(bytes);
    const inspector = createInspector(protocol);
    expect(framed.events.map((event) => inspector.see(event))).toEqual(["error"]);
    expect(framed.bytes).toEqual(bytes);
    expect(inspector.error).toMatchObject({ code: CODE, message: MESSAGE });
    expect(inspector.ended).toBe(false);
    expect(decode(bytes)).not.toContain("[DONE]");
  });

  test("ends a half-sent event first", () => {
    const half = new TextEncoder().encode('data: {"choices":[');
    const bytes = Buffer.concat([half, errorEvent("chat", { ...ERROR, isInEvent: true })]);
    const [first, second] = createFramer().push(bytes).events;
    expect(first?.data).toBe('{"choices":[');
    expect(JSON.parse(second?.data ?? "")).toHaveProperty("error.code", CODE);
  });
});

describe("the official openai SDK raises", () => {
  const messages = [{ role: "user" as const, content: "Hi" }];
  type Call = (client: OpenAI) => Promise<AsyncIterable<unknown>>;
  const chat: Call = (client) => client.chat.completions.create({ model: "m", stream: true, messages });
  const completions: Call = (client) => client.completions.create({ model: "m", stream: true, prompt: "Hi" });
  const responses: Call = (client) => client.responses.create({ model: "m", stream: true, input: "Hi" });
  const run: Call = (client) => client.beta.threads.createAndRun({ assistant_id: "asst_1", stream: true });
  const images: Call = (client) => client.images.generate({ model: "m", stream: true, prompt: "A cat" });

  test.each<[string, StreamProtocol, string, number, Call]>([
    ["chat", "chat", "chat", 2, chat],
    ["chat before any output", "chat", "chat", 0, chat],
    ["completions", "completions", "completions", 2, completions],
    ["responses", "responses", "responses", 5, responses],
    ["images", "other", "image", 1, images],
    ["an assistant's run", "assistants", "assistants", 3, run],
  ])("an APIError from %s", async (_, protocol, fixture, events, call) => {
    await using server = serveInterrupted(protocol, fixture, events);
    const chunks: unknown[] = [];
    let raised: unknown;
    try {
      for await (const chunk of await call(clientOf(server.baseURL))) chunks.push(chunk);
    } catch (error: unknown) {
      raised = error;
    }
    expect(raised).toBeInstanceOf(APIError);
    expect(raised).toMatchObject({ code: CODE, message: MESSAGE, type: "server_error" });
    expect(chunks.length).toBe(events);
  });

  test("an error from the responses stream helper", async () => {
    await using server = serveInterrupted("responses", "responses", 5);
    const stream = clientOf(server.baseURL).responses.stream({ model: "m", input: "Hi" });
    expect(await stream.finalResponse().catch((error: unknown) => error)).toMatchObject({ code: CODE });
  });
});

test("the ai package reports an error from chat", async () => {
  await using server = serveInterrupted("chat", "chat", 2);
  const provider = createOpenAICompatible({ name: "balance", apiKey: "sk-fake-client", baseURL: server.baseURL });
  const errors: unknown[] = [];
  const result = streamText({
    model: provider.chatModel("m"),
    prompt: "Hi",
    maxRetries: 0,
    onError: ({ error }) => void errors.push(error),
  });
  await result.consumeStream();
  expect(errors).toHaveLength(1);
  expect(String(errors[0] instanceof Error ? errors[0].message : errors[0])).toContain(
    "The upstream ended the stream early",
  );
});
