// What is read of a body, checked against JSON.parse, and the one change that is made to it.
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { type BodyFacts, NO_FACTS } from "../../../src/proxy/body/body-facts.ts";
import { peekBody } from "../../../src/proxy/body/peek-body.ts";
import { replaceModel } from "../../../src/proxy/body/replace-model.ts";

const JSON_TYPE = "application/json";
const BASE = { isJson: true, hasConversation: false, hasEncryptedContent: false };

const encode = (text: string) => new TextEncoder().encode(text);
const decode = (bytes: Uint8Array) => new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);

/** Facts without places. */
function peek(text: string, type: string | null = JSON_TYPE): Omit<BodyFacts, "modelSpan" | "leading"> {
  const { modelSpan: _, leading: _leading, ...facts } = peekBody(encode(text), type);
  return facts;
}

describe("peekBody", () => {
  test.each<[string, Omit<BodyFacts, "modelSpan">]>([
    ["{}", BASE],
    ['{"model":"gpt-4o"}', { ...BASE, model: "gpt-4o" }],
    [' \n{ "messages" : [{"model":"no"}] , "model" : "yes" } ', { ...BASE, model: "yes" }],
    ['\ufeff{"model":"m"}', { ...BASE, model: "m" }],
    ['{"m\\u006fdel":"a\\u002fb"}', { ...BASE, model: "a/b" }],
    ['{"model":"mod\u00e8le \u{1f600}"}', { ...BASE, model: "mod\u00e8le \u{1f600}" }],
    ['{"model":""}', BASE],
    ['{"n":3,"max_tokens":5}', { ...BASE, choices: 3, maxOutput: 5 }],
    ['{"n":2,"best_of":7}', { ...BASE, choices: 7 }],
    ['{"n":1e999}', BASE],
    ['{"n":-4,"best_of":"9"}', BASE],
    ['{"model":"m","models":["x"]}', { ...BASE, model: "m", namesMoreModels: true }],
    ['{"models":null}', { ...BASE, namesMoreModels: false }],
    ['{"model":5}', BASE],
    ['{"model":null}', BASE],
    ['{"model":["a"]}', BASE],
    ['{"model":{"model":"a"}}', BASE],
    [`{"model":"${"x".repeat(2000)}"}`, BASE],
    ['{"stream":true}', { ...BASE, stream: true }],
    ['{"stream":false}', { ...BASE, stream: false }],
    ['{"stream":"true"}', BASE],
    ['{"stream":1}', BASE],
    ['{"stream":null}', BASE],
    ['{"background":true}', { ...BASE, background: true }],
    ['{"previous_response_id":"resp_1"}', { ...BASE, previousResponseId: "resp_1" }],
    ['{"previous_response_id":null}', BASE],
    ['{"conversation":"conv_1"}', { ...BASE, hasConversation: true }],
    ['{"conversation":{"id":"conv_1"}}', { ...BASE, hasConversation: true }],
    ['{"conversation":null}', BASE],
    ['{"conversation":"null"}', { ...BASE, hasConversation: true }],
    ['{"input":[{"encrypted_content":"x"}]}', { ...BASE, hasEncryptedContent: true }],
    ['{"include":["reasoning.encrypted_content"]}', BASE],
    ['{"input":"say \\"encrypted_content\\""}', BASE],
    ['{"Model":"a"}', BASE],
  ])("reads %s", (text, expected) => {
    expect(peek(text)).toEqual(expected);
  });

  test.each(["model", "stream", "background", "previous_response_id", "conversation"])(
    "refuses to choose between two of %s",
    (name) => {
      expect(peek(`{"${name}":"a","x":1,"${name}":"a"}`).ambiguous).toBe(name);
      expect(peek(`{"${name}":"a","\\u00${name.charCodeAt(0).toString(16)}${name.slice(1)}":"b"}`).ambiguous).toBe(
        name,
      );
    },
  );

  test("lets other fields be given twice", () => {
    expect(peek('{"seed":1,"model":"a","seed":2}')).toEqual({ ...BASE, model: "a" });
  });

  test.each([
    "",
    " ",
    "[]",
    "[{}]",
    '"model"',
    "null",
    "{",
    '{"model":"a"',
    '{"model":"a"} x',
    "{model:1}",
    "{'model':'a'}",
    "\0",
    "model=a",
  ])("finds nothing in %p", (text) => {
    expect(peek(text)).toEqual(NO_FACTS);
  });

  test.each([
    null,
    "",
    "application/json",
    "APPLICATION/JSON; charset=utf-8",
    " application/json",
    "application/vnd.api+json",
    "text/plain;charset=UTF-8",
    "application/x-www-form-urlencoded",
  ])("looks into a body of type %p", (type) => {
    expect(peek('{"model":"a"}', type).model).toBe("a");
  });

  test.each([
    "application/octet-stream",
    "application/jsonl",
    "application/x-ndjson",
    "audio/wav",
    "application/sdp",
    "multipart/mixed",
    "x",
  ])("does not look into a body of type %s", (type) => {
    expect(peek('{"model":"a"}', type)).toEqual(NO_FACTS);
  });

  test("finds nothing without a body", () => {
    expect(peekBody(null, JSON_TYPE)).toEqual(NO_FACTS);
  });

  test("agrees with JSON.parse on every object", () => {
    const name = fc.constantFrom(
      "model",
      "stream",
      "background",
      "previous_response_id",
      "conversation",
      "messages",
      "",
    );
    const value = fc.oneof(fc.jsonValue(), fc.string(), fc.boolean(), fc.constant("encrypted_content"));
    fc.assert(
      fc.property(fc.dictionary(name, value), fc.constantFrom(undefined, 1), (object, indent) => {
        const text = JSON.stringify(object, undefined, indent);
        const parsed = JSON.parse(text) as Record<string, unknown>;
        const facts = peekBody(encode(text), JSON_TYPE);
        const { model, stream, background, previous_response_id: previous, conversation } = parsed;
        expect(facts.isJson).toBe(true);
        expect(facts.model).toBe(typeof model === "string" && model !== "" ? model : undefined);
        expect(facts.stream).toBe(typeof stream === "boolean" ? stream : undefined);
        expect(facts.background).toBe(typeof background === "boolean" ? background : undefined);
        expect(facts.previousResponseId).toBe(typeof previous === "string" ? previous : undefined);
        expect(facts.hasConversation).toBe(conversation !== undefined && conversation !== null);
      }),
    );
  });

  test("never throws on arbitrary bytes", () => {
    const type = fc.constantFrom(JSON_TYPE, "multipart/form-data; boundary=b", null);
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), type, (bytes, given) => void peekBody(bytes, given)));
  });

  test("follows any depth", () => {
    const depth = 200_000;
    expect(peek(`{"a":${"[".repeat(depth)}${"]".repeat(depth)},"model":"m"}`).model).toBe("m");
    expect(peek(`{"a":${'{"a":'.repeat(depth)}`)).toEqual(NO_FACTS);
  });

  test("reads the fields after 20 MiB of text", () => {
    for (const piece of ["QUJD", '\\"', "\\\\", "\u00e9 "]) {
      const text = piece.repeat((20 * 1024 * 1024) / encode(piece).length);
      expect(peek(`{"input":"${text}","model":"m","stream":true}`)).toEqual({ ...BASE, model: "m", stream: true });
    }
  });
});

describe("replaceModel", () => {
  test("changes only the bytes of the name", () => {
    const body = encode('\ufeff{ "n":1.0, "model" : "a\\u0062" ,"big":12345678901234567890,"x":"\\/\u00e9"}');
    const replaced = replaceModel(body, peekBody(body, JSON_TYPE), 'org/"b" \u00e9');
    expect(decode(replaced)).toBe(
      '\ufeff{ "n":1.0, "model" : "org/\\"b\\" \u00e9" ,"big":12345678901234567890,"x":"\\/\u00e9"}',
    );
  });

  test("returns the same bytes where no model was found", () => {
    const body = encode('{"model":5}');
    expect(replaceModel(body, peekBody(body, JSON_TYPE), "b")).toBe(body);
  });

  test("leaves everything else as JSON.parse sees it", () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string(), fc.jsonValue()),
        fc.string({ minLength: 1 }),
        fc.string(),
        (rest, from, to) => {
          const body = encode(JSON.stringify({ ...rest, model: from }));
          const replaced = replaceModel(body, peekBody(body, JSON_TYPE), to);
          expect(JSON.parse(decode(replaced))).toEqual({ ...JSON.parse(decode(body)), model: to });
        },
      ),
    );
  });
});
