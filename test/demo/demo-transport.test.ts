// The demo provider: its keys, its answers, and the contract of a transport.
import { describe, expect, test } from "bun:test";
import { DEMO_KEYS, DEMO_MODELS, demoProvider } from "../../src/demo/demo-provider.ts";
import { callOf, DEAD, demoTransport, LIMITED, play, withKey } from "./play-call.ts";

const CHAT = { model: "demo-small", messages: [{ role: "user", content: "Say hello" }] };

test("demoProvider lists every key once, one of them dead and one limited", () => {
  expect(demoProvider().api_keys.map(({ key }) => key)).toEqual([...DEMO_KEYS.keys()]);
  expect(demoProvider().api_keys.map(({ name }) => name)).toContain("demo-dead-one");
  expect([...DEMO_KEYS.values()].toSorted()).toEqual(["dead", "good", "good", "good", "limited"]);
});

describe("createDemoTransport answers by key", () => {
  test.each([DEAD, "sk-fake-unknown", ""])("401 for %p", async (secret) => {
    const played = await play(callOf("/chat/completions", CHAT, withKey(secret)));
    expect(played.status).toBe(401);
    expect(JSON.parse(played.text).error).toMatchObject({ code: "invalid_api_key", type: "invalid_request_error" });
    expect(played.text).not.toContain(secret || "sk-");
  });

  test("one request of the limited key, then 429 with Retry-After until its rest is over", async () => {
    let now = 1_700_000_000_000;
    const transport = demoTransport({ now: () => now });
    const limited = () => play(callOf("/chat/completions", CHAT, withKey(LIMITED)), transport);
    expect((await limited()).status).toBe(200);
    now += 5_500;
    const refused = await limited();
    expect(refused.status).toBe(429);
    expect(refused.headers["retry-after"]).toBe("15");
    expect(JSON.parse(refused.text).error.code).toBe("rate_limit_exceeded");
    now += 14_500;
    expect((await limited()).status).toBe(200);
  });
});

describe("createDemoTransport serves", () => {
  test("a chat completion with usage", async () => {
    const played = await play(callOf("/chat/completions", CHAT));
    expect(played.headers["content-type"]).toBe("application/json");
    const answer = JSON.parse(played.text);
    expect(answer).toMatchObject({ object: "chat.completion", model: "demo-small" });
    expect(answer.choices[0]).toMatchObject({ finish_reason: "stop", message: { role: "assistant" } });
    expect(answer.choices[0].message.content).toContain('"Say hello"');
    expect(answer.usage.total_tokens).toBe(answer.usage.prompt_tokens + answer.usage.completion_tokens);
  });

  test("a chat completion cut at the client's limit", async () => {
    const answer = JSON.parse((await play(callOf("/chat/completions", { ...CHAT, max_tokens: 3 }))).text);
    expect(answer.choices[0].message.content.split(" ")).toHaveLength(3);
    expect(answer.choices[0].finish_reason).toBe("length");
  });

  test("a chat stream with usage, one event a piece", async () => {
    const body = { ...CHAT, stream: true, stream_options: { include_usage: true } };
    const played = await play(callOf("/chat/completions", body));
    expect(played.headers["content-type"]).toStartWith("text/event-stream");
    expect(played.pieces.at(-1)).toBe("data: [DONE]\n\n");
    const events = played.pieces.slice(0, -1).map((piece) => JSON.parse(piece.replace(/^data: /, "")));
    expect(events.every(({ object }) => object === "chat.completion.chunk")).toBe(true);
    expect(events.at(-1)).toMatchObject({ choices: [], usage: { total_tokens: expect.any(Number) } });
    expect(events.at(-2).choices[0].finish_reason).toBe("stop");
  });

  test("a response, and the same as a stream", async () => {
    const body = {
      model: "demo-large",
      input: [{ role: "user", content: [{ type: "input_text", text: "Hi there" }] }],
    };
    const answer = JSON.parse((await play(callOf("/responses", body))).text);
    expect(answer).toMatchObject({ object: "response", status: "completed" });
    const { pieces } = await play(callOf("/responses", { ...body, stream: true }));
    const events = pieces.map((piece) => JSON.parse(piece.replace(/^event: .*\ndata: /, "")));
    expect(events.map((event) => event.sequence_number)).toEqual(events.map((_, at) => at));
    expect(pieces.at(-1)).toStartWith("event: response.completed\n");
    const deltas = events.filter((event) => event.type === "response.output_text.delta").map((event) => event.delta);
    expect(deltas.join("")).toBe(events.at(-1).response.output[0].content[0].text);
    expect(deltas.join("")).toContain('"Hi there"');
  });

  test("embeddings that depend on the input alone, as floats and as Base64 of the same numbers", async () => {
    const body = { model: "demo-embedding", input: ["a", "b"], dimensions: 20 };
    const floats = JSON.parse((await play(callOf("/embeddings", body))).text).data;
    const coded = JSON.parse((await play(callOf("/embeddings", { ...body, encoding_format: "base64" }))).text).data;
    const decoded = coded.map(({ embedding }: { embedding: string }) => {
      const bytes = Buffer.from(embedding, "base64");
      return Array.from({ length: bytes.length / 4 }, (_, at) => bytes.readFloatLE(at * 4));
    });
    expect(decoded).toEqual(floats.map(({ embedding }: { embedding: number[] }) => embedding));
    expect(decoded[0]).toHaveLength(20);
    expect(decoded[0]).not.toEqual(decoded[1]);
    expect(Math.hypot(...decoded[0])).toBeCloseTo(1, 5);
  });

  test("its models", async () => {
    const list = JSON.parse((await play(callOf("/models"))).text);
    expect(list.data.map(({ id }: { id: string }) => id)).toEqual([...DEMO_MODELS]);
    expect(JSON.parse((await play(callOf("/models/demo-large"))).text).id).toBe("demo-large");
  });

  test.each([
    ["/models/other", undefined, 404, "model_not_found"],
    ["/audio/speech", {}, 404, "unknown_url"],
    ["/chat/completions", "{", 400, null],
    ["/chat/completions", { model: "demo-small" }, 400, "missing_required_parameter"],
    ["/embeddings", { model: "demo-embedding", input: [] }, 400, null],
  ])("an error in OpenAI's shape: %s %p", async (path, body, status, code) => {
    const played = await play(callOf(path, body));
    expect(played.status).toBe(status);
    expect(JSON.parse(played.text).error).toMatchObject({ type: "invalid_request_error", code });
  });
});

