// Answers in every form that providers send, cut at every place.
import { describe, expect, test } from "bun:test";
import { AnswerReader, type ReadAnswer } from "../../../src/page/playground/answer-reader.ts";

function read(pieces: readonly string[], isError = false): ReadAnswer {
  const reader = new AnswerReader();
  for (const piece of pieces) reader.push(piece);
  reader.end(isError);
  return reader.answer;
}

const event = (delta: object, more: object = {}) => `data: ${JSON.stringify({ choices: [{ delta, ...more }] })}\n\n`;
const STREAM = [
  ": a comment\n\n",
  event({ role: "assistant", content: "" }),
  event({ content: 'Hel\n"lo"' }),
  event({ content: " \u{1F600}" }),
  event({}, { finish_reason: "stop" }),
  `data: ${JSON.stringify({ choices: [], usage: { prompt_tokens: 1 } })}\n\n`,
  "data: [DONE]\n\n",
].join("");
const TEXT = 'Hel\n"lo" \u{1F600}';

describe("AnswerReader reads a stream", () => {
  test("cut at any place, with any line ends", () => {
    for (const text of [STREAM, STREAM.replaceAll("\n\n", "\r\n\r\n"), STREAM.replaceAll("\n\n", "\r\r")]) {
      for (let cut = 0; cut <= text.length; cut++)
        expect(read([text.slice(0, cut), text.slice(cut)])).toMatchObject({ text: TEXT, finishReason: "stop" });
      expect(read([...text]).text).toBe(TEXT);
    }
  });

  test("and says when there is more to show", () => {
    const reader = new AnswerReader();
    expect(reader.push(event({ role: "assistant", content: "" }))).toBe(false);
    expect(reader.push(event({ content: "a" }).slice(0, 20))).toBe(false);
    expect(reader.push(event({ content: "a" }).slice(20))).toBe(true);
    expect(reader.answer.text).toBe("a");
    expect(reader.push(event({ content: "b" }))).toBe(true);
    expect(reader.answer.text).toBe("ab");
  });

  test("with what the model thought", () => {
    const pieces = [event({ reasoning_content: "hm" }), event({ reasoning: "!" }), event({ content: "yes" })];
    expect(read(pieces)).toMatchObject({ reasoning: "hm!", text: "yes" });
  });

  test("that ends in an error", () => {
    const error = { message: "The provider broke off", code: "upstream_interrupted" };
    expect(read([event({ content: "a" }), `data: ${JSON.stringify({ error })}\n\n`])).toMatchObject({
      text: "a",
      error: { message: "The provider broke off", code: "upstream_interrupted" },
    });
  });

  test("without the end of its last line", () => {
    expect(read([event({ content: "a" }).trimEnd()]).text).toBe("a");
  });

  test("with events that are no JSON, or of another shape", () => {
    const odd = ["data: oops\n\n", "data: null\n\n", "data: []\n\n", 'data: {"choices":{}}\n\n', "event: x\n\n"];
    expect(read([event({ content: "a" }), ...odd]).text).toBe("a");
  });
});

describe("AnswerReader reads one object", () => {
  test.each<[string, object, Partial<ReadAnswer>]>([
    ["a text", { content: "Hi" }, { text: "Hi" }],
    ["parts", { content: [{ type: "text", text: "H" }, { text: "i" }] }, { text: "Hi" }],
    ["a refusal", { content: null, refusal: "No" }, { text: "No" }],
    ["no text", { content: null, tool_calls: [] }, { text: "", error: undefined }],
  ])("with %s", (_what, message, expected) => {
    const text = JSON.stringify({ choices: [{ message, finish_reason: "length" }] }, null, 2);
    expect(read([text.slice(0, 9), text.slice(9)])).toMatchObject({ ...expected, finishReason: "length" });
  });
});

describe("AnswerReader reads an error", () => {
  test.each<[string, unknown, { code: string | undefined; message: string }]>([
    ["OpenAI's", { error: { message: "Bad", type: "t", code: "c" } }, { code: "c", message: "Bad" }],
    ["one without a code", { error: { message: "Bad", type: "t", code: null } }, { code: "t", message: "Bad" }],
    ["one with a number", { error: { message: "Bad", code: 429 } }, { code: "429", message: "Bad" }],
    ["a text", { error: "Bad" }, { code: undefined, message: "Bad" }],
    ["one without a frame", { message: "Bad", code: "c" }, { code: "c", message: "Bad" }],
    ["another shape", { detail: [1] }, { code: undefined, message: '{"detail":[1]}' }],
  ])("%s", (_what, body, error) => {
    expect(read([JSON.stringify(body)], true).error).toEqual(error);
  });

  test("that is a page, or nothing", () => {
    expect(read(["<html>Bad"], true).error).toEqual({ code: undefined, message: "<html>Bad" });
    expect(read(["<html>Bad"]).error).toEqual({ code: undefined, message: "<html>Bad" });
    expect(read([], true).error).toBeUndefined();
    expect(read(["<".repeat(9_000)], true).error?.message).toHaveLength(2_000);
  });
});
