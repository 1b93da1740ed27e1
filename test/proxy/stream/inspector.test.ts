// Every fixture says the same about itself however it is split, and is complete after its terminator, not before.
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { fingerprintOf } from "../../../src/proxy/objects/encrypted-content.ts";
import { createAssistantsReader } from "../../../src/proxy/stream/assistants.ts";
import { createChatReader } from "../../../src/proxy/stream/chat.ts";
import { createCompletionsReader } from "../../../src/proxy/stream/completions.ts";
import { createFramer } from "../../../src/proxy/stream/framer.ts";
import { createInspector, type EventKind, type Inspector } from "../../../src/proxy/stream/inspector.ts";
import { createMediaReader } from "../../../src/proxy/stream/media.ts";
import { createMessagesReader } from "../../../src/proxy/stream/messages.ts";
import { createOtherReader } from "../../../src/proxy/stream/other.ts";
import type { StreamProtocol } from "../../../src/proxy/stream/protocol.ts";
import { createResponsesReader } from "../../../src/proxy/stream/responses.ts";
import { LETTERS, LINE_ENDS, readStream, STREAMS } from "../../fixture/sse/stream-fixture.ts";

const encode = (text: string) => new TextEncoder().encode(text);
const eventOf = (value: unknown) => `data: ${JSON.stringify(value)}\n\n`;

function inspect(protocol: StreamProtocol, chunks: readonly Uint8Array[]) {
  const framer = createFramer();
  const inspector = createInspector(protocol);
  const kinds: EventKind[] = [];
  const ended: boolean[] = [];
  for (const chunk of chunks) {
    for (const event of framer.push(chunk).events) {
      kinds.push(inspector.see(event));
      ended.push(inspector.ended);
    }
  }
  return { kinds, ended, facts: factsOf(inspector), inspector, framer };
}

function factsOf({ ended, error, usage, objectIds, eventCount }: Inspector) {
  return { ended, error, usage, objectIds: [...new Set(objectIds)], eventCount };
}

const kindsOf = (letters: string) => Array.from(letters, (letter) => LETTERS[letter]);
const variants = STREAMS.flatMap((stream) =>
  LINE_ENDS.map(([label, end]) => [stream.name, label, stream, end] as const),
);