describe("createDemoTransport keeps the contract of a transport", () => {
  const STREAM = callOf("/chat/completions", { ...CHAT, stream: true });

  test("nothing is called before start returned", () => {
    const calls: string[] = [];
    demoTransport().start(STREAM, {
      onHead: () => void calls.push("head"),
      onData: () => void calls.push("data"),
      onEnd: () => void calls.push("end"),
    });
    expect(calls).toEqual([]);
  });

  test("an abort ends it once, with nothing after it", async () => {
    const calls: string[] = [];
    const { promise, resolve } = Promise.withResolvers<void>();
    const exchange = demoTransport({ delay: () => promise }).start(STREAM, {
      onHead: () => void calls.push("head"),
      onData: () => void calls.push("data"),
      onEnd: ({ kind }) => void calls.push(kind),
    });
    exchange.abort();
    exchange.abort();
    resolve();
    await Bun.sleep(0);
    expect(calls).toEqual(["aborted"]);
  });

  test("a paused exchange sends nothing until it is resumed", async () => {
    let pieces = 0;
    const { promise: ended, resolve } = Promise.withResolvers<void>();
    const { promise: paused, resolve: pausedNow } = Promise.withResolvers<void>();
    const exchange = demoTransport().start(STREAM, {
      onHead: () => undefined,
      onData: () => {
        pieces += 1;
        if (pieces === 2) {
          exchange.pause();
          pausedNow();
        }
      },
      onEnd: () => resolve(),
    });
    await paused;
    await Bun.sleep(0);
    expect(pieces).toBe(2);
    exchange.resume();
    await ended;
    expect(pieces).toBeGreaterThan(10);
  });

  test("a paused exchange can be aborted", async () => {
    const { promise: ended, resolve } = Promise.withResolvers<string>();
    const exchange = demoTransport().start(STREAM, {
      onHead: () => exchange.pause(),
      onData: () => undefined,
      onEnd: ({ kind }) => resolve(kind),
    });
    await Bun.sleep(0);
    exchange.abort();
    expect(await ended).toBe("aborted");
  });
});
