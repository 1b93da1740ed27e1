// Glob patterns: examples, and agreement with an obvious recursive definition.

import { expect, test } from "bun:test";
import fc from "fast-check";
import { compileGlobs } from "../../src/core/glob.ts";

test.each([
  ["gpt-4o", "gpt-4o", true],
  ["gpt-4o", "gpt-4o-mini", false],
  ["gpt-4o*", "gpt-4o-mini", true],
  ["*-preview", "gpt-4-preview", true],
  ["*-preview", "gpt-4-preview-2", false],
  ["*", "", true],
  ["*", "openai/gpt-4o", true],
  ["openai/*", "openai/a/b", true],
  ["o?", "o1", true],
  ["o?", "o", false],
  ["o?", "o12", false],
  ["GPT*", "gpt-4o", false],
  ["a.c", "abc", false],
  ["[ab]", "a", false],
  ["a*b*c", "aXbXbXc", true],
  ["?", "\u{1f600}", true],
] as const)("%p on %p is %p", (pattern, text, expected) => {
  expect(compileGlobs([pattern])(text)).toBe(expected);
});

test("one matching pattern is enough, none matches nothing", () => {
  const matches = compileGlobs(["a", "b*"]);
  expect([matches("a"), matches("bc"), matches("c")]).toEqual([true, true, false]);
  expect(compileGlobs([])("")).toBe(false);
});

test("a hostile pattern ends quickly", () => {
  expect(compileGlobs([`${"a*".repeat(200)}b`])("a".repeat(2000))).toBe(false);
});

test("agrees with the recursive definition", () => {
  const letters = fc.string({ unit: fc.constantFrom("a", "b", "*", "?"), maxLength: 8 });
  const texts = fc.string({ unit: fc.constantFrom("a", "b"), maxLength: 8 });
  fc.assert(
    fc.property(letters, texts, (pattern, text) => {
      expect(compileGlobs([pattern])(text)).toBe(isMatch(pattern, text));
    }),
    { numRuns: 1000 },
  );
});

function isMatch(pattern: string, text: string): boolean {
  if (pattern === "") return text === "";
  if (pattern[0] === "*") return isMatch(pattern.slice(1), text) || (text !== "" && isMatch(pattern, text.slice(1)));
  if (text === "") return false;
  return (pattern[0] === "?" || pattern[0] === text[0]) && isMatch(pattern.slice(1), text.slice(1));
}
