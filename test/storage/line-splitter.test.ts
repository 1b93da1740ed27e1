// Lines from chunks: the same however the chunks are cut, and never more than one line held back.
import { expect, test } from "bun:test";
import fc from "fast-check";
import { LineSplitter, MAX_LINE_BYTES } from "../../src/storage/line-splitter.ts";

const CHUNK_BYTES = 65_536;

function split(bytes: Buffer, chunkBytes: number): readonly string[] {
  const splitter = new LineSplitter();
  const lines: string[] = [];
  for (let at = 0; at < bytes.length; at += chunkBytes)
    lines.push(...splitter.push(bytes.subarray(at, at + chunkBytes)));
  return lines;
}

test("LineSplitter gives the same lines however the chunks are cut", () => {
  const line = fc.string({ unit: fc.constantFrom("a", "é", "漢", "🙂", "\r", "\u2028"), maxLength: 12 });
  fc.assert(
    fc.property(fc.array(line), line, fc.integer({ min: 1, max: 40 }), (lines, open, chunkBytes) => {
      const bytes = Buffer.from(lines.map((text) => `${text}\n`).join("") + open);
      expect(split(bytes, chunkBytes)).toEqual(lines);
    }),
  );
});

test.each(["abc", "line\nabc"])("LineSplitter keeps nothing of a chunk that is used again: %j", (text) => {
  const splitter = new LineSplitter();
  const chunk = Buffer.from(text);
  splitter.push(chunk);
  chunk.fill("x");
  expect(splitter.push(Buffer.from("d\n"))).toEqual(["abcd"]);
});

test.each([
  [MAX_LINE_BYTES - 1, true],
  [MAX_LINE_BYTES, true],
  [MAX_LINE_BYTES + 1, false],
  [MAX_LINE_BYTES + CHUNK_BYTES, false],
  [3 * MAX_LINE_BYTES, false],
])("LineSplitter, among others, a line of %i bytes: %p", (bytes, isKept) => {
  const long = "x".repeat(bytes);
  const lines = split(Buffer.from(`before\n${long}\nafter\n${"y".repeat(CHUNK_BYTES)}\n`), CHUNK_BYTES);
  expect(lines.map(({ length }) => length)).toEqual(isKept ? [6, bytes, 5, CHUNK_BYTES] : [6, 5, CHUNK_BYTES]);
});

test("LineSplitter holds nothing of a line that does not end", () => {
  const splitter = new LineSplitter();
  const chunk = Buffer.alloc(CHUNK_BYTES, "x");
  for (let pushed = 0; pushed < 512_000_000; pushed += CHUNK_BYTES) splitter.push(chunk);
  expect(splitter.push(Buffer.from("\nafter\n"))).toEqual(["after"]);
});
