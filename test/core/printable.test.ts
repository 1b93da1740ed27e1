// Texts of others on a terminal.
import { expect, test } from "bun:test";
import fc from "fast-check";
import { printable } from "../../src/core/printable.ts";

test.each([
  ["team-a", "team-a"],
  ["clé \u{1F511}\u200d日本", "clé \u{1F511}\u200d日本"],
  ["\u001b[31mred", "\\x1b[31mred"],
  ["\u009b31mred", "\\x9b31mred"],
  ["a\r\nb\tc\0", "a\\x0d\\x0ab\\x09c\\x00"],
  ["\u007f", "\\x7f"],
  ["a\u2028b\u2029c", "a\\u2028b\\u2029c"],
  ["sk-\u202eevil\u2066", "sk-\\u202eevil\\u2066"],
])("printable writes %j as %j", (text, expected) => {
  expect(printable(text)).toBe(expected);
});

test("printable leaves nothing that drives a terminal or ends a line, and nothing else out", () => {
  const texts = fc.string({ unit: "binary", maxLength: 40 });
  fc.assert(
    fc.property(texts, (text) => {
      const shown = printable(text);
      expect(shown).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/u);
      if (text.includes("\\")) return;
      const back = shown.replace(/\\(?:x(..)|u(....))/g, (_all, short?: string, long?: string) =>
        String.fromCharCode(Number.parseInt(short ?? long ?? "", 16)),
      );
      expect(back).toBe(text);
    }),
  );
});
