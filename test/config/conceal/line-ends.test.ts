// A file keeps its ends of lines and its byte order mark, whatever a browser makes of them.
import { expect, test } from "bun:test";
import { plainTextOf } from "../../../src/config/conceal/line-ends.ts";

test.each(["", "a", "a\nb\n", "a\r\nb\r\n", "\uFEFFa\r\nb", "\n", "\r\n"])("plainTextOf keeps %j", (file) => {
  const { text, restore } = plainTextOf(file);
  expect(text).not.toMatch(/[\r\uFEFF]/);
  expect([restore(text), restore(text.replaceAll("\n", "\r\n"))]).toEqual([file, file]);
});

test("plainTextOf gives a mixed file the ends that most lines have", () => {
  const { text, restore } = plainTextOf("a\r\nb\r\nc\n");
  expect([text, restore(`${text}d\n`)]).toEqual(["a\nb\nc\n", "a\r\nb\r\nc\r\nd\r\n"]);
});
