// Lines and columns of offsets, and back.
import { expect, test } from "bun:test";
import fc from "fast-check";
import { TextPositions } from "../../../src/config/conceal/text-positions.ts";

test("TextPositions gives every offset its place and finds it again", () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom("a", "\n", "é", "😀")), (parts) => {
      const text = parts.join("");
      const positions = new TextPositions(text);
      for (let offset = 0; offset <= text.length; offset++) {
        const before = text.slice(0, offset).split("\n");
        expect(positions.of(offset)).toEqual({ line: before.length, column: (before.at(-1)?.length ?? 0) + 1 });
        expect(positions.offsetOf(positions.of(offset))).toBe(offset);
      }
    }),
  );
});

test("TextPositions stays within the text", () => {
  expect(new TextPositions("ab\nc").offsetOf({ line: 9, column: 9 })).toBe(4);
  expect([new TextPositions("ab\nc").lineEnd(0), new TextPositions("ab\nc").lineEnd(3)]).toEqual([2, 4]);
});
