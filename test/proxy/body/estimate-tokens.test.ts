// What a body is estimated to spend, and that the estimate is linear, made once and gone with its body.
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { BodyQuestions } from "../../../src/proxy/body/body-questions.ts";
import { estimateTokens } from "../../../src/proxy/body/estimate-tokens.ts";
import { peekBody } from "../../../src/proxy/body/peek-body.ts";
import { operationOf } from "../../../src/proxy/paths/operations.ts";

const JSON_TYPE = "application/json";
const LONG = 64 * 1024;

function estimate(text: string, contentType: string | null = JSON_TYPE, operation = "chat/completions") {
  const body = new TextEncoder().encode(text);
  return estimateTokens({ body, contentType, facts: peekBody(body, contentType), operation });
}

/** What remains of a text without the strings that count as one thing each. */
function tokens(bytes: number, opaque = 0): number {
  return Math.ceil(bytes / 4) + 1_000 * opaque;
}

function chat(...contents: readonly unknown[]): string {
  return JSON.stringify({ model: "m", messages: contents.map((content) => ({ role: "user", content })) });
}

describe("input", () => {
  test("counts four bytes of a text as one token", () => {
    const text = chat("One two three");
    expect(estimate(text).input).toBe(tokens(text.length));
  });

  test("counts bytes, not letters", () => {
    const text = chat("\u4f60\u597d");
    expect(estimate(text).input).toBe(tokens(Buffer.byteLength(text)));
  });

  test.each([10, LONG, 4 * LONG])("counts a data URL of %d bytes as 1,000 tokens", (size) => {
    const url = `data:image/png;base64,${"A".repeat(size)}`;
    expect(estimate(chat(url)).input).toBe(tokens(chat(url).length - url.length - 2, 1));
    expect(estimate(chat(url, "two words", url)).input).toBe(tokens(chat("", "two words", "").length - 4, 2));
  });

  test("looks at no quoted data URL inside a text", () => {
    const text = chat('say "data:x" twice: "data:y"');
    expect(estimate(text).input).toBe(tokens(text.length));
  });

  test("counts a run without a space as one thing only where it is longer than 64 KiB", () => {
    const [short, long] = ["A".repeat(LONG - 2), "A".repeat(LONG + 1)];
    expect(estimate(chat(short, "b")).input).toBe(tokens(chat(short, "b").length));
    expect(estimate(chat(long, "b")).input).toBe(tokens(chat("", "b").length - 2, 1));
    expect(estimate(chat(`a ${long} b`)).input).toBe(tokens(chat("").length - 2, 1));
  });

  test("counts many short strings and numbers without a space as text", () => {
    const strings = chat(...Array.from({ length: 10_000 }, () => "a"));
    expect(estimate(strings).input).toBe(tokens(strings.length));
    const numbers = JSON.stringify({ model: "m", input: Array.from({ length: 30_000 }, (_, i) => i) });
    expect(estimate(numbers).input).toBe(tokens(numbers.length));
  });

  test("counts the fields of a form, not its files", () => {
    const part = (head: string, content: string) =>
      `--b\r\nContent-Disposition: form-data; ${head}\r\n\r\n${content}\r\n`;
    const form = `${part('name="prompt"', "12345678")}${part('name="file"; filename="a.wav"', "x".repeat(999))}--b--\r\n`;
    expect(estimate(form, "multipart/form-data; boundary=b").input).toBe(2);
  });

  test.each<[string | null, number]>([
    ["text/plain", 2],
    ["application/jsonl", 2],
    [null, 2],
    ["audio/wav", 0],
    ["application/octet-stream", 0],
  ])("counts what is no JSON by its type %p", (type, expected) => {
    expect(estimate("12345678", type).input).toBe(expected);
  });

  test("is the same as from a parsed body", () => {
    const piece = fc.constantFrom(
      "a b",
      "data:,x",
      'q" \\',
      '"data:',
      "\\",
      `data:${"B".repeat(LONG)}`,
      "C".repeat(LONG + 9),
    );
    fc.assert(
      fc.property(
        fc.array(
          fc.array(piece, { maxLength: 3 }).map((parts) => parts.join("")),
          { maxLength: 6 },
        ),
        (texts) => {
          const text = JSON.stringify({ input: texts });
          const opaque = texts.filter((one) => one.startsWith("data:") || /[^ ]{65537}/.test(JSON.stringify(one)));
          const bytes = opaque.reduce((sum, one) => sum + JSON.stringify(one).length, 0);
          expect(estimate(text).input).toBe(tokens(text.length - bytes, opaque.length));
        },
      ),
      { numRuns: 200 },
    );
  });
});

