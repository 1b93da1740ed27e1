// A complete JSON answer says what it is by its top-level members, and only by them.
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { type AnswerFacts, inspectAnswer } from "../../../src/proxy/stream/answer.ts";
import type { StreamProtocol } from "../../../src/proxy/stream/protocol.ts";

const encode = (text: string) => new TextEncoder().encode(text);

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
const PAD = ["x".repeat(10_000), Array.from({ length: 5000 }, (_, index) => index)];
const CHAT = {
  id: "chatcmpl-1",
  object: "chat.completion",
  choices: [{ index: 0, message: { content: "x" }, finish_reason: "stop" }],
};

describe("inspectAnswer", () => {
  test.each<[string, StreamProtocol, unknown, Omit<AnswerFacts, "isWhole">]>([
    [
      "a chat answer",
      "chat",
      { ...CHAT, usage: { prompt_tokens: 3, completion_tokens: 2 } },
      { usage: { promptTokens: 3, completionTokens: 2 } },
    ],
    [
      "embeddings of Gemini",
      "other",
      { embedding: { values: [1] }, usageMetadata: { promptTokenCount: 3 } },
      { usage: { promptTokens: 3 } },
    ],
    ["a null error", "chat", { ...CHAT, error: null }, {}],
    [
      "an error",
      "chat",
      { error: { message: "No credit", code: "insufficient_quota" } },
      { error: { message: "No credit", code: "insufficient_quota" } },
    ],
    [
      "an error beside choices",
      "chat",
      { ...CHAT, error: { message: "No", code: 402 } },
      { error: { message: "No", status: 402 } },
    ],
    ["an error as text", "chat", { error: "No such model" }, { error: { message: "No such model" } }],
    [
      "a flat error",
      "chat",
      { object: "error", message: "No", type: "NotFoundError", code: 404 },
      { error: { message: "No", type: "NotFoundError", status: 404 } },
    ],
    [
      "a failed choice",
      "chat",
      { choices: [{ index: 0, finish_reason: "error", error: { code: 502, message: "Gone" } }] },
      { error: { message: "Gone", status: 502 } },
    ],
    [
      "a choice that talks of errors",
      "chat",
      { choices: [{ index: 0, message: { content: 'it said "error": {"code":1}' }, finish_reason: "stop" }] },
      {},
    ],
    [
      "a choice that says error",
      "chat",
      { choices: [{ index: 0, message: { content: "error", refusal: null }, finish_reason: "stop" }] },
      {},
    ],
    [
      "a response",
      "responses",
      {
        id: "resp_1",
        object: "response",
        error: null,
        status: "completed",
        usage: { input_tokens: 1, output_tokens: 2 },
      },
      { usage: { promptTokens: 1, completionTokens: 2 } },
    ],
    [
      "a failed response",
      "responses",
      { id: "resp_1", status: "failed", error: { code: "server_error", message: "It broke" } },
      { error: { code: "server_error", message: "It broke" } },
    ],
    [
      "a message",
      "messages",
      { id: "msg_1", type: "message", usage: { input_tokens: 1, cache_read_input_tokens: 5, output_tokens: 2 } },
      { usage: { promptTokens: 6, completionTokens: 2, cachedTokens: 5 } },
    ],
    [
      "an Anthropic error",
      "messages",
      { type: "error", error: { type: "overloaded_error", message: "Overloaded" } },
      { error: { type: "overloaded_error", message: "Overloaded" } },
    ],
    [
      "a Gemini answer",
      "gemini",
      { candidates: [], usageMetadata: { promptTokenCount: 4 } },
      { usage: { promptTokens: 4 } },
    ],
    [
      "Gemini chunks in an array",
      "gemini",
      [{ usageMetadata: { promptTokenCount: 4 } }, { usageMetadata: { promptTokenCount: 4, candidatesTokenCount: 2 } }],
      { usage: { promptTokens: 4, completionTokens: 2 } },
    ],
    [
      "a Gemini error in an array",
      "gemini",
      [{ error: { code: 429, message: "Quota", status: "RESOURCE_EXHAUSTED" } }],
      { error: { status: 429, type: "RESOURCE_EXHAUSTED", message: "Quota" } },
    ],
    [
      "embeddings",
      "other",
      { object: "list", data: [{ embedding: [0.1] }], usage: { prompt_tokens: 4, total_tokens: 4 } },
      { usage: { promptTokens: 4 } },
    ],
    ["an empty object", "other", {}, {}],
  ])("reads %s", (_, protocol, value, expected) => {
    const text = JSON.stringify(value);
    // Large answers are read another way.
    const large = Array.isArray(value)
      ? `${text}${" ".repeat(20_000)}`
      : JSON.stringify({ pad: PAD, ...(value as object) });
    for (const body of [text, JSON.stringify(value, undefined, 2), large]) {
      expect(inspectAnswer(encode(body), protocol)).toEqual({ isWhole: true, ...expected });
    }
  });

  test.each<[string, boolean]>([
    ["", false],
    ["<html>", false],
    ['{"id":"x"', false],
    ['{"a":[1,2', false],
    ['[{"a":1}', false],
    ["[]", true],
    ['"text"', true],
    ["\r\n {}\n", true],
    ['\ufeff{"a":1}', true],
  ])("tells whether %p is whole", (text, isWhole) => {
    expect(inspectAnswer(encode(text), "chat")).toEqual({ isWhole });
  });

  test("takes the last of duplicates, as JSON.parse does", () => {
    for (const pad of ["", " ".repeat(20_000)]) {
      expect(inspectAnswer(encode(`${pad}{"error":{"code":"x"},"error":null}`), "chat").error).toBeUndefined();
      expect(inspectAnswer(encode(`${pad}{"error":null,"error":{"code":"x"}}`), "chat").error).toEqual({ code: "x" });
    }
  });

  test("is not led by nested members or by text", () => {
    const members = fc.dictionary(fc.constantFrom("error", "usage", "id", "type", "data", "choices"), fc.jsonValue());
    fc.assert(
      fc.property(members, fc.constantFrom(...PROTOCOLS), (nested, protocol) => {
        const value = { data: nested, text: JSON.stringify(nested) };
        expect(inspectAnswer(encode(JSON.stringify(value)), protocol)).toEqual({ isWhole: true });
      }),
    );
  });

  test("finds no whole answer in any proper beginning", () => {
    const body = encode(JSON.stringify({ ...CHAT, error: null, usage: { prompt_tokens: 1 } }));
    for (let end = 0; end < body.length; end += 1) {
      expect(inspectAnswer(body.subarray(0, end), "chat")).toEqual({ isWhole: false });
    }
  });

  test("never throws", () => {
    fc.assert(fc.property(fc.uint8Array(), fc.constantFrom(...PROTOCOLS), (body, p) => void inspectAnswer(body, p)));
    fc.assert(fc.property(fc.json(), fc.constantFrom(...PROTOCOLS), (body, p) => void inspectAnswer(encode(body), p)));
  });
});