describe("createInspector", () => {
  test.each(variants)("reads %s with %s", (name, _, stream, end) => {
    const { kinds, ended, facts } = inspect(stream.protocol, [readStream(name, end)]);
    expect(kinds).toEqual(kindsOf(stream.kinds) as EventKind[]);
    expect(ended.indexOf(true)).toBe((stream.endsAfter ?? 0) - 1);
    expect(facts).toEqual({
      ended: stream.endsAfter !== undefined,
      error: stream.error,
      usage: stream.usage,
      objectIds: stream.objectIds ?? [],
      eventCount: stream.kinds.replaceAll("c", "").length,
    });
  });

  test.each(STREAMS.map((stream) => [stream.name, stream] as const))(
    "says the same of %s at every split",
    (name, stream) => {
      const bytes = readStream(name);
      const whole = inspect(stream.protocol, [bytes]);
      for (let at = 0; at <= bytes.length; at += 1) {
        const split = inspect(stream.protocol, [bytes.subarray(0, at), bytes.subarray(at)]);
        expect(split.kinds).toEqual(whole.kinds);
        expect(split.facts).toEqual(whole.facts);
      }
    },
  );

  const terminated = STREAMS.filter(({ endsAfter }) => endsAfter !== undefined).map((s) => [s.name, s] as const);

  test.each(terminated)("takes %s for complete after its terminator and at no byte before", (name, stream) => {
    const bytes = readStream(name);
    const events = createFramer().push(bytes).events.slice(0, stream.endsAfter);
    const terminatorEnd = events.reduce((sum, event) => sum + event.raw.length, 0);
    for (let cut = 0; cut <= bytes.length; cut += 1) {
      expect(inspect(stream.protocol, [bytes.subarray(0, cut)]).inspector.ended).toBe(cut >= terminatorEnd);
    }
  });

  const choice = (index: number, finish: string | null) => ({ index, delta: { content: "x" }, finish_reason: finish });

  test("goes back to incomplete when another choice begins after all others finished", () => {
    const stream = [eventOf({ choices: [choice(0, "stop")] }), eventOf({ choices: [choice(1, null)] })];
    expect(inspect("chat", stream.map(encode)).ended).toEqual([true, false]);
  });

  test("takes several choices in one chunk", () => {
    const stream = [
      eventOf({ choices: [choice(0, null), choice(1, "stop")] }),
      eventOf({ choices: [choice(0, "stop"), choice(1, null)] }),
    ];
    expect(inspect("chat", stream.map(encode)).ended).toEqual([false, true]);
  });

  test.each<[StreamProtocol, unknown]>([
    ["chat", { error: null, choices: [choice(0, null)] }],
    ["chat", { error: false, choices: [choice(0, null)] }],
    ["chat", { error: "", choices: [choice(0, null)] }],
    ["chat", { choices: [{ index: 0, delta: { content: "x" }, finish_reason: "" }] }],
    [
      "chat",
      { choices: [{ index: 0, delta: { content: '"error":{"code":1},"finish_reason":"stop"' }, finish_reason: null }] },
    ],
    ["responses", { type: "response.output_text.delta", delta: '"type":"error"' }],
    ["responses", { type: "response.some_future_thing", error: null }],
    ["messages", { type: "some_future_thing" }],
    ["gemini", { candidates: [{ content: { parts: [{ text: "x" }] }, finishReason: "FINISH_REASON_UNSPECIFIED" }] }],
    ["other", { last_error: { code: "x" }, error: null }],
    ["other", { delta: '{"error":{}}' }],
  ])("takes %s %j for output and nothing else", (protocol, value) => {
    for (const before of ["", eventOf(value)]) {
      const { kinds, facts } = inspect(protocol, [encode(before + eventOf(value))]);
      expect(kinds.at(-1)).toBe("output");
      expect(facts).toMatchObject({ ended: false, error: undefined });
    }
  });

  test.each<[StreamProtocol, string, EventKind, object | undefined]>([
    ["chat", 'data: {"error":"Overloaded"}', "error", { message: "Overloaded" }],
    ["chat", 'data: {"error":{}}', "error", {}],
    ["chat", "event: error\ndata: It broke", "error", { message: "It broke" }],
    ["chat", 'event: error\ndata: {"message":"It broke","code":"x"}', "error", { message: "It broke", code: "x" }],
    ["chat", 'event: error\ndata: "It broke"', "error", { message: '"It broke"' }],
    [
      "chat",
      'data: {"choices":[{"finish_reason":"error","index":0}]}',
      "error",
      { message: 'The choice ended with "error"' },
    ],
    [
      "chat",
      'data: {"choices":[{"index":0,"finish_reason":null}],"x_groq":{"error":"over capacity"}}',
      "error",
      { message: "over capacity" },
    ],
    ["chat", "data: ping", "output", undefined],
    ["chat", "data: ", "preamble", undefined],
    ["chat", "data: []", "output", undefined],
    ["chat", "data: null", "output", undefined],
    ["chat", 'data: {"choices":"x"}', "preamble", undefined],
    ["chat", 'data: {"choices":[null,1,{"index":"x","delta":[],"finish_reason":7}]}', "preamble", undefined],
    [
      "responses",
      'data: {"type":"response.failed","response":{"error":null}}',
      "error",
      { message: "The response failed" },
    ],
    ["responses", 'data: {"type":"response.created","response":7}', "preamble", undefined],
    ["messages", 'data: {"type":"message_start"}', "preamble", undefined],
    ["gemini", 'data: {"candidates":[{}]}', "preamble", undefined],
  ])("takes %s %p for %s", (protocol, text, kind, error) => {
    const { kinds, facts } = inspect(protocol, [encode(`${text}\n\n`)]);
    expect(kinds).toEqual([kind]);
    expect(facts.error).toEqual(error);
  });

  test("counts events as the responses API does", () => {
    expect(createInspector("responses").eventCount).toBe(0);
    const { inspector, framer } = inspect("responses", [encode(": comment\n\n"), readStream("responses")]);
    expect(framer.pendingBytes).toBe(0);
    const events = createFramer().push(readStream("responses")).events;
    expect(JSON.parse(events.at(-1)?.data ?? "")).toHaveProperty("sequence_number", inspector.eventCount - 1);
  });

  test("asks a terminator of every protocol but other", () => {
    const protocols = ["chat", "completions", "responses", "messages", "gemini", "assistants", "other"] as const;
    expect(protocols.filter((protocol) => !createInspector(protocol).needsTerminator)).toEqual(["other"]);
  });

  test("never throws, whatever the bytes", () => {
    const pieces = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.constantFrom("data: ", "\n\n", "{", '{"choices":[', "event: error\n", "[DONE]"),
    );
    const protocol = fc.constantFrom(...STREAMS.map((stream) => stream.protocol));
    fc.assert(
      fc.property(protocol, fc.array(pieces), (name, parts) => {
        const { inspector, framer } = inspect(name, [encode(parts.join(""))]);
        inspector.seeRest(framer.rest());
      }),
    );
    fc.assert(
      fc.property(
        protocol,
        fc.jsonValue(),
        (name, value) => void inspect(name, [encode(eventOf(value) + eventOf(value))]),
      ),
    );
  });
});