describe("maxOutput", () => {
  test.each<[string, number | undefined]>([
    ['{"max_tokens":5}', 5],
    ['{"max_completion_tokens":6}', 6],
    ['{"max_output_tokens":7}', 7],
    ['{"max_tokens":5,"max_completion_tokens":6}', 6],
    ['{"max_tokens":1e3}', 1_000],
    ['{"max_tokens":0}', 0],
    ['{"max_tokens":null}', undefined],
    ['{"max_tokens":-1}', undefined],
    ['{"max_tokens":"5"}', undefined],
    ['{"max_tokens":99999999999999999999999}', undefined],
    ['{"a":{"max_tokens":5}}', undefined],
    ['{"generationConfig":{"maxOutputTokens":5}}', undefined],
    ["{}", undefined],
  ])("of %s is %p", (text, expected) => {
    expect(estimate(text).maxOutput).toBe(expected);
  });

  test.each<[string, number | undefined]>([
    ['{"generationConfig":{"maxOutputTokens":5}}', 5],
    ['{"generation_config":{"max_output_tokens":5}}', 5],
    ['{"generationConfig":{"thinkingConfig":{"maxOutputTokens":5}}}', undefined],
    ['{"generationConfig":5}', undefined],
  ])("of %s at a native Gemini path is %p", (text, expected) => {
    expect(peekBody(new TextEncoder().encode(text), JSON_TYPE, "gemini").maxOutput).toBe(expected);
  });

  test.each(["embeddings", "moderations", "rerank"])("of %s is nothing", (operation) => {
    expect(estimate('{"max_tokens":5}', JSON_TYPE, operation).maxOutput).toBe(0);
  });
});

describe("a limit that is stated twice", () => {
  test.each(["max_tokens", "max_completion_tokens", "max_output_tokens", "prompt_cache_key", "user"])(
    "makes a body ambiguous: %s",
    (name) => {
      expect(peekBody(new TextEncoder().encode(`{"${name}":1,"${name}":2}`), JSON_TYPE).ambiguous).toBe(name);
    },
  );

  test("makes a Gemini body ambiguous, inside its settings too", () => {
    const ambiguous = (text: string) => peekBody(new TextEncoder().encode(text), JSON_TYPE, "gemini").ambiguous;
    expect(ambiguous('{"generationConfig":{},"generationConfig":{}}')).toBe("generationConfig");
    expect(ambiguous('{"generationConfig":{"maxOutputTokens":1,"maxOutputTokens":2}}')).toBe("maxOutputTokens");
  });
});

describe("BodyQuestions", () => {
  const bytes = new TextEncoder().encode(chat("Hello"));
  const facts = peekBody(bytes, JSON_TYPE);
  const asked = (path: string, method = "POST") =>
    new BodyQuestions({ bytes, contentType: JSON_TYPE, facts, operation: operationOf(method, path), model: "m" });

  test.each(["/files", "/batches", "/messages/count_tokens", "/responses/input_tokens", "/tomorrow"])(
    "has no estimate for %s",
    (path) => {
      expect(asked(path).need).toEqual({});
    },
  );

  test("answers the same object each time, also when the body is gone", () => {
    const questions = asked("/chat/completions");
    const { estimate, affinity } = questions.need;
    const first = estimate?.();
    const known = affinity?.();
    expect(first).toEqual({ input: tokens(bytes.length), maxOutput: undefined });
    questions.forget();
    expect(estimate?.()).toBe(first);
    expect(affinity?.()).toBe(known);
  });

  test("knows nothing of a body that went before it was asked", () => {
    const questions = asked("/chat/completions");
    const { estimate, affinity } = questions.need;
    questions.forget();
    expect(estimate?.()).toEqual({ input: 0, maxOutput: undefined });
    expect(affinity?.()).toBeUndefined();
  });
});
