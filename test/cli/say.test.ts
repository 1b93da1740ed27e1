// Sentences for a person: where they go, what --quiet leaves of them, and that they fit and drive nothing.
import { describe, expect, test } from "bun:test";
import { fitted, hint, note, say } from "../../src/cli/say.ts";
import { FakeTerminal } from "./fake-terminal.ts";

function terminal(columns?: number, isTerminal = true) {
  return { isTerminal, columns, write: () => {} };
}

test.each([
  ["say", say, false, "hello\n", ""],
  ["say", say, true, "", ""],
  ["hint", hint, false, "", "hello\n"],
  ["hint", hint, true, "", ""],
] as const)("%s, quiet %#", (_name, tell, quiet, out, err) => {
  using fake = new FakeTerminal();
  const texts = { out: "", err: "" };
  tell(fake.context({}, texts), { quiet }, "hello");
  expect(texts).toEqual({ out, err });
});

test("a note is written whatever was asked for", () => {
  using fake = new FakeTerminal();
  const texts = { out: "", err: "" };
  note(fake.context({}, texts), "hello");
  expect(texts).toEqual({ out: "", err: "hello\n" });
});

describe("fitted", () => {
  test.each([
    ["what fits stays", "short", 20, "short\n"],
    [
      "words are not broken, and what follows is indented",
      "one two three four five",
      12,
      "one two\n  three four\n  five\n",
    ],
    ["an indented line goes on below itself", "All:\n  one two three four", 14, "All:\n  one two\n    three four\n"],
    [
      "a word that is too long is left to the terminal",
      "see /a/very/long/path/here now",
      12,
      "see\n  /a/very/long/path/here\n  now\n",
    ],
    ["wide characters count twice", "日本語 日本語", 8, "日本語\n  日本語\n"],
    [
      "a command to be copied stays one line",
      "Then:\n  openai-balance keys add --provider deepseek",
      20,
      "Then:\n  openai-balance keys add --provider deepseek\n",
    ],
    ["with variables too", "  A=1 openai-balance serve --config x", 20, "  A=1 openai-balance serve --config x\n"],
    ["nothing drives the terminal", "a\x1b[2Jb\x07", 20, "a\\x1b[2Jb\\x07\n"],
    ["no line is forged", "a\rb", 20, "a\\x0db\n"],
  ])("%s", (_case, text, columns, expected) => {
    expect(fitted(text.split("\n"), terminal(columns))).toBe(expected);
  });

  test("a line break in a name forges no line", () => {
    expect(fitted(["a\nb"], terminal(20))).toBe("a\\x0ab\n");
  });

  test("a terminal that does not say its width has 80 columns", () => {
    const lines = fitted(["word ".repeat(40)], terminal(undefined))
      .trimEnd()
      .split("\n");
    expect(lines.length).toBeGreaterThan(1);
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(80);
  });

  test("a pipe gets each line whole", () => {
    const text = "word ".repeat(40).trimEnd();
    expect(fitted([text], terminal(20, false))).toBe(`${text}\n`);
  });
});
