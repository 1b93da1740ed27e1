// Words as they were typed: quotes come off, and nothing is expanded.
import { describe, expect, test } from "bun:test";
import { assert, constantFrom, property, string } from "fast-check";
import { bashReply } from "../../../src/cli/completion/bash-reply.ts";
import { readWord, splitLine } from "../../../src/cli/completion/typed-word.ts";

describe("splitLine", () => {
  test.each([
    ["", [""]],
    ["a", ["a"]],
    ["a ", ["a", ""]],
    ["a  b\tc", ["a", "b", "c"]],
    ["'a b' c", ["a b", "c"]],
    ['"a b"c', ["a bc"]],
    ["a\\ b", ["a b"]],
    ["a\\", ["a"]],
    ["'a\\'", ["a\\"]],
    ['"a\\"b\\x"', ['a"b\\x']],
    ["$'a\\'b'", ["a'b"]],
    ["--x='a b'", ["--x=a b"]],
    ["'' ", ["", ""]],
    ["$(touch x) `id` $HOME ~", ["$(touch", "x)", "`id`", "$HOME", "~"]],
    ["日本 büro", ["日本", "büro"]],
  ])("%p is %p", (line, expected) => {
    expect(splitLine(line).map(({ value }) => value)).toEqual(expected);
  });

  test.each([
    ["a", ""],
    ["'a", "'"],
    ['"a', '"'],
    ["$'a", "$'"],
    ["'a'", ""],
    [`a"b'c`, '"'],
    [`a'b'"c`, '"'],
  ] as const)("%s ends inside %s", (line, quote) => {
    expect(splitLine(line).at(-1)?.quote).toBe(quote);
  });

  test("the raw words are the line without its spaces", () => {
    const unit = constantFrom("a", " ", "'", '"', "\\", "$", "日", "\t");
    assert(
      property(string({ unit, maxLength: 40 }), (line) => {
        const raws = splitLine(line).map(({ raw }) => raw);
        let rest = line;
        for (const raw of raws) {
          const at = rest.indexOf(raw);
          expect(rest.slice(0, at).trim()).toBe("");
          rest = rest.slice(at + raw.length);
        }
        expect(rest.trim()).toBe("");
      }),
    );
  });
});

describe("readWord in fish", () => {
  test.each([
    ["'it\\'s'", "it's"],
    ["'a\\\\b'", "a\\b"],
    ["$'x'", "$x"],
    ['"a b', "a b"],
  ])("%p is %p", (raw, value) => {
    expect(readWord(raw, "fish").value).toBe(value);
  });
});

describe("bashReply", () => {
  /** `begun`: the end of the line that readline replaces. */
  const reply = (candidate: string, line: string, begun: string) => {
    const word = splitLine(line).at(-1);
    if (word === undefined) throw new Error("There is no word");
    return bashReply(candidate, word, begun);
  };

  test.each([
    ["plain", "pl", "pl", "plain"],
    ["team a", "te", "te", "team\\ a"],
    ["it's", "", "", "it\\'s"],
    ["a$(x)`y`!", "a", "a", "a\\$\\(x\\)\\`y\\`\\!"],
    ["team a", '"te', "te", "team a"],
    ['q"$x`\\!', '"q', "q", 'q\\"\\$x\\`\\\\"\'!\'"'],
    ["it's", "'it", "it", "it'\\''s"],
    ["it's", "$'it", "it", "it\\'s"],
    ["--provider=openai", "--provider=op", "op", "openai"],
    ["--provider=openai", "--provider=", "", "openai"],
    ["a:b c", "a:", "", "b\\ c"],
    ["~x", "", "", "\\~x"],
    ["#x", "", "", "\\#x"],
    ["日本", "日", "日", "日本"],
    ["other", "a:b", "b", undefined],
  ])("%p for %p, of which %p is replaced, is %p", (candidate, line, begun, expected) => {
    expect(reply(candidate, line, begun)).toBe(expected as string);
  });

  test("what stands in the line afterwards is the candidate", () => {
    const texts = string({
      unit: constantFrom("a", " ", "'", '"', "\\", "$", "(", "`", "!", "~", "日", ";", "é"),
      minLength: 1,
      maxLength: 12,
    });
    assert(
      property(texts, constantFrom("", "'", '"', "$'"), (candidate, quote) => {
        const line = quote + (bashReply(candidate, splitLine(quote).at(-1) ?? readWord("", "bash"), "") ?? "");
        expect(splitLine(line)).toMatchObject([{ value: candidate, quote }]);
      }),
    );
  });
});
