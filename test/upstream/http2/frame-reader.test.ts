// Frames come out the same however the bytes were cut.
import { expect, test } from "bun:test";
import fc from "fast-check";
import { FrameReader } from "../../../src/upstream/http2/frame-reader.ts";
import { frame } from "../../../src/upstream/http2/frames.ts";

const FRAMES = [
  frame(4, 0, 0, Buffer.alloc(0)),
  frame(0, 1, 1, Buffer.from("hello")),
  frame(8, 0, 0x7fffffff, Buffer.from([0, 0, 0, 1])),
  frame(0, 0, 3, Buffer.alloc(300, "x")),
  frame(1, 4, 5, Buffer.from([0x88])),
];
const BYTES = Buffer.concat(FRAMES);

function read(chunks: readonly Buffer[]): { frames: string[]; isOk: boolean } {
  const frames: string[] = [];
  const reader = new FrameReader((...[type, flags, id, payload]) => {
    frames.push(`${type} ${flags} ${id} ${payload.toString("hex")}`);
  });
  return { isOk: chunks.every((chunk) => reader.push(chunk)), frames };
}

const WHOLE = read([BYTES]);

test("reads whole frames", () => {
  expect(WHOLE.isOk).toBeTrue();
  expect(WHOLE.frames).toHaveLength(FRAMES.length);
  expect(WHOLE.frames[1]).toBe(`0 1 1 ${Buffer.from("hello").toString("hex")}`);
});

test("reads the same when cut at any byte, or into single bytes", () => {
  for (let at = 0; at <= BYTES.length; at++) expect(read([BYTES.subarray(0, at), BYTES.subarray(at)])).toEqual(WHOLE);
  expect(read([...BYTES].map((byte) => Buffer.from([byte])))).toEqual(WHOLE);
});

test("reads the same however it is cut", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(BYTES.length), { maxLength: 30 }), (cuts) => {
      const at = [0, ...cuts.sort((a, b) => a - b), BYTES.length];
      expect(read(at.slice(1).map((end, index) => BYTES.subarray(at[index], end)))).toEqual(WHOLE);
    }),
  );
});

test.each([1, 8, 9, 10])("refuses a frame that is too long, first chunk of %d bytes", (size) => {
  const bytes = frame(0, 0, 1, Buffer.alloc(16_385));
  expect(read([bytes.subarray(0, size), bytes.subarray(size)]).isOk).toBeFalse();
});