describe("a stream of media", () => {
  const after = (...values: readonly object[]) => inspect("media", [encode(values.map(eventOf).join(""))]).inspector;
  const piece = { type: "image_generation.partial_image", b64_json: "eA==" };
  const image = { type: "image_generation.completed", b64_json: "eA==" };

  test.each<[string, readonly object[], boolean]>([
    ["nothing", [], false],
    ["what nobody knows", [{ audio: "eA==" }], false],
    ["a piece of an image", [piece], true],
    ["an image", [piece, image], false],
    ["a piece of the next image", [piece, image, piece], true],
    ["a piece of an edited image", [{ ...piece, type: "image_edit.partial_image" }], true],
    ["a piece of speech", [{ type: "speech.audio.delta" }], true],
    ["a piece of a transcript", [{ type: "transcript.text.delta" }], true],
  ])("that ends after %s lacks something: %p", (_name, values, isCut) => {
    expect(after(...values).needsTerminator).toBe(isCut);
    expect(after(...values).ended).toBe(false);
  });

  test("is complete after its last word, also where the connection breaks", () => {
    expect(after({ type: "speech.audio.delta" }, { type: "speech.audio.done" }).ended).toBe(true);
  });

  test("spares its pieces their parsing", () => {
    const reader = createMediaReader();
    const data = JSON.stringify(piece);
    expect(reader.isPlain(data)).toBe(false);
    reader.read(piece, false);
    expect(reader.isPlain(data)).toBe(true);
    reader.read(image, true);
    expect(reader.isPlain(data)).toBe(false);
  });
});

describe("an event too long to wait for", () => {
  function inspectInParts(protocol: StreamProtocol, beginning: string, end: string) {
    const { framer, inspector } = inspect(protocol, [encode(beginning)]);
    framer.rest();
    const kinds = framer.push(encode(end)).events.map((event) => inspector.see(event));
    return { kinds, ended: inspector.ended, usage: inspector.usage };
  }

  const pad = "x".repeat(5000);

  test.each<[StreamProtocol, string, EventKind, boolean]>([
    ["responses", 'data: {"type":"response.completed","response":{"x":"', "end", true],
    ["responses", 'event: response.completed\ndata: {"response":{"x":"', "end", true],
    ["responses", 'data: {"type":"response.image_generation_call.partial_image","x":"', "output", false],
    ["messages", 'data: {"type":"content_block_delta","x":"', "output", false],
    // Its finish_reason may have gone by unseen: better to trust the upstream's end than to break a good answer.
    ["chat", 'data: {"choices":[{"delta":{"images":["', "output", true],
    ["chat", 'event: message\ndata: {"choices":[{"delta":{"images":["', "output", true],
    ["gemini", 'data: {"candidates":[{"content":{"parts":[{"inlineData":"', "output", true],
    ["media", 'data: {"type":"image_generation.completed","b64_json":"', "output", false],
    ["media", 'event: transcript.text.done\ndata: {"text":"', "end", true],
    ["other", 'data: {"type":"image_generation.completed","b64_json":"', "output", false],
  ])("%s %s is %s", (protocol, beginning, kind, ended) => {
    expect(inspectInParts(protocol, beginning + pad, '"}\n\n')).toMatchObject({ kinds: [kind], ended });
  });

  test.each<[StreamProtocol, string, string]>([
    [
      "responses",
      'data: {"type":"response.completed","response":{"x":"',
      '"usage":{"input_tokens":3,"output_tokens":2}}}',
    ],
    [
      "media",
      'data: {"type":"image_generation.completed","b64_json":"',
      '"usage":{"input_tokens":3,"output_tokens":2}}',
    ],
    ["chat", 'data: {"choices":[{"delta":{"images":["', '"usage":{"prompt_tokens":3,"completion_tokens":2}}'],
    [
      "gemini",
      'data: {"candidates":["',
      '"usageMetadata":{"promptTokenCount":3,"candidatesTokenCount":2},"responseId":"r"}',
    ],
  ])("%s %s tells its usage at its end", (protocol, beginning, end) => {
    const { usage } = inspectInParts(protocol, beginning + pad, `",${end}\n\n`);
    expect(usage).toEqual({ promptTokens: 3, completionTokens: 2 });
  });

  test("leaves no doubt behind once a later event can be read", () => {
    const later = eventOf({ choices: [{ index: 0, delta: { content: "x" }, finish_reason: null }] });
    const { ended } = inspectInParts("chat", `data: {"choices":[{"delta":{"images":["${pad}`, `"}\n\n${later}`);
    expect(ended).toBe(false);
  });
});

describe("seeRest", () => {
  const pretty = JSON.stringify({ error: { code: 503, message: "Overloaded", status: "UNAVAILABLE" } }, undefined, 2);

  test.each<[StreamProtocol, string, EventKind | undefined, boolean]>([
    ["chat", "data: [DONE]", "end", true],
    ["chat", "data: [DONE]\n", "end", true],
    ["chat", "data: [DON", undefined, false],
    ["chat", 'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}', "end", true],
    ["chat", 'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]', undefined, false],
    ["chat", "data", undefined, false],
    ["chat", "", undefined, false],
    ["chat", ": comm", undefined, false],
    ["chat", "event: error", undefined, false],
    ["chat", pretty, "error", false],
    ["gemini", `[${pretty}\n]`, "error", false],
    ["gemini", pretty.slice(0, -1), undefined, false],
    ["messages", 'event: message_stop\ndata: {"type":"message_stop"}\n', "end", true],
    ["other", '{"error":null}', undefined, false],
  ])("takes the rest %s %p for %p", (protocol, rest, kind, ended) => {
    const inspector = createInspector(protocol);
    expect(inspector.seeRest(encode(rest))).toBe(kind);
    expect(inspector.ended).toBe(ended);
    expect(inspector.error !== undefined).toBe(kind === "error");
  });
});

describe("isPlain", () => {
  const words = fc.constantFrom(
    "stop",
    "error",
    '"error": {"code":1}',
    '"finish_reason":"stop"',
    '","finish_reason":"stop"',
    '"usage":{"prompt_tokens":1}',
    '"index":3',
    "\\",
    '\\"',
    "é\u{1F600}",
  );
  const text = fc.oneof(words, fc.string());
  const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
  const choice = fc.record(
    {
      index: fc.nat({ max: 2 }),
      delta: fc.record(
        { content: fc.option(text), tool_calls: fc.array(fc.record({ index: fc.nat({ max: 2 }) })) },
        { requiredKeys: [] },
      ),
      text,
      finish_reason: fc.option(fc.constantFrom("stop", "", "error")),
      error: fc.option(text),
    },
    { requiredKeys: [] },
  );
  const chunk = fc.record({
    choices: fc.array(choice, { maxLength: 2 }),
    usage: fc.option(fc.record({ prompt_tokens: fc.nat() })),
    error: maybe(fc.option(fc.record({ code: text }))),
    object: maybe(fc.constantFrom("error", "chat.completion.chunk")),
    x_groq: maybe(
      fc.record(
        { error: fc.option(text), usage: fc.option(fc.record({ prompt_tokens: fc.nat() })) },
        { requiredKeys: [] },
      ),
    ),
  });
  const typed = fc.record({
    type: fc.constantFrom(
      "response.created",
      "response.failed",
      "response.output_text.delta",
      "keepalive",
      "message_stop",
      "message_delta",
      "content_block_delta",
      "ping",
      "error",
    ),
    delta: text,
    usage: maybe(fc.record({ output_tokens: fc.nat() })),
    error: maybe(fc.option(fc.record({ code: text }))),
  });

  const run = fc.record({
    object: fc.constantFrom("thread", "thread.run", "thread.run.step"),
    status: fc.constantFrom("queued", "in_progress", "requires_action", "completed", "expired"),
    usage: maybe(fc.record({ prompt_tokens: fc.nat() })),
    last_error: maybe(fc.option(fc.record({ code: text }))),
  });

  test.each([
    ["chat", createChatReader, chunk],
    ["completions", createCompletionsReader, chunk],
    ["responses", createResponsesReader, typed.filter(({ error }) => !error)],
    ["messages", createMessagesReader, typed.filter(({ error }) => !error)],
    ["assistants", createAssistantsReader, fc.oneof(chunk, run)],
    ["media", createMediaReader, fc.oneof(chunk, typed)],
    ["other", createOtherReader, fc.oneof(chunk, typed)],
  ] as const)("never hides what a %s event says", (protocol, createReader, values) => {
    const anyValue: fc.Arbitrary<object> = values;
    fc.assert(
      fc.property(anyValue, fc.constantFrom(undefined, 1), (value, indent) => {
        const data = JSON.stringify(value, undefined, indent);
        const isPlain = createReader().isPlain(data);
        // Parsed as the first event of a stream, when nothing is passed over, after a beginning of choice 0.
        const reader = createReader();
        if (protocol === "chat" || protocol === "completions") reader.read({ choices: [{ index: 0 }] }, false);
        const reading = reader.read(JSON.parse(data), true);
        const saysMore =
          reading.kind === "error" || reading.kind === "end" || reading.usage !== undefined || reader.isEnded;
        if (saysMore) expect(isPlain).toBe(false);
        const first = inspect(protocol, [encode(`data: ${JSON.stringify(value)}\n\n`)]);
        if (first.facts.error !== undefined) expect(isPlain).toBe(false);
      }),
      { numRuns: 500 },
    );
  });

  test("spares the usual chunk its parsing", () => {
    const chat = createFramer()
      .push(readStream("chat"))
      .events.map((event) => createChatReader().isPlain(event.data));
    expect(chat).toEqual([true, true, true, false, false, false, false]);
    const responses = createFramer()
      .push(readStream("responses"))
      .events.map((event) => createResponsesReader().isPlain(event.data));
    // The item that is done tells what was made.
    expect(responses).toEqual([false, false, true, true, true, true, true, false, false]);
    const messages = createFramer()
      .push(readStream("messages"))
      .events.map((event) => createMessagesReader().isPlain(event.data));
    expect(messages).toEqual([false, false, false, true, true, false, false]);
  });
});

test("a stream names the objects that later requests may name, and what is encrypted by its fingerprint", () => {
  const named = (protocol: "messages" | "responses", ...events: readonly object[]) => {
    const bytes = events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join("");
    return [...new Set(inspect(protocol, [new TextEncoder().encode(bytes)]).inspector.objectIds)];
  };
  const item = { id: "rs_1", type: "reasoning", encrypted_content: "blob" };
  const done = { type: "response.output_item.done", item };
  const unstored = { type: "response.completed", response: { id: "resp_1", store: false, output: [item] } };
  expect(named("responses", done)).toEqual(["rs_1", fingerprintOf("blob")]);
  expect(named("responses", unstored)).toEqual([fingerprintOf("blob")]);
  const created = { type: "response.created", response: { id: "resp_1", store: false, output: [] } };
  expect(named("responses", created, done)).toEqual([fingerprintOf("blob")]);
  const container = { id: "container_1" };
  const result = { type: "web_search_tool_result", content: [{ encrypted_content: "found" }] };
  expect(
    named(
      "messages",
      { type: "message_start", message: { id: "msg_1", container } },
      { type: "content_block_start", content_block: { type: "text", text: "" } },
      { type: "content_block_start", content_block: result },
      { type: "message_delta", delta: { container: { id: "container_2" } } },
    ),
  ).toEqual(["container_1", fingerprintOf("found"), "container_2"]);
});
